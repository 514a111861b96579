"""What is said of a game: one of ten verdicts, with its evidence in figures and the step that it began."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Name = Literal[
    "not enough evidence",
    "starting up",
    "healthy",
    "converged",
    "mode collapse",
    "oscillation",
    "discriminator too strong",
    "discriminator too weak",
    "overfitting",
    "diverging",
    "stalled",
]
FINE: tuple[Name, ...] = ("not enough evidence", "starting up", "healthy", "converged")
"""The verdicts that call for nothing."""
MEANING: dict[Name, str] = {
    "not enough evidence": "it is too early to say",
    "starting up": "samples are still getting better fast: give it time",
    "healthy": "both players learn, and samples are as varied as the data",
    "converged": "samples no longer change much, and a simple test hardly tells them from data",
    "mode collapse": "the generator makes few kinds of sample, and the discriminator does not drive it out of them",
    "oscillation": "the players chase each other in circles: samples come back to where they were and get no better",
    "discriminator too strong": "it tells every sample from data, and the generator learns nothing from that",
    "discriminator too weak": "it can't tell samples from data where a simple test can, so the generator is led astray",
    "overfitting": "the discriminator knows its training images by heart, and what it teaches holds for them alone",
    "diverging": "the game's values leave every sensible range",
    "stalled": "hardly anything changes any more, and samples are still unlike data",
}
"""What each says, in plain words."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """How a game stands after a step."""

    name: Name
    step: int
    since: int
    """The step of the look at which this began."""
    words: str
    """The evidence in a sentence."""
    figures: dict[str, float] = field(default_factory=dict)
    """The signals that it rests on."""
    degree: Literal["partial", "full"] | None = None
    """Of a mode collapse."""

    @property
    def alarming(self) -> bool:
        return self.name not in FINE

    @property
    def title(self) -> str:
        """Its name, with the degree where there is one."""
        return f"{self.name} ({self.degree})" if self.degree else self.name

    def same(self, other: Verdict | None) -> bool:
        """Whether it says nothing new beside `other`."""
        return other is not None and (self.name, self.degree, self.since) == (other.name, other.degree, other.since)

    def entry(self, remedy: str) -> dict[str, Any]:
        """As a line of the log holds it."""
        return {
            "name": self.name,
            "degree": self.degree,
            "since": self.since,
            "evidence": {"words": self.words, **self.figures},
            "remedy": remedy,
        }
