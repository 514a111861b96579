"""The first game's moves: in turn, as the paper writes it, or at once, as its released code plays it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from gankit.base.errors import UserError
from gankit.game import B, Players, Turn
from gankit.game.batch import DataSpec
from gankit.methods.cross_entropy import CrossEntropy


@dataclass(frozen=True, kw_only=True)
class FirstGame(CrossEntropy[B]):
    """A cross-entropy game whose players may move at once."""

    at_once: bool = False
    """Move both players at once: each learns from the other as it was, on the same samples, as in GAN's released code,
    where one update holds the gradients of both. By default they move in turn (Goodfellow et al. 2014, Algorithm 1)."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.at_once and self.stabilisers.replay:
            raise UserError(
                "at-once shows the discriminator the samples that the generator learns from: leave replay out"
            )

    def players(self, data: DataSpec) -> Players:
        players = super().players(data)
        if self.at_once:
            players.register_buffer("made", torch.zeros(self.batch_size, *data.shape))
        return players

    def turns(self) -> tuple[Turn, ...]:
        """At once, the generator's comes first: the discriminator is shown what it made, and has not moved since."""
        discriminator, generator = super().turns()
        return (generator, discriminator) if self.at_once else (discriminator, generator)

    def shown(self, players: Players, n: int, labels: Tensor | None = None) -> Tensor:
        """The samples for the discriminator: those remembered, where the players move at once, or `n` new ones."""
        return players.get_buffer("made") if self.at_once else players.generator.sample(n, labels)

    def made(self, players: Players, samples: Tensor) -> Tensor:
        """`samples`, remembered for the discriminator where the players move at once."""
        if self.at_once:
            players.get_buffer("made").copy_(samples.detach())
        return samples
