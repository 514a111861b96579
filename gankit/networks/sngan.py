"""The residual players of spectral normalisation's CIFAR-10 study, for images of any size.

Miyato et al., "Spectral Normalization for Generative Adversarial Networks", 2018. arXiv:1802.05957
(appendix B, table 4)
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.nn import functional as F

from gankit.base.bounds import Units
from gankit.game import Generator
from gankit.game.batch import DataSpec
from gankit.game.prior import Normal, Prior
from gankit.networks.convolutions import Project, Size, halves_down_to, image_size
from gankit.networks.family import Family, Trunk
from gankit.networks.parts import SpectralConv2d, SpectralLinear
from gankit.networks.resize import resized

SMALLEST = 4
"""A side is halved while this much of it is left."""
FLAT = 2
"""Blocks of the discriminator after those that halve."""


@dataclass(frozen=True, kw_only=True)
class SNGANNetwork(Family):
    """Residual blocks: batch norm in the generator, spectral norm of every weight in the discriminator.

    At 32x32 they are the paper's: three blocks up from 4x4, and down two that halve and two that do not; twice the size
    has one more of each. With labels the generator's batch norms have a gain and a bias for each class.
    """

    width: Units = 256
    """Channels of the generator's blocks (table 4)."""
    discriminator_width: Units = 128
    """Channels of the discriminator's blocks (table 4)."""
    latent: Units = 128
    """Dimensions of the latent, drawn from N(0, I) (table 4)."""

    def stages(self, data: DataSpec) -> list[Size]:
        """(height, width) of the image and of every map that a block of the generator starts from."""
        return halves_down_to(image_size(data), SMALLEST)

    def generator(self, data: DataSpec, *, prior: Prior | None = None, classes: int = 0) -> Generator:
        prior = prior or Normal(self.latent)
        return ResidualGenerator(prior, data, self.width, self.stages(data)[::-1], classes)

    def trunk(self, data: DataSpec) -> Trunk:
        width = self.discriminator_width
        halved = max(len(self.stages(data)) - 2, 1)
        first = ResidualDown(data.shape[0], width, halves=True, first=True)
        rest = [ResidualDown(width, width, halves=block < halved) for block in range(1, halved + FLAT)]
        return Trunk(first, *rest, nn.ReLU(), SumPool(), width=width, linear=SpectralLinear, initialise=residual_init)


class ClassBatchNorm(nn.BatchNorm2d):
    """Batch norm whose gain and bias belong to a class; its own, where there are no classes.

    de Vries et al., "Modulating early visual processing by language", 2017. arXiv:1707.00683
    """

    def __init__(self, channels: int, classes: int) -> None:
        super().__init__(channels, affine=not classes)
        self.classes = classes
        if classes:
            self.gain = nn.Parameter(torch.ones(classes, channels))
            self.shift = nn.Parameter(torch.zeros(classes, channels))

    def forward(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, input: Float[Tensor, "n c h w"], labels: Int64[Tensor, " n"] | None
    ) -> Float[Tensor, "n c h w"]:
        normed = super().forward(input)
        if not self.classes or labels is None:
            return normed
        code = F.one_hot(labels, self.classes).to(input.dtype)
        gain, shift = (code @ table for table in (self.gain, self.shift))
        return normed * gain[:, :, None, None] + shift[:, :, None, None]


class ResidualUp(nn.Module):
    """A block of the generator, from a map of the first of `sizes` to one of the second."""

    def __init__(self, inputs: int, outputs: int, sizes: Sequence[Size], classes: int) -> None:
        super().__init__()
        self.size = sizes[1]
        self.norm1, self.norm2 = ClassBatchNorm(inputs, classes), ClassBatchNorm(outputs, classes)
        self.conv1 = resized(inputs, outputs, sizes, bias=True)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.shortcut = nn.Conv2d(inputs, outputs, 1)

    def forward(
        self, input: Float[Tensor, "n inputs h w"], labels: Int64[Tensor, " n"] | None
    ) -> Float[Tensor, "n outputs height width"]:
        hidden = self.conv1(self.norm1(input, labels).relu())
        hidden = self.conv2(self.norm2(hidden, labels).relu())
        # The same before doubling as after it, for a quarter of the products.
        return hidden + F.interpolate(self.shortcut(input), self.size, mode="nearest")


class ResidualGenerator(Generator):
    """Blocks from a projected latent up to images, a class's batch norms in each."""

    def __init__(self, prior: Prior, data: DataSpec, width: int, sizes: Sequence[Size], classes: int) -> None:
        super().__init__(prior, classes)
        self.project = Project(prior.size, width, sizes[0], bias=True)
        blocks = [ResidualUp(width, width, pair, classes) for pair in itertools.pairwise(sizes)]
        self.blocks = nn.ModuleList(blocks)
        self.norm = ClassBatchNorm(width, 0)
        self.last = nn.Conv2d(width, data.shape[0], 3, padding=1)
        residual_init(self)

    def forward(
        self, latents: Float[Tensor, "n size"], labels: Int64[Tensor, " n"] | None = None
    ) -> Float[Tensor, " n *shape"]:
        features = self.project(latents)
        for block in self.blocks:
            features = block(features, labels)
        return self.last(self.norm(features, None).relu()).tanh()


class ResidualDown(nn.Module):
    """A block of the discriminator, which may halve; the `first` sees the image itself, and so begins linearly."""

    def __init__(self, inputs: int, outputs: int, *, halves: bool, first: bool = False) -> None:
        super().__init__()
        self.halves, self.first = halves, first
        self.conv1 = SpectralConv2d(inputs, outputs, 3, padding=1)
        self.conv2 = SpectralConv2d(outputs, outputs, 3, padding=1)
        self.shortcut = SpectralConv2d(inputs, outputs, 1) if halves or inputs != outputs else nn.Identity()

    def forward(self, input: Float[Tensor, "n inputs h w"]) -> Float[Tensor, "n outputs height width"]:
        hidden = self.conv2(self.conv1(input if self.first else input.relu()).relu())
        # A 1x1 convolution and a mean are the same in either order, and after the mean it is a quarter of the products.
        return self._pooled(hidden) + self.shortcut(self._pooled(input))

    def _pooled(self, maps: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c height width"]:
        return F.avg_pool2d(maps, 2, ceil_mode=True) if self.halves else maps


class SumPool(nn.Module):
    """Feature maps as the sums over their positions."""

    def forward(self, input: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c"]:
        return input.sum((2, 3))


def residual_init(network: nn.Module) -> None:
    """Xavier's uniform weights, those of the 3x3 convolutions in blocks times sqrt(2), biases 0 (the released code)."""
    within = set()
    for block in network.modules():
        if isinstance(block, ResidualUp | ResidualDown):
            within |= {*block.conv1.modules(), *block.conv2.modules()}
    for part in network.modules():
        if isinstance(part, nn.Linear | nn.Conv2d):
            nn.init.xavier_uniform_(part.weight, math.sqrt(2) if part in within else 1.0)
            if part.bias is not None:
                nn.init.zeros_(part.bias)
