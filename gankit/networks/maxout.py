"""The MNIST networks of the first GAN paper.

Goodfellow et al., "Generative Adversarial Networks", 2014. arXiv:1406.2661 (section 5 and the released code)
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

from torch import nn

from gankit.base.bounds import Share, Units
from gankit.game import Generator
from gankit.game.batch import DataSpec
from gankit.game.prior import Prior, Uniform
from gankit.networks.family import Family, Trunk
from gankit.networks.initialisation import start_at_mean, uniform_init
from gankit.networks.layers import layers_between, sigmoid_output, unit_input
from gankit.networks.parts import Maxout, Stack


@dataclass(frozen=True, kw_only=True)
class MaxoutMLP(Family):
    """A ReLU generator against a maxout discriminator with dropout.

    The weights start as small as the released code's, U(-0.05, 0.05) and U(-0.005, 0.005), in layers as wide as its
    own; in others so that signals are as strong.
    """

    generator_widths: tuple[Units, ...] = (1200, 1200)
    """ReLU layers of the generator."""
    units: Units = 240
    """Maxout units in each of the discriminator's two layers."""
    pieces: Units = 5
    """Linear pieces of a maxout unit."""
    latent: Units = 100
    """Dimensions of the latent, drawn from U(-sqrt 3, sqrt 3): unit variance."""
    input_dropout: Share = 0.2
    """Share of the discriminator's inputs dropped."""
    dropout: Share = 0.5
    """Share of the discriminator's hidden units dropped."""

    def generator(self, data: DataSpec, *, prior: Prior | None = None, classes: int = 0) -> Generator:
        prior = prior or Uniform(self.latent, math.sqrt(3))
        sizes = (prior.size + classes, *self.generator_widths)
        hidden = layers_between(sizes, lambda inputs, outputs: [nn.Linear(inputs, outputs), nn.ReLU(inplace=True)])
        last = nn.Linear(sizes[-1], math.prod(data.shape))
        body = nn.Sequential(*hidden, last, *sigmoid_output(data))
        uniform_init(body, 0.05, inputs=(100, 1200))
        start_at_mean(last, data)  # as in the released code
        return Stack(prior, body, classes, data.rates)

    def trunk(self, data: DataSpec) -> Trunk:
        return Trunk(
            *unit_input(data),
            nn.Dropout(self.input_dropout),
            Maxout(math.prod(data.shape), self.units, self.pieces),
            nn.Dropout(self.dropout),
            Maxout(self.units, self.units, self.pieces),
            nn.Dropout(self.dropout),
            width=self.units,
            initialise=partial(uniform_init, bound=0.005, inputs=(784, 240)),
        )
