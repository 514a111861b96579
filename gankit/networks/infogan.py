"""The MNIST networks of InfoGAN, for images of any size.

Chen et al., "InfoGAN: Interpretable Representation Learning by Information Maximizing Generative Adversarial
Nets", 2016. arXiv:1606.03657 (appendix C.1, table 1)
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import partial

from torch import nn

from gankit.base.bounds import Ratio, Units, Weight
from gankit.game import Generator
from gankit.game.batch import DataSpec
from gankit.game.prior import Prior, Uniform
from gankit.networks.convolutions import doublings, down, halvings, up
from gankit.networks.family import Family, Trunk
from gankit.networks.initialisation import normal_init
from gankit.networks.layers import linear_norm
from gankit.networks.parts import FlattenLast, FromUnit, Stack, ToUnit

KERNEL = 4


@dataclass(frozen=True, kw_only=True)
class InfoGANNetwork(Family):
    """DCGAN's stages behind a fully connected layer in each player, with 4x4 kernels and batch norm."""

    width: Units = 64
    """Channels of the layer nearest the image, doubled at every stage away from it."""
    hidden: Units = 1024
    """Units of the fully connected layer in each player."""
    base: Units = 4
    """The stages stop before a side would fall under this: 28x28 has two of them, as in the paper."""
    latent: Units = 62
    """Dimensions of the latent, drawn from U(-1, 1), for a method that brings no prior of its own."""
    leak: Ratio = 0.1
    """Slope of the discriminator's leaky ReLU below 0. The released code has 0.01."""
    init_sd: Weight = 0.02
    """Weights start from N(0, init_sd) (released code)."""

    def generator(self, data: DataSpec, *, prior: Prior | None = None, classes: int = 0) -> Generator:
        prior = prior or Uniform(self.latent)
        sizes = halvings(data, KERNEL, self.base)[::-1]
        channels = [*doublings(self.width, sizes)[::-1], data.shape[0]]
        height, width = sizes[0]
        maps = channels[0] * height * width
        body = nn.Sequential(
            *linear_norm(prior.size + classes, self.hidden),
            nn.ReLU(inplace=True),
            *linear_norm(self.hidden, maps),
            nn.ReLU(inplace=True),
            nn.Unflatten(1, (channels[0], height, width)),
        )
        for stage, (inputs, outputs) in enumerate(itertools.pairwise(channels)):
            last = stage + 2 == len(channels)
            body.append(up(inputs, outputs, sizes[stage : stage + 2], KERNEL, bias=last))
            body.extend([nn.Sigmoid(), FromUnit()] if last else [nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)])
        normal_init(body, self.init_sd)
        return Stack(prior, body, classes, data.rates)

    def trunk(self, data: DataSpec) -> Trunk:
        sizes = halvings(data, KERNEL, self.base)
        layers: list[nn.Module] = [ToUnit()]
        channels = [data.shape[0], *doublings(self.width, sizes)]
        for stage, (inputs, outputs) in enumerate(itertools.pairwise(channels)):
            layers.append(down(inputs, outputs, sizes[stage : stage + 2], KERNEL, bias=not stage))
            layers.extend([nn.BatchNorm2d(outputs)] if stage else [])
            layers.append(nn.LeakyReLU(self.leak, inplace=True))
        height, width = sizes[-1]
        layers.extend([FlattenLast(), *linear_norm(channels[-1] * height * width, self.hidden)])
        layers.append(nn.LeakyReLU(self.leak, inplace=True))
        return Trunk(*layers, width=self.hidden, initialise=partial(normal_init, sd=self.init_sd))


def recogniser(features: int, *, outputs: int, hidden: int, leak: float) -> nn.Module:
    """Q's layers on the discriminator's `features`: a hidden one of its own, and its answers about the codes."""
    return nn.Sequential(*linear_norm(features, hidden), nn.LeakyReLU(leak, inplace=True), nn.Linear(hidden, outputs))
