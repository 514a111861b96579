"""Residual players without any norm: 1x1, grouped 3x3 and 1x1 convolutions, resampled by a small smooth filter.

Huang et al., "The GAN is dead; long live the GAN! A Modern GAN Baseline", 2024. arXiv:2501.05441 (section 4, Config E)
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

from gankit.base.bounds import Layers, Units
from gankit.game import Generator, Network
from gankit.game.batch import DataSpec
from gankit.game.prior import Normal
from gankit.networks.convolutions import Size, halves_down_to, image_size
from gankit.networks.parts import Scores

SMALLEST = 4
"""A side is halved while this much of it is left."""
FULL_WIDTH = 32
"""Sides up to this have all channels; every doubling beyond it has half as many (the released code)."""
LEAK = 0.2
GAIN = math.sqrt(2 / (1 + LEAK**2))
"""Of the weights before a leaky ReLU, so that it leaves the variance as it is."""


@dataclass(frozen=True, kw_only=True)
class R3GANNetwork(Network):
    """Both players are stages of residual blocks, mirror images of each other, for images of any size."""

    width: Units = 768
    """Channels of every stage up to 32x32; half as many at 64x64, and so on (the released code)."""
    blocks: Layers = 2
    """Residual blocks of a stage."""
    expansion: Layers = 2
    """How many times as many channels a block has inside."""
    group_width: Units = 16
    """Channels of a group of the 3x3 convolutions, or the next larger number that divides a block's."""
    latent: Units = 64
    """Dimensions of the latent, drawn from N(0, I)."""

    def stages(self, data: DataSpec) -> list[Size]:
        """(height, width) of every stage, from the image to the smallest."""
        return halves_down_to(image_size(data), SMALLEST)

    def channels(self, size: Size) -> int:
        """Those of the stage of that size."""
        return max(self.width * FULL_WIDTH // max(*size, FULL_WIDTH), 1)

    def generator(self, data: DataSpec) -> Generator:
        sizes = self.stages(data)[::-1]
        widths = [self.channels(size) for size in sizes]
        layers: list[nn.Module] = [Basis(self.latent, widths[0], sizes[0]), *self._stage(widths[0], len(sizes))]
        for large, (inputs, outputs) in zip(sizes[1:], itertools.pairwise(widths), strict=True):
            layers += [*_widen(inputs, outputs), Upsample(large), *self._stage(outputs, len(sizes))]
        layers.append(conv(widths[-1], data.shape[0], 1))
        return Linear(Normal(self.latent), nn.Sequential(*layers), bounded=data.bounded)

    def discriminator(self, data: DataSpec) -> nn.Module:
        sizes = self.stages(data)
        widths = [self.channels(size) for size in sizes]
        layers: list[nn.Module] = [conv(data.shape[0], widths[0], 1)]
        for stage, outputs in enumerate([*widths[1:], 0]):
            layers += self._stage(widths[stage], len(sizes))
            if outputs:
                layers += [Downsample(), *_widen(widths[stage], outputs)]
        whole = nn.Conv2d(widths[-1], widths[-1], sizes[-1], groups=widths[-1], bias=False)
        last = nn.Linear(widths[-1], 1, bias=False)
        for layer, fan in ((whole, math.prod(sizes[-1])), (last, widths[-1])):
            nn.init.normal_(layer.weight, 0, 1 / math.sqrt(fan))
        return Scores(*layers, whole, nn.Flatten(), last)

    def _stage(self, width: int, stages: int) -> list[nn.Module]:
        inner = width * self.expansion
        groups = next(count for count in range(max(inner // self.group_width, 1), 0, -1) if inner % count == 0)
        return [Block(width, inner, groups, stages * self.blocks) for _ in range(self.blocks)]


class Linear(Generator):
    """A generator whose output is linear. In evaluation it is what an image can hold: clamped to [-1, 1]."""

    def __init__(self, prior: Normal, body: nn.Module, *, bounded: bool) -> None:
        super().__init__(prior)
        self.body = body
        self.bounded = bounded

    def forward(
        self, latents: Float[Tensor, "n size"], labels: Int64[Tensor, " n"] | None = None
    ) -> Float[Tensor, " n *shape"]:
        images = self.body(latents)
        return images.clamp(-1, 1) if self.bounded and not self.training else images


class Block(nn.Module):
    """Features with what three convolutions add to them: nothing at first, as the last one starts at 0 (Fixup).

    Zhang et al., "Fixup Initialization", 2019. arXiv:1901.09321
    """

    def __init__(self, width: int, inner: int, groups: int, depth: int) -> None:
        """`depth` is the number of blocks of the player: their weights are the smaller, the more there are."""
        super().__init__()
        gain = GAIN * depth**-0.25
        self.body = nn.Sequential(
            conv(width, inner, 1, bias=True, gain=gain),
            nn.LeakyReLU(LEAK, inplace=True),
            conv(inner, inner, 3, groups=groups, bias=True, gain=gain),
            nn.LeakyReLU(LEAK, inplace=True),
            conv(inner, width, 1, gain=0),
        )

    def forward(self, features: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c h w"]:
        return features + self.body(features)


class Basis(nn.Module):
    """A latent as the weights of learned maps, one for each channel."""

    def __init__(self, latent: int, width: int, size: Size) -> None:
        super().__init__()
        self.maps = nn.Parameter(torch.randn(width, *size))
        self.linear = nn.Linear(latent, width, bias=False)
        nn.init.normal_(self.linear.weight, 0, 1 / math.sqrt(latent))

    def forward(self, latents: Float[Tensor, "n size"]) -> Float[Tensor, "n c h w"]:
        return (self.linear(latents)[:, :, None, None] * self.maps).contiguous(memory_format=torch.channels_last)


class Upsample(nn.Module):
    """Maps doubled by the filter [1, 2, 1] in each direction: what lies between two pixels is their mean."""

    def __init__(self, large: Size) -> None:
        super().__init__()
        self.large = large

    def forward(self, input: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c height width"]:
        doubled = F.interpolate(input, scale_factor=2.0, mode="nearest")
        height, width = self.large
        return F.avg_pool2d(F.pad(doubled, (0, 1, 0, 1)), 2, 1)[:, :, :height, :width]


class Downsample(nn.Module):
    """Maps halved after the same filter, as two means of two; odd sides are rounded up."""

    def forward(self, input: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c height width"]:
        height, width = input.shape[2:]
        around = F.pad(input, (1, 1 + width % 2, 1, 1 + height % 2))
        return F.avg_pool2d(F.avg_pool2d(around, 2, 1), 2)


def conv(inputs: int, outputs: int, side: int, *, groups: int = 1, bias: bool = False, gain: float = 1.0) -> nn.Conv2d:
    """A convolution that keeps the size, its weights normal with variance gain^2 / fan-in, its biases 0."""
    layer = nn.Conv2d(inputs, outputs, side, padding=side // 2, groups=groups, bias=bias)
    nn.init.normal_(layer.weight, 0, gain / math.sqrt(inputs // groups * side**2))
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer


def _widen(inputs: int, outputs: int) -> Sequence[nn.Module]:
    return [] if inputs == outputs else [conv(inputs, outputs, 1)]
