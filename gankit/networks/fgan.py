"""The MNIST networks of f-GAN.

Nowozin et al., "f-GAN: Training Generative Neural Samplers using Variational Divergence Minimization", 2016.
arXiv:1606.00709 (section 4.2)
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

from torch import nn

from gankit.game import Generator, Network
from gankit.game.batch import DataSpec
from gankit.game.prior import Uniform
from gankit.networks.checks import check_sizes, check_spreads
from gankit.networks.parts import FromUnit, Scores, Stack, ToUnit, normal_init


@dataclass(frozen=True, kw_only=True)
class FGANNetwork(Network):
    """Layers with batch norm and ReLU against layers with ELU."""

    generator_widths: tuple[int, ...] = (1200, 1200)
    """Hidden layers of the generator, from the latent on."""
    discriminator_widths: tuple[int, ...] = (240, 240)
    """Hidden layers of the variational function, from the data on."""
    latent: int = 100
    """Dimensions of the latent, drawn from U(-1, 1)."""
    generator_init_sd: float = 0.05
    """The generator's weights start from N(0, generator_init_sd)."""
    discriminator_init_sd: float = 0.005
    """The variational function's weights start from N(0, discriminator_init_sd)."""

    def __post_init__(self) -> None:
        check_sizes(self, "generator_widths", "discriminator_widths", "latent")
        check_spreads(self, "generator_init_sd", "discriminator_init_sd")

    def generator(self, data: DataSpec) -> Generator:
        sizes = (self.latent, *self.generator_widths)
        body = nn.Sequential()
        for inputs, outputs in itertools.pairwise(sizes):
            body.extend([nn.Linear(inputs, outputs, bias=False), nn.BatchNorm1d(outputs), nn.ReLU(inplace=True)])
        body.append(nn.Linear(sizes[-1], math.prod(data.shape)))
        normal_init(body, self.generator_init_sd)
        if data.bounded:
            body.extend([nn.Sigmoid(), FromUnit()])
        return Stack(Uniform(self.latent), body.append(nn.Unflatten(1, data.shape)))

    def discriminator(self, data: DataSpec) -> nn.Module:
        sizes = (math.prod(data.shape), *self.discriminator_widths)
        network = Scores(nn.Flatten())
        for inputs, outputs in itertools.pairwise(sizes):
            network.extend([nn.Linear(inputs, outputs), nn.ELU(inplace=True)])
        network.append(nn.Linear(sizes[-1], 1))
        normal_init(network, self.discriminator_init_sd)
        if data.bounded:
            network.insert(0, ToUnit())
        return network
