"""The fully connected networks of the categorical GAN.

Springenberg, "Unsupervised and Semi-supervised Learning with Categorical Generative Adversarial Networks", 2015.
arXiv:1511.06390 (appendix)
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import nn

from gankit.base.bounds import Ratio, Units, Weight
from gankit.game import Generator
from gankit.game.batch import DataSpec
from gankit.game.prior import Prior, Uniform
from gankit.networks.family import Family, Trunk
from gankit.networks.layers import layers_between, linear_norm, sigmoid_output, unit_input
from gankit.networks.parts import Noise, Stack


@dataclass(frozen=True, kw_only=True)
class CatGANNetwork(Family):
    """Batch norm and leaky ReLU in both players, Gaussian noise in the discriminator's layers."""

    generator_widths: tuple[Units, ...] = (500, 500, 1000)
    """Hidden layers of the generator, from the latent on."""
    discriminator_widths: tuple[Units, ...] = (1000, 500, 250, 250, 250)
    """Hidden layers of the discriminator, from the data on."""
    latent: Units = 100
    """Dimensions of the latent, drawn from U(-1, 1); both are ours."""
    leak: Ratio = 0.1
    """Slope of the leaky ReLU below 0; it is ours."""
    input_noise: Weight = 0.3
    """Standard deviation of the noise on the discriminator's inputs, which are in [0, 1] where they are bounded. Both
    noises are ours, those of Salimans' MNIST networks: the paper's could not be checked."""
    noise: Weight = 0.5
    """Standard deviation of the noise on the discriminator's hidden units."""

    def generator(self, data: DataSpec, *, prior: Prior | None = None, classes: int = 0) -> Generator:
        prior = prior or Uniform(self.latent)
        sizes = (prior.size + classes, *self.generator_widths)
        hidden = layers_between(sizes, self._layer)
        body = nn.Sequential(*hidden, nn.Linear(sizes[-1], math.prod(data.shape)), *sigmoid_output(data))
        return Stack(prior, body, classes, data.rates)

    def trunk(self, data: DataSpec) -> Trunk:
        sizes = (math.prod(data.shape), *self.discriminator_widths)
        hidden = layers_between(sizes, lambda *layer: [*self._layer(*layer), Noise(self.noise)])
        return Trunk(*unit_input(data), Noise(self.input_noise), *hidden, width=sizes[-1])

    def _layer(self, inputs: int, outputs: int) -> list[nn.Module]:
        return [*linear_norm(inputs, outputs), nn.LeakyReLU(self.leak, inplace=True)]
