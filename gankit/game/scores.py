"""What a discriminator's scores mean, so that a game is judged by its own rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Scores:
    """What a method's discriminator says of data, and how that looks while the game is healthy."""

    kind: Literal["classifier", "critic", "energy"] = "classifier"
    """A classifier tells data from samples, and is unsure in a healthy game. A critic's scores measure how far samples
    are from data: it is best when it tells them apart well. An energy is an auto-encoder's error, or how unsure it is
    of a category, with its sign turned: which side has more of it is the method's affair."""
    boundary: float = 0.0
    """The score at which a classifier is undecided; others have none."""
    terms: tuple[str, ...] = ()
    """Names of logged terms by which the method's paper follows its game, such as BEGAN's k."""
