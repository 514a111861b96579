"""The MNIST networks of the conditional GAN paper.

Mirza and Osindero, "Conditional Generative Adversarial Nets", 2014. arXiv:1411.1784 (section 4.1)
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import nn

from gankit.batch import DataSpec
from gankit.errors import UserError
from gankit.game import Generator, Network
from gankit.networks.parts import ConditionalStack, FromUnit, LabelBranch, Maxout, ToUnit
from gankit.prior import Uniform


@dataclass(frozen=True, kw_only=True)
class CGANNetwork(Network):
    """Both players have layers for the input, layers for the label, and layers on the two joined.

    The discriminator is a module from data [n, *shape] and labels [n] to scores [n]. The paper names no initial
    weights: they are PyTorch's, but every pixel starts at its mean. With the smaller ones of the first GAN's released
    code all samples of the 8x8 digits became one.
    """

    latent: int = 100
    """Dimensions of the latent, drawn uniformly from the unit cube."""
    generator_widths: tuple[int, int, int] = (200, 1000, 1200)
    """ReLU units of the generator: on the latent, on the label, on both."""
    units: tuple[int, int, int] = (240, 50, 240)
    """Maxout units of the discriminator: on the data, on the label, on both."""
    pieces: tuple[int, int, int] = (5, 5, 4)
    """Linear pieces of those maxout units."""
    dropout: float = 0.5
    """Share of the hidden units dropped while training, in both players."""

    def __post_init__(self) -> None:
        if min(*self.generator_widths, *self.units, *self.pieces) < 1:
            raise UserError("generator-widths, units and pieces must be at least 1")
        if not 0 <= self.dropout < 1:
            raise UserError(f"dropout must be at least 0 and below 1, not {self.dropout}")

    def generator(self, data: DataSpec) -> Generator:
        prior, classes = Uniform(self.latent, 0.5, 0.5), len(data.classes)
        of_latent, of_label, of_both = self.generator_widths
        last = nn.Linear(of_both, math.prod(data.shape))
        joint = nn.Sequential(*self._relu(of_latent + of_label, of_both), last)
        body = LabelBranch(
            classes,
            input=nn.Sequential(*self._relu(self.latent, of_latent)),
            label=nn.Sequential(*self._relu(classes, of_label)),
            joint=joint,
        )
        if data.bounded:
            joint.extend([nn.Sigmoid(), FromUnit()])
            if data.mean is not None:
                with torch.no_grad():
                    last.bias.copy_(((data.mean.flatten() + 1) / 2).clamp(1e-7, 1 - 1e-7).logit())
        joint.append(nn.Unflatten(1, data.shape))
        return ConditionalStack(prior, body, classes)

    def discriminator(self, data: DataSpec) -> nn.Module:
        of_data, of_label, of_both = self.units
        classes = len(data.classes)
        return LabelBranch(
            classes,
            input=nn.Sequential(
                *([ToUnit()] if data.bounded else []),
                nn.Flatten(),
                *self._maxout(math.prod(data.shape), of_data, self.pieces[0]),
            ),
            label=nn.Sequential(*self._maxout(classes, of_label, self.pieces[1])),
            joint=nn.Sequential(
                *self._maxout(of_data + of_label, of_both, self.pieces[2]),
                nn.Linear(of_both, 1),
                nn.Flatten(0),
            ),
        )

    def _relu(self, inputs: int, outputs: int) -> list[nn.Module]:
        return [nn.Linear(inputs, outputs), nn.ReLU(inplace=True), nn.Dropout(self.dropout)]

    def _maxout(self, inputs: int, units: int, pieces: int) -> list[nn.Module]:
        return [Maxout(inputs, units, pieces), nn.Dropout(self.dropout)]
