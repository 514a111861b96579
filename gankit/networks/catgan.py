"""The fully connected networks of the categorical GAN.

Springenberg, "Unsupervised and Semi-supervised Learning with Categorical Generative Adversarial Networks", 2015.
arXiv:1511.06390 (appendix)
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

from torch import nn

from gankit.game import Generator
from gankit.game.batch import DataSpec
from gankit.game.prior import Prior, Uniform
from gankit.networks.checks import check_sizes, check_spreads
from gankit.networks.family import Family, Trunk
from gankit.networks.parts import FromUnit, Noise, Stack, ToUnit


@dataclass(frozen=True, kw_only=True)
class CatGANNetwork(Family):
    """Batch norm and leaky ReLU in both players, Gaussian noise in the discriminator's layers."""

    generator_widths: tuple[int, ...] = (500, 500, 1000)
    """Hidden layers of the generator, from the latent on."""
    discriminator_widths: tuple[int, ...] = (1000, 500, 250, 250, 250)
    """Hidden layers of the discriminator, from the data on."""
    latent: int = 100
    """Dimensions of the latent, drawn from U(-1, 1); both are ours."""
    leak: float = 0.1
    """Slope of the leaky ReLU below 0; it is ours."""
    input_noise: float = 0.3
    """Standard deviation of the noise on the discriminator's inputs, which are in [0, 1] where they are bounded."""
    noise: float = 0.5
    """Standard deviation of the noise on the discriminator's hidden units."""

    def __post_init__(self) -> None:
        check_sizes(self, "generator_widths", "discriminator_widths", "latent")
        check_spreads(self, "input_noise", "noise")

    def generator(self, data: DataSpec, *, prior: Prior | None = None, classes: int = 0) -> Generator:
        prior = prior or Uniform(self.latent)
        sizes = (prior.size + classes, *self.generator_widths)
        body = nn.Sequential()
        for inputs, outputs in itertools.pairwise(sizes):
            body.extend(self._layer(inputs, outputs))
        body.append(nn.Linear(sizes[-1], math.prod(data.shape)))
        if data.bounded:
            body.extend([nn.Sigmoid(), FromUnit()])
        return Stack(prior, body.append(nn.Unflatten(1, data.shape)), classes)

    def trunk(self, data: DataSpec) -> Trunk:
        layers: list[nn.Module] = [ToUnit()] if data.bounded else []
        layers += [nn.Flatten(), Noise(self.input_noise)]
        sizes = (math.prod(data.shape), *self.discriminator_widths)
        for inputs, outputs in itertools.pairwise(sizes):
            layers += [*self._layer(inputs, outputs), Noise(self.noise)]
        return Trunk(*layers, width=sizes[-1])

    def _layer(self, inputs: int, outputs: int) -> list[nn.Module]:
        return [nn.Linear(inputs, outputs, bias=False), nn.BatchNorm1d(outputs), nn.LeakyReLU(self.leak, inplace=True)]
