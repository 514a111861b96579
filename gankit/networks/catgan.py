"""The networks of the categorical GAN: fully connected for pixels in any order, and convolutional for images.

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
from gankit.networks.convolutions import Project, Size, halves, image_size
from gankit.networks.family import Family, Trunk
from gankit.networks.layers import layers_between, linear_norm, sigmoid_output, unit_input
from gankit.networks.parts import FlattenLast, FromUnit, Noise, Stack, ToUnit


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


@dataclass(frozen=True, kw_only=True)
class ConvCatGAN(Family):
    """Convolutions and pooling down to a category, nearest neighbours and convolutions up to an image; batch norm and
    leaky ReLU in both players.

    For images of any height, width and channels. The discriminator's layers are those that are told of the paper's for
    MNIST; they could not be checked against it, and what is not told of them, and the whole generator, is ours.
    """

    discriminator_channels: tuple[Units, Units, Units] = (32, 64, 128)
    """Channels of the discriminator's three levels: a 5x5 convolution, two of 3x3 and one of 3x3, with a 3x3 pooling by
    stride 2 after each of the first two. The pooling's side is ours."""
    pointwise: Units = 10
    """Channels of the 1x1 convolution after those; the number is ours."""
    hidden: Units = 128
    """Units of the fully connected layer before the categories."""
    generator_channels: tuple[Units, Units, Units] = (96, 64, 64)
    """Channels of the generator's three levels, from the smallest on: a projection of the latent, and after each
    doubling a 5x5 convolution."""
    latent: Units = 100
    """Dimensions of the latent, drawn from U(-1, 1)."""
    leak: Ratio = 0.1
    """Slope of the leaky ReLU below 0."""
    input_noise: Weight = 0.0
    """Standard deviation of the noise on the discriminator's inputs, which are in [0, 1] where they are bounded. No
    noise is told of with convolutions."""
    noise: Weight = 0.0
    """Standard deviation of the noise on the discriminator's hidden units."""

    def stages(self, data: DataSpec) -> list[Size]:
        """(height, width) of the three levels, from the image to the smallest."""
        return halves(image_size(data), 2)

    def generator(self, data: DataSpec, *, prior: Prior | None = None, classes: int = 0) -> Generator:
        prior = prior or Uniform(self.latent)
        sizes = self.stages(data)[::-1]
        first, *later = self.generator_channels
        body = nn.Sequential(Project(prior.size + classes, first, sizes[0], bias=False), *self._after(first))
        for inputs, outputs, size in zip(self.generator_channels, later, sizes[1:], strict=False):
            body.extend([nn.Upsample(size, mode="nearest"), nn.Conv2d(inputs, outputs, 5, padding=2, bias=False)])
            body.extend(self._after(outputs))
        body.append(nn.Conv2d(later[-1], data.shape[0], 5, padding=2))
        return Stack(prior, body.extend([nn.Sigmoid(), FromUnit()] if data.bounded else []), classes)

    def trunk(self, data: DataSpec) -> Trunk:
        first, second, third = self.discriminator_channels
        height, width = self.stages(data)[-1]
        return Trunk(
            *([ToUnit()] if data.bounded else []),
            Noise(self.input_noise),
            *self._judging(data.shape[0], first, 5),
            nn.MaxPool2d(3, 2, 1),
            *self._judging(first, second, 3),
            *self._judging(second, second, 3),
            nn.MaxPool2d(3, 2, 1),
            *self._judging(second, third, 3),
            *self._judging(third, self.pointwise, 1),
            FlattenLast(),
            *linear_norm(self.pointwise * height * width, self.hidden),
            nn.LeakyReLU(self.leak, inplace=True),
            Noise(self.noise),
            width=self.hidden,
        )

    def _after(self, channels: int) -> list[nn.Module]:
        return [nn.BatchNorm2d(channels), nn.LeakyReLU(self.leak, inplace=True)]

    def _judging(self, inputs: int, outputs: int, kernel: int) -> list[nn.Module]:
        conv = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False)
        return [conv, *self._after(outputs), Noise(self.noise)]
