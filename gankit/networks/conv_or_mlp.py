"""Convolutions where the data are images, layers where they are vectors.

For methods that are a game more than an architecture, and whose papers play it on both.
"""

from __future__ import annotations

from dataclasses import dataclass

from gankit.game import Generator
from gankit.game.batch import DataSpec
from gankit.game.prior import Prior
from gankit.networks.dcgan import DCGANNetwork
from gankit.networks.family import Family, Trunk
from gankit.networks.mlp import MLP


@dataclass(frozen=True, kw_only=True)
class ConvOrMLP(Family):
    """Two families; the data chooses."""

    conv: DCGANNetwork = DCGANNetwork()
    """For images."""
    mlp: MLP = MLP()
    """For vectors."""

    @property
    def ties_samples(self) -> bool:
        """Whether a discriminator's score of one sample depends on the rest of the batch."""
        return self.conv.ties_samples or self.mlp.minibatch > 0

    def generator(self, data: DataSpec, *, prior: Prior | None = None, classes: int = 0) -> Generator:
        return self._for(data).generator(data, prior=prior, classes=classes)

    def trunk(self, data: DataSpec) -> Trunk:
        return self._for(data).trunk(data)

    def _for(self, data: DataSpec) -> Family:
        return self.conv if data.is_image else self.mlp
