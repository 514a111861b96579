"""EBGAN's encoder with one score on top: a GAN's discriminator that differs from an auto-encoder in nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from gankit.game import Generator, Network
from gankit.game.batch import DataSpec
from gankit.networks import MLPAutoencoder
from gankit.networks.initialisation import normal_init
from gankit.networks.parts import Scores


@dataclass(frozen=True, kw_only=True)
class EncoderScore(Network):
    """The generator that goes with an auto-encoder, against its encoder and a linear layer."""

    autoencoder: MLPAutoencoder = MLPAutoencoder()
    """The sizes."""
    init_sd: float = 0.02
    """The discriminator's weights start from N(0, init_sd), as the generator's do."""

    def generator(self, data: DataSpec) -> Generator:
        return self.autoencoder.generator(data)

    def discriminator(self, data: DataSpec) -> nn.Module:
        encoder = self.autoencoder.discriminator(data).encoder
        network = Scores(*encoder, nn.Linear(self.autoencoder.encoder_widths[-1], 1))
        normal_init(network, self.init_sd)
        return network
