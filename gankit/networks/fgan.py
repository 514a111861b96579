"""The MNIST networks of f-GAN.

Nowozin et al., "f-GAN: Training Generative Neural Samplers using Variational Divergence Minimization", 2016.
arXiv:1606.00709 (section 4.2)
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import nn

from gankit.base.bounds import Units, Weight
from gankit.game import Generator, Network
from gankit.game.batch import DataSpec
from gankit.game.prior import Uniform
from gankit.networks.initialisation import normal_init
from gankit.networks.layers import layers_between, linear_norm, sigmoid_output, unit_input
from gankit.networks.parts import Scores, Stack


@dataclass(frozen=True, kw_only=True)
class FGANNetwork(Network):
    """Layers with batch norm and ReLU against layers with ELU."""

    generator_widths: tuple[Units, ...] = (1200, 1200)
    """Hidden layers of the generator, from the latent on."""
    discriminator_widths: tuple[Units, ...] = (240, 240)
    """Hidden layers of the variational function, from the data on."""
    latent: Units = 100
    """Dimensions of the latent, drawn from U(-1, 1)."""
    generator_init_sd: Weight = 0.05
    """The generator's weights start from N(0, generator_init_sd)."""
    discriminator_init_sd: Weight = 0.005
    """The variational function's weights start from N(0, discriminator_init_sd)."""

    def generator(self, data: DataSpec) -> Generator:
        sizes = (self.latent, *self.generator_widths)
        hidden = layers_between(sizes, lambda *layer: [*linear_norm(*layer), nn.ReLU(inplace=True)])
        body = nn.Sequential(*hidden, nn.Linear(sizes[-1], math.prod(data.shape)), *sigmoid_output(data))
        normal_init(body, self.generator_init_sd)
        return Stack(Uniform(self.latent), body)

    def discriminator(self, data: DataSpec) -> nn.Module:
        sizes = (math.prod(data.shape), *self.discriminator_widths)
        hidden = layers_between(sizes, lambda *layer: [nn.Linear(*layer), nn.ELU(inplace=True)])
        network = Scores(*unit_input(data), *hidden, nn.Linear(sizes[-1], 1))
        normal_init(network, self.discriminator_init_sd)
        return network
