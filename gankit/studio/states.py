"""What a page shows, as values: each goes into a link's query and comes back from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args
from urllib.parse import parse_qsl, urlencode

from gankit.base.errors import UserError, nearest
from gankit.studio.points import Point, read_point, whole

View = Literal["sample", "sheet", "walk", "sum", "game", "neighbours"]
"""sample: the point alone. sheet: it and the seeds after it. walk, sum: of what is pinned. game: what the discriminator
sees. neighbours: the training images nearest to it."""
TABS = ("runs", "play", "translate", "data")
PINS = 12
"""Pinned samples, at most."""
NAME = 500
"""Characters of a run's, a label's or a source's name, at most."""


@dataclass(frozen=True, kw_only=True)
class PlayState:
    """What the Play page shows."""

    run: str = ""
    view: View = "sample"
    label: str = ""
    """The class to make, by name; nothing for the first."""
    at: Point = Point()
    pins: tuple[Point, ...] = ()
    plus: tuple[int, ...] = ()
    """Which of the pins are added up: their places, from 0 on."""
    minus: tuple[int, ...] = ()
    and_: tuple[int, ...] = ()

    def query(self) -> str:
        """What a link holds of it."""
        words = {
            "tab": "play",
            "run": self.run,
            "view": "" if self.view == "sample" else self.view,
            "label": self.label,
            "at": str(self.at),
            "pins": " ".join(map(str, self.pins)),
            **{name: " ".join(map(str, places)) for name, places in self.groups().items()},
        }
        return urlencode({name: value for name, value in words.items() if value})

    def groups(self) -> dict[str, tuple[int, ...]]:
        return {"plus": self.plus, "minus": self.minus, "and": self.and_}


def read_play(query: str | Mapping[str, str]) -> PlayState:
    """The state that a link's query holds. Raises `UserError` for what is none."""
    words = fields_of(query)
    view = words.get("view", "sample")
    if view not in get_args(View):
        raise UserError(f"there is no view {view[:40]!r}{nearest(view, get_args(View))}")
    pins = tuple(map(read_point, words.get("pins", "").split()))
    if len(pins) > PINS:
        raise UserError(f"{PINS} samples may be pinned, not {len(pins)}")
    return PlayState(
        run=words.get("run", ""),
        view=view,  # pyright: ignore[reportArgumentType]
        label=words.get("label", ""),
        at=read_point(words.get("at", "0")),
        pins=pins,
        plus=_places(words.get("plus", ""), pins),
        minus=_places(words.get("minus", ""), pins),
        and_=_places(words.get("and", ""), pins),
    )


def fields_of(query: str | Mapping[str, str]) -> dict[str, str]:
    """The fields of a query, each once. Raises `UserError` for an endless one."""
    try:
        pairs = parse_qsl(query, max_num_fields=50) if isinstance(query, str) else query.items()
    except ValueError:
        raise UserError("this link holds too many fields") from None
    found = dict(pairs)
    for name, value in found.items():
        if name not in ("at", "pins") and len(value) > NAME:
            raise UserError(f"{name[:40]!r} is too long in this link")
    return found


def link(**fields: str) -> str:
    """The query of a link to another page of the studio, `tab` among the `fields`."""
    return urlencode({name: value for name, value in fields.items() if value})


def _places(text: str, pins: Iterable[Point]) -> tuple[int, ...]:
    count = len(tuple(pins))
    return tuple(dict.fromkeys(whole(word, "a pinned sample", max(count, 1)) for word in text.split() if count))
