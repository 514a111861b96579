"""A method of a user's own, in a file: least squares, and samples that are asked to be soft."""

from dataclasses import dataclass, replace
from typing import Any

import gankit

THEIRS = gankit.LSGAN().network


@dataclass(frozen=True, kw_only=True)
class Soft(gankit.LSGAN):
    """LSGAN, whose generator pays for the square of what it paints."""

    price: float = 0.5
    """Weight of the mean square of a sample."""
    network: Any = replace(THEIRS, conv=replace(THEIRS.conv, width=2, latent=4))
    batch_size: int = 4

    def players(self, data: gankit.DataSpec) -> gankit.Players:
        """Those of the network, and how often the generator has moved."""
        import torch

        return gankit.Players(*super().players(data), moved=torch.zeros(()))

    def generator_loss(self, players: gankit.Players, batch: gankit.Images) -> gankit.Terms:
        generator, discriminator = players
        samples = generator.sample(len(batch))
        return {
            "wanted": (discriminator(samples) - self.wanted).square().mean() / 2,
            "softness": self.price * samples.square().mean(),
        }

    def after_turn(self, turn: gankit.Turn, players: gankit.Players, terms: gankit.Terms) -> gankit.Terms | None:
        if turn.player == "generator":
            players.get_buffer("moved").add_(1)
        return {"moved": players.get_buffer("moved")}
