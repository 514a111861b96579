"""What a page is made of: everything that is known of a run, as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from gankit.evaluation.card import Figure

State = Literal["running", "finished", "stopped", "resting"]


@dataclass(frozen=True)
class Picture:
    """A picture's file, as it is."""

    content: bytes
    media: str
    """image/png or image/jpeg."""
    width: int
    height: int


@dataclass(frozen=True)
class Shown:
    """A picture with its heading, what is to be seen on it, and who can't see it is told."""

    title: str
    picture: Picture
    words: str
    alt: str


@dataclass(frozen=True)
class Setting:
    """A hyper-parameter that is not the default."""

    name: str
    """As the command line has it."""
    value: str
    default: str
    meaning: str


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known of a run."""

    name: str
    """Of the method."""
    source: str
    """Of the data."""
    about: str
    """The method's idea in a few words."""
    paper: tuple[str, str] | None
    """In words, and its address."""
    state: State
    state_words: str
    step: int
    total: int | None
    """Steps that were asked for, where that is known."""
    rows: Mapping[str, str]
    """How it was trained: names and values."""
    settings: Sequence[Setting]
    command: str | None
    """What trains it again."""
    notes: Sequence[str]
    """What the reader has to know about the command and the page."""
    previews: Mapping[int, Picture]
    """By their steps."""
    previews_in_all: int
    preview_words: str
    """What a preview shows."""
    entries: Sequence[Mapping[str, Any]]
    """The lines of the log."""
    figures: Sequence[Figure]
    shown: Sequence[Shown] = field(default=())
    """What was made with the trained generator."""
    written: float
    """Seconds since 1970."""
    refresh: float = 15.0
    """Seconds after which an open page looks for a newer one, while the run goes on."""
    version: str
