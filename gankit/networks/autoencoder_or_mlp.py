"""Convolutional auto-encoders where the data are images, auto-encoders of layers where they are vectors."""

from __future__ import annotations

from dataclasses import dataclass

from gankit.game import Generator, Network
from gankit.game.batch import DataSpec
from gankit.networks.autoencoder import Autoencoder, ConvAutoencoder, MLPAutoencoder
from gankit.networks.began import BEGANNetwork

AutoencoderNetwork = ConvAutoencoder | BEGANNetwork | MLPAutoencoder
"""A family whose discriminator is an auto-encoder."""


@dataclass(frozen=True, kw_only=True)
class AutoencoderOrMLP(Network):
    """Two families; the data chooses."""

    conv: ConvAutoencoder | BEGANNetwork = ConvAutoencoder()
    """For images."""
    mlp: MLPAutoencoder = MLPAutoencoder()
    """For vectors."""

    def generator(self, data: DataSpec) -> Generator:
        return self._for(data).generator(data)

    def discriminator(self, data: DataSpec) -> Autoencoder:
        return self._for(data).discriminator(data)

    def _for(self, data: DataSpec) -> AutoencoderNetwork:
        return self.conv if data.is_image else self.mlp
