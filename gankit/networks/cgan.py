"""The MNIST networks of the conditional GAN paper.

Mirza and Osindero, "Conditional Generative Adversarial Nets", 2014. arXiv:1411.1784 (section 4.1)
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from torch import nn

from gankit.base.bounds import Share, Units
from gankit.game import Generator, Network
from gankit.game.batch import DataSpec
from gankit.game.prior import Uniform
from gankit.networks.initialisation import start_at_mean, uniform_init
from gankit.networks.layers import sigmoid_output, unit_input
from gankit.networks.parts import ConditionalStack, LabelBranch, Maxout


@dataclass(frozen=True, kw_only=True)
class CGANNetwork(Network):
    """Both players have layers for the input, layers for the label, and layers on the two joined.

    The discriminator is a module from data [n, *shape] and labels [n] to scores [n]. Every pixel starts at its mean.
    """

    latent: Units = 100
    """Dimensions of the latent."""
    prior: Literal["cube", "unit-variance"] = "unit-variance"
    """The latent is uniform within sqrt 3 of 0, as the first GAN's released code draws it; or on [0, 1], the paper's
    unit hypercube, most of which is the same in every draw: samples were all alike after 600 steps of that, and of
    several shapes after as many of the other."""
    initial_weights: Literal["torch", "released"] = "released"
    """The small ones of the first GAN's released code, U(-0.05, 0.05) in the generator and U(-0.005, 0.005) in the
    discriminator, in layers as wide as the paper's, and such that signals are as strong in others; or PyTorch's. The
    paper names none."""
    generator_widths: tuple[Units, Units, Units] = (200, 1000, 1200)
    """ReLU units of the generator: on the latent, on the label, on both."""
    units: tuple[Units, Units, Units] = (240, 50, 240)
    """Maxout units of the discriminator: on the data, on the label, on both."""
    pieces: tuple[Units, Units, Units] = (5, 5, 4)
    """Linear pieces of those maxout units."""
    dropout: Share = 0.5
    """Share of the hidden units dropped while training, in both players."""

    def generator(self, data: DataSpec) -> Generator:
        prior = Uniform(self.latent, 0.5, 0.5) if self.prior == "cube" else Uniform(self.latent, math.sqrt(3))
        classes = len(data.classes)
        of_latent, of_label, of_both = self.generator_widths
        last = nn.Linear(of_both, math.prod(data.shape))
        joint = nn.Sequential(*self._relu(of_latent + of_label, of_both), last, *sigmoid_output(data))
        body = LabelBranch(
            classes,
            input=nn.Sequential(*self._relu(self.latent, of_latent)),
            label=nn.Sequential(*self._relu(classes, of_label)),
            joint=joint,
        )
        if self.initial_weights == "released":
            uniform_init(body, 0.05, inputs=(100, 10, 1200))
        start_at_mean(last, data)
        return ConditionalStack(prior, body, classes, data.rates)

    def discriminator(self, data: DataSpec) -> nn.Module:
        of_data, of_label, of_both = self.units
        classes = len(data.classes)
        body = LabelBranch(
            classes,
            input=nn.Sequential(*unit_input(data), *self._maxout(math.prod(data.shape), of_data, self.pieces[0])),
            label=nn.Sequential(*self._maxout(classes, of_label, self.pieces[1])),
            joint=nn.Sequential(
                *self._maxout(of_data + of_label, of_both, self.pieces[2]),
                nn.Linear(of_both, 1),
                nn.Flatten(0),
            ),
        )
        if self.initial_weights == "released":
            uniform_init(body, 0.005, inputs=(784, 10, 290, 240))
        return body

    def _relu(self, inputs: int, outputs: int) -> list[nn.Module]:
        return [nn.Linear(inputs, outputs), nn.ReLU(inplace=True), nn.Dropout(self.dropout)]

    def _maxout(self, inputs: int, units: int, pieces: int) -> list[nn.Module]:
        return [Maxout(inputs, units, pieces), nn.Dropout(self.dropout)]
