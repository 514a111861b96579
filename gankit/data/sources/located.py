"""A source that was found, before it is read."""

from __future__ import annotations

import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from gankit.base.errors import UserError
from gankit.data.pack.content import Content
from gankit.data.sources.folder import reading

Split = Literal["train", "test"]


@dataclass(frozen=True)
class Form:
    """What is said of a source where it does not tell by itself."""

    labels: str | None = None
    """The table of labels of a folder's pictures, FILE or FILE:COLUMN; or the column, or the array, of a file."""
    layout: str | None = None
    """The axes of an array: "HW", "HWC", "CHW", or HEIGHTxWIDTH[xCHANNELS] of rows that are pictures."""


PLAIN = Form()
Fit = Literal["crop", "pad"]
"""What becomes of pictures of another aspect than they are trained at: the largest crop from their middle, or all of
them between black bars."""
Channels = Literal[1, 3, 4]
"""Grey, colours, or colours and transparency."""


@dataclass(frozen=True)
class Located:
    """A source before it is read."""

    name: str
    origin: str
    """Where it comes from: a newer pack of the same origin replaces the older. Empty for arrays from Python."""
    content: Any
    """What stands for its content in the key: cheap to have, and different when the content is."""
    read: Callable[[], Content]


def only_train(name: str, split: Split) -> None:
    if split == "test":
        raise UserError(f"{name} has no test split")


def stat_of(path: Path) -> tuple[str, int, int]:
    """What tells a file from a changed one without reading it. Raises `UserError` for what is no file."""
    with reading(path):
        found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise UserError(f"{str(path)!r} is a pipe or a device: save what it gives to a file, and give that")
    return str(path.resolve()), found.st_size, found.st_mtime_ns
