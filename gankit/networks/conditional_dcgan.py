"""The conditional MNIST networks of DCGAN's released code: the label joins the input of every layer.

Radford et al., "Unsupervised Representation Learning with Deep Convolutional Generative Adversarial
Networks", 2015. arXiv:1511.06434 (the released code for MNIST)
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Literal

from torch import nn

from gankit.base.bounds import Ratio, Units, Weight
from gankit.game import Generator, Network
from gankit.game.batch import DataSpec
from gankit.game.prior import Uniform
from gankit.networks.convolutions import doublings, down, halvings, up
from gankit.networks.initialisation import normal_init
from gankit.networks.layers import linear_norm
from gankit.networks.parts import ConditionalStack, FromUnit, LabelEverywhere, ToUnit


@dataclass(frozen=True, kw_only=True)
class ConditionalDCGAN(Network):
    """Convolutions that see the label at every layer, for images of any height, width and channels.

    The discriminator is a module from images [n, C, H, W] and labels [n] to scores [n]. The released code also
    normalises samples by the statistics of their own batch; here they get the running averages, as a batch of
    one class normalised by itself would lose its label in every layer but the last.
    """

    width: Units = 64
    """Channels of the layer nearest the image, doubled at every stage away from it."""
    hidden: Units = 1024
    """Units of the fully connected layer in each player."""
    kernel: Literal[4, 5] = 5
    """Side of the kernels."""
    base: Units = 5
    """The stages stop before a side would fall under this: 28x28 has two of them, as in the released code."""
    latent: Units = 100
    """Dimensions of the latent, drawn from U(-1, 1)."""
    gains: bool = False
    """Whether batch norms have gains and biases of their own. The authors found it better without on MNIST."""
    leak: Ratio = 0.2
    """Slope of the discriminator's leaky ReLU below 0."""
    init_sd: Weight = 0.02
    """Weights start from N(0, init_sd)."""

    def generator(self, data: DataSpec) -> Generator:
        classes = len(data.classes)
        sizes = halvings(data, self.kernel, self.base)[::-1]
        channels = [*doublings(self.width, sizes)[::-1], data.shape[0]]
        height, width = sizes[0]
        maps = channels[0] * height * width
        blocks = [
            nn.Sequential(*linear_norm(self.latent + classes, self.hidden, affine=self.gains), nn.ReLU(inplace=True)),
            nn.Sequential(
                *linear_norm(self.hidden + classes, maps, affine=self.gains),
                nn.ReLU(inplace=True),
                nn.Unflatten(1, (channels[0], height, width)),
            ),
        ]
        for stage, (inputs, outputs) in enumerate(itertools.pairwise(channels)):
            layer = up(inputs + classes, outputs, sizes[stage : stage + 2], self.kernel, bias=False)
            last = stage + 2 == len(channels)
            hidden = [nn.BatchNorm2d(outputs, affine=self.gains), nn.ReLU(inplace=True)]
            blocks.append(nn.Sequential(layer, *([nn.Sigmoid(), FromUnit()] if last else hidden)))
        body = LabelEverywhere(classes, *blocks, preprocess=nn.Identity())
        normal_init(body, self.init_sd)
        return ConditionalStack(Uniform(self.latent), body, classes, data.rates)

    def discriminator(self, data: DataSpec) -> nn.Module:
        classes = len(data.classes)
        sizes = halvings(data, self.kernel, self.base)
        channels = [data.shape[0], *doublings(self.width, sizes)]
        blocks: list[nn.Sequential] = []
        for stage, (inputs, outputs) in enumerate(itertools.pairwise(channels)):
            layer = down(inputs + classes, outputs, sizes[stage : stage + 2], self.kernel, bias=False)
            norm = [nn.BatchNorm2d(outputs, affine=self.gains)] if stage else []
            blocks.append(nn.Sequential(layer, *norm, nn.LeakyReLU(self.leak, inplace=True)))
        blocks[-1].append(nn.Flatten())
        height, width = sizes[-1]
        maps = channels[-1] * height * width
        leaky = nn.LeakyReLU(self.leak, inplace=True)
        body = LabelEverywhere(
            classes,
            *blocks,
            nn.Sequential(*linear_norm(maps + classes, self.hidden, affine=self.gains), leaky),
            nn.Sequential(nn.Linear(self.hidden + classes, 1, bias=False), nn.Flatten(0)),
            preprocess=ToUnit(),
        )
        normal_init(body, self.init_sd)
        return body
