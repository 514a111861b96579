"""The CIFAR-10 networks of AC-GAN, for images of any size.

Odena, Olah and Shlens, "Conditional Image Synthesis With Auxiliary Classifier GANs", 2016. arXiv:1610.09585
(appendix, table 2)
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import partial

from torch import nn

from gankit.base.bounds import Ratio, Share, Units, Weight
from gankit.game import Generator
from gankit.game.batch import DataSpec
from gankit.game.prior import Normal, Prior
from gankit.networks.checks import check_layers
from gankit.networks.convolutions import Project, halves, image_size, up
from gankit.networks.family import Family, Trunk
from gankit.networks.initialisation import normal_init
from gankit.networks.parts import FlattenLast, Noise, Stack


@dataclass(frozen=True, kw_only=True)
class ACGANNetwork(Family):
    """Transposed convolutions up to the image; convolutions with dropout down from it, every other one by a stride.

    The numbers of layers are these tuples' lengths, whatever the image's size: at 32x32 both players meet at 4x4.
    """

    generator_widths: tuple[Units, ...] = (384, 192, 96)
    """Channels before each of the generator's 5x5 transposed convolutions of stride 2. The paper has
    768, 384, 256, 192 for ImageNet at 128x128."""
    discriminator_widths: tuple[Units, ...] = (16, 32, 64, 128, 256, 512)
    """Channels after each of the discriminator's 3x3 convolutions, whose strides are 2, 1, 2, 1, ..."""
    latent: Units = 100
    """Dimensions of the latent, drawn from N(0, I); the paper does not name the distribution."""
    leak: Ratio = 0.2
    """Slope of the discriminator's leaky ReLU below 0."""
    dropout: Share = 0.5
    """Share of the discriminator's activations dropped while training."""
    noise: Weight = 0.0
    """Standard deviation of the noise on the discriminator's activations while training; the paper tried 0, 0.1
    and 0.2."""
    init_sd: Weight = 0.02
    """Weights start from N(0, init_sd)."""

    def __post_init__(self) -> None:
        check_layers(self, "generator_widths", "discriminator_widths")

    def generator(self, data: DataSpec, *, prior: Prior | None = None, classes: int = 0) -> Generator:
        prior = prior or Normal(self.latent)
        sizes = halves(image_size(data), len(self.generator_widths))[::-1]
        first = self.generator_widths[0]
        body = nn.Sequential(Project(prior.size + classes, first, sizes[0], bias=True), nn.ReLU(inplace=True))
        for stage, (inputs, outputs) in enumerate(itertools.pairwise((*self.generator_widths, data.shape[0]))):
            last = stage + 1 == len(self.generator_widths)
            body.append(up(inputs, outputs, sizes[stage : stage + 2], 5, bias=last))
            body.extend([nn.Tanh()] if last else [nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)])
        normal_init(body, self.init_sd)
        return Stack(prior, body, classes, data.rates)

    def trunk(self, data: DataSpec) -> Trunk:
        layers: list[nn.Module] = []
        for index, (inputs, outputs) in enumerate(itertools.pairwise((data.shape[0], *self.discriminator_widths))):
            layers.append(nn.Conv2d(inputs, outputs, 3, 1 if index % 2 else 2, 1, bias=not index))
            layers.extend([nn.BatchNorm2d(outputs)] if index else [])
            layers.append(nn.LeakyReLU(self.leak, inplace=True))
            layers.extend([Noise(self.noise)] if self.noise else [])
            layers.append(nn.Dropout(self.dropout))
        strided = (len(self.discriminator_widths) + 1) // 2
        height, width = halves(image_size(data), strided)[-1]
        features = self.discriminator_widths[-1] * height * width
        return Trunk(*layers, FlattenLast(), width=features, initialise=partial(normal_init, sd=self.init_sd))
