"""A turn: which player moves, what it minimises, and how often."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from jaxtyping import Float
from torch import Tensor

from gankit.base.errors import UserError
from gankit.game.players import Players

Terms = dict[str, Float[Tensor, ""]]
"""Named loss terms: their sum is the loss, their names are the log."""


@dataclass(frozen=True, kw_only=True)
class Turn:
    """`player` minimises the sum of `loss`, `repeat` times, on every `every`-th step.

    `repeat` may be a function of the step (counted from 0), so that phases need no memory.
    """

    player: Literal["generator", "discriminator"]
    loss: Callable[[Players, Any], Terms]
    repeat: int | Callable[[int], int] = 1
    every: int = 1

    def __post_init__(self) -> None:
        if self.every < 1 or (isinstance(self.repeat, int) and self.repeat < 1):
            raise UserError(f"the {self.player}'s steps must be at least 1")

    def moves(self, step: int) -> int:
        """How often the player moves on `step`."""
        if step % self.every:
            return 0
        return self.repeat if isinstance(self.repeat, int) else self.repeat(step)
