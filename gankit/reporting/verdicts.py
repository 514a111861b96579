"""The verdicts that a log holds, as spans of steps."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gankit.base.errors import UserError
from gankit.base.typed import fits
from gankit.reporting.scales import spoken

TYPES = {"name": str, "degree": str | None, "since": int, "evidence": dict, "remedy": str | None}
SOUND = ("healthy", "converged", "starting up")
"""Verdicts that need no remedy."""


@dataclass(frozen=True, kw_only=True)
class Span:
    """What was said of the steps from `since` until `until`."""

    name: str
    degree: str | None
    since: int
    until: int
    words: str
    """The evidence in a sentence."""
    figures: dict[str, str]
    """And in figures, by their names."""
    remedy: str | None
    """A command."""

    @property
    def title(self) -> str:
        """`Mode collapse, partial`."""
        name = self.name[:1].upper() + self.name[1:]
        return f"{name}, {self.degree}" if self.degree else name

    @property
    def weight(self) -> str:
        """How much it matters: sound, mild or grave."""
        if self.name in SOUND:
            return "sound"
        return "mild" if self.degree == "partial" else "grave"


def spans(entries: Sequence[Mapping[str, Any]]) -> list[Span]:
    """The verdicts of a log's lines, oldest first; each lasts until the next one began, the last until the last step.

    Raises `UserError` for one whose parts are of other types than a verdict's.
    """
    said = [(entry["step"], entry["verdict"]) for entry in entries if "verdict" in entry]
    for step, verdict in said:
        for name, kind in TYPES.items():
            if not fits(verdict.get(name), kind):
                raise UserError(f"the log's verdict at step {step} can't be read: {name} is {verdict.get(name)!r:.60}")
    last = max((entry["step"] for entry in entries), default=0)
    ends = [verdict["since"] for _, verdict in said[1:]] + [last]
    return [
        Span(
            name=verdict["name"],
            degree=verdict.get("degree"),
            since=verdict["since"],
            until=max(verdict["since"], end),
            words=str(verdict["evidence"].get("words", "")),
            figures={name: _text(value) for name, value in verdict["evidence"].items() if name != "words"},
            remedy=verdict.get("remedy"),
        )
        for (_, verdict), end in zip(said, ends, strict=False)
    ]


def _text(value: Any) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return spoken(value)
    return f"{value!s:.200}"
