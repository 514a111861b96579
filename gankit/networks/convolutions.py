"""Convolutions that halve and double images of any size, and the plans they follow: sizes, channels, norms."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Literal

from jaxtyping import Float
from torch import Tensor, nn

from gankit.base.errors import UserError
from gankit.game.batch import DataSpec
from gankit.networks.deep import DeepConv2d, DeepConvTranspose2d
from gankit.networks.resize import Upsample, resized

Norm = Literal["batch", "layer", "none"]
DiscriminatorNorm = Literal["batch", "layer", "spectral", "none"]
Size = tuple[int, int]
"""(height, width)."""


def image_size(data: DataSpec) -> Size:
    """(height, width) of the images; `UserError` where the data are none."""
    if not data.is_image:
        raise UserError(
            f"a convolutional network needs images, not vectors of {data.shape[0]} numbers: "
            "take another --network, or another method"
        )
    return data.shape[1], data.shape[2]


def halvings(data: DataSpec, kernel: int, base: int) -> list[Size]:
    """(height, width) of the image and of what each stride of 2 leaves, down to `base`."""
    sizes = [image_size(data)]
    while True:
        # What a stride of 2 leaves: kernel 4 rounds an odd side down, kernel 5 rounds it up.
        height, width = ((side + kernel - 4) // 2 for side in sizes[-1])
        if min(height, width) < (base if len(sizes) > 2 else 1) or (height, width) == sizes[-1]:
            return sizes
        sizes.append((height, width))


def halves(size: Size, times: int) -> list[Size]:
    """`size` and what each of so many strides of 2 leaves of it, odd sides rounded up."""
    return list(itertools.accumulate(range(times), lambda s, _: ((s[0] + 1) // 2, (s[1] + 1) // 2), initial=size))


def halves_down_to(size: Size, smallest: int) -> list[Size]:
    """`size` and what each stride of 2 leaves of it, while that is no side under `smallest`."""
    times = 0
    while min(halves(size, times + 1)[-1]) >= smallest:
        times += 1
    return halves(size, times)


def doublings(width: int, sizes: Sequence[Size], most: int = 0) -> list[int]:
    """Channels after each stride from one of `sizes` to the next: `width`, then twice as many every time,
    up to `most` where that is not 0.

    A single size, of an image too small to halve, counts as a stage.
    """
    channels = [width * 2**stage for stage in range(max(len(sizes) - 1, 1))]
    return [min(count, most) for count in channels] if most else channels


def down(
    inputs: int,
    outputs: int,
    sizes: Sequence[Size],
    kernel: int,
    *,
    bias: bool,
    conv: type[nn.Conv2d] = DeepConv2d,
) -> nn.Module:
    """A convolution from the first of `sizes` to the second, its half; of one size, for an image too small to halve."""
    if len(sizes) < 2:
        return conv(inputs, outputs, 3, padding=1, bias=bias)
    return conv(inputs, outputs, kernel, 2, (kernel - 1) // 2, bias=bias)


def up(
    inputs: int,
    outputs: int,
    sizes: Sequence[Size],
    kernel: int,
    *,
    bias: bool,
    upsample: Upsample = "transposed",
) -> nn.Module:
    """The way back: a transposed convolution from the first of `sizes` to the second, its double; or nearest neighbours
    and a convolution, whose kernel has a side of 3."""
    if len(sizes) < 2:
        return nn.Conv2d(inputs, outputs, 3, padding=1, bias=bias)
    if upsample == "resize":
        return resized(inputs, outputs, sizes, bias=bias)
    padding = (kernel - 1) // 2
    height, width = (large - ((small - 1) * 2 - 2 * padding + kernel) for small, large in zip(*sizes, strict=True))
    return DeepConvTranspose2d(inputs, outputs, kernel, 2, padding, (height, width), bias=bias)


class Project(nn.Module):
    """A latent as a small feature map, laid out channels last."""

    def __init__(self, latent: int, channels: int, size: tuple[int, int], *, bias: bool) -> None:
        super().__init__()
        self.shape = (*size, channels)
        self.linear = nn.Linear(latent, channels * size[0] * size[1], bias=bias)

    def forward(self, latents: Float[Tensor, "n size"]) -> Float[Tensor, "n c h w"]:
        return self.linear(latents).unflatten(1, self.shape).permute(0, 3, 1, 2)


def norm_layers(norm: DiscriminatorNorm, channels: int) -> list[nn.Module]:
    """The normalisation called `norm` of feature maps of `channels`, as a list of one module, or of none."""
    if norm == "batch":
        return [nn.BatchNorm2d(channels)]
    return [nn.GroupNorm(1, channels)] if norm == "layer" else []
