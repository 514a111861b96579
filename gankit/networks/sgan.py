"""The MNIST networks of the feature-matching classifier.

Salimans et al., "Improved Techniques for Training GANs", 2016. arXiv:1606.03498 (section 5 and the released code)
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from torch import nn

from gankit.base.bounds import Units, Weight
from gankit.game import Generator
from gankit.game.batch import DataSpec
from gankit.game.prior import Prior, Uniform
from gankit.networks.family import Family, Heads, Trunk
from gankit.networks.layers import layers_between, linear_norm, sigmoid_output, unit_input
from gankit.networks.parts import Noise, Scores, Stack, WeightNorm


@dataclass(frozen=True, kw_only=True)
class WeightNormMLP(Family):
    """A softplus generator against a ReLU discriminator with noise before, and weight norm in, every layer."""

    generator_widths: tuple[Units, ...] = (500, 500)
    """Softplus layers of the generator, with batch norm (the released code's has no gain)."""
    discriminator_widths: tuple[Units, ...] = (1000, 500, 250, 250, 250)
    """ReLU layers of the discriminator."""
    latent: Units = 100
    """Dimensions of the latent, drawn from U(-1, 1); the released code's U(0, 1) is the same to batch norm."""
    input_noise: Weight = 0.3
    """Standard deviation of the noise on the discriminator's inputs, which are in [0, 1]."""
    noise: Weight = 0.5
    """Standard deviation of the noise on the discriminator's hidden units."""

    def generator(self, data: DataSpec, *, prior: Prior | None = None, classes: int = 0) -> Generator:
        prior = prior or Uniform(self.latent)
        sizes = (prior.size + classes, *self.generator_widths)
        hidden = layers_between(sizes, lambda *layer: [*linear_norm(*layer), nn.Softplus()])
        body = nn.Sequential(*hidden, WeightNorm(sizes[-1], math.prod(data.shape)), *sigmoid_output(data))
        return Stack(prior, body, classes, data.rates)

    def trunk(self, data: DataSpec) -> Trunk:
        sizes = (math.prod(data.shape), *self.discriminator_widths)
        noises = itertools.chain([self.input_noise], itertools.repeat(self.noise))
        hidden = layers_between(sizes, lambda *layer: [Noise(next(noises)), WeightNorm(*layer), nn.ReLU()])
        return Trunk(*unit_input(data), *hidden, width=sizes[-1])

    def discriminator(self, data: DataSpec) -> nn.Module:
        trunk = self.trunk(data)
        return Scores(*trunk, self._last(trunk.width, outputs=1))

    def heads(self, data: DataSpec, **heads: int | Callable[[int], nn.Module]) -> Heads:
        last = {
            name: partial(self._last, outputs=head) if isinstance(head, int) else head for name, head in heads.items()
        }
        return super().heads(data, **last)

    def _last(self, inputs: int, *, outputs: int) -> nn.Module:
        # The noise is the head's: features are matched without it.
        return nn.Sequential(Noise(self.noise), WeightNorm(inputs, outputs))
