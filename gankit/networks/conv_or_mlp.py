"""Convolutions where the data are images, layers where they are vectors.

For methods that are a game more than an architecture, and whose papers play it on both.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from gankit.batch import DataSpec
from gankit.game import Generator, Network
from gankit.networks.dcgan import DCGANNetwork
from gankit.networks.mlp import MLP


@dataclass(frozen=True, kw_only=True)
class ConvOrMLP(Network):
    """Two families; the data chooses."""

    conv: DCGANNetwork = DCGANNetwork()
    """For images."""
    mlp: MLP = MLP()
    """For vectors."""

    def generator(self, data: DataSpec) -> Generator:
        return self._for(data).generator(data)

    def discriminator(self, data: DataSpec) -> nn.Module:
        return self._for(data).discriminator(data)

    def _for(self, data: DataSpec) -> Network:
        return self.conv if data.is_image else self.mlp
