"""What networks from images to images are made of: norms of single images, padding to a multiple, patches scored."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gankit.base.errors import UserError
from gankit.networks.initialisation import normal_init

ImageNorm = Literal["instance", "batch"]
Patch = Literal["auto", "full", 1, 16, 34, 70, 142, 286]
FIELDS = {1: 16, 2: 34, 3: 70, 4: 142, 5: 286}
"""Side of the patch that a score sees, by the number of layers of stride 2."""


class InstanceNorm(nn.GroupNorm):
    """Each map of each image brought to mean 0 and variance 1, then given a gain and a bias of its own.

    Ulyanov et al., "Instance Normalization: The Missing Ingredient for Fast Stylization", 2016. arXiv:1607.08022.
    It is batch norm by the batch's own statistics where the batch is one image, which is how it is computed: several
    times faster on a CPU than torch's own when channels lie last.
    """

    def __init__(self, channels: int) -> None:
        super().__init__(channels, channels)

    def forward(self, input: Tensor) -> Tensor:
        normed = [
            F.batch_norm(image, None, None, self.weight, self.bias, training=True, eps=self.eps)
            for image in input.split(1)
        ]
        return normed[0] if len(normed) == 1 else torch.cat(normed)


def image_norm(norm: ImageNorm, channels: int) -> nn.Module:
    """The normalisation called `norm` of feature maps of `channels`."""
    return InstanceNorm(channels) if norm == "instance" else nn.BatchNorm2d(channels)


class KeptDropout(nn.Module):
    """Dropout that goes on in evaluation where it is `kept`: the noise of a translator that has no latent."""

    def __init__(self, rate: float, *, kept: bool) -> None:
        super().__init__()
        self.rate, self.kept = rate, kept

    def forward(self, input: Tensor) -> Tensor:
        return F.dropout(input, self.rate, self.training or self.kept)


def padded(images: Tensor, multiple: int) -> Tensor:
    """`images` [n, C, H, W] grown at the right and below until both sides are multiples of `multiple`.

    What is added mirrors the image, or where it is too small for that repeats its edge.
    """
    height, width = images.shape[2:]
    below, right = -height % multiple, -width % multiple
    if not below and not right:
        return images
    mirrors = below < height and right < width
    return F.pad(images, (0, right, 0, below), mode="reflect" if mirrors else "replicate")


def layers_of(patch: Patch, size: tuple[int, int]) -> int:
    """How many layers of stride 2 a discriminator of `patch` has for images of `size`; 0 for single pixels.

    Raises `UserError` where a patch is larger than the images.
    """
    side = min(size)
    if patch == 1:
        return 0
    if patch == "full":
        # The least whose patch is the whole image; a side of 4 or 5 at the last such layer leaves one or two scores.
        return next((n for n, field in FIELDS.items() if field >= max(size)), max(FIELDS))
    if patch == "auto":
        return max((n for n, field in FIELDS.items() if field <= min(side, 70)), default=1)
    if patch > side:
        fits = [str(field) for field in (1, *FIELDS.values()) if field <= side]
        raise UserError(
            f"a patch of {patch} is larger than images of {size[0]}x{size[1]}: take --network.patch {fits[-1]}, or full"
        )
    return next(n for n, field in FIELDS.items() if field == patch)


def patchgan(channels: int, size: tuple[int, int], *, patch: Patch, width: int, norm: ImageNorm) -> nn.Module:
    """A discriminator that scores every patch by itself: images [n, channels, *size] to scores [n, 1, rows, columns].

    Isola et al. 2016, section 3.2.2 and appendix 6.1.2: 4x4 convolutions of stride 2 from `width` channels on,
    doubled up to 8 `width`, the last two of stride 1, with no norm in the first. arXiv:1611.07004
    """
    layers = layers_of(patch, size)
    if not layers:
        body = [
            nn.Conv2d(channels, width, 1),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(width, 2 * width, 1, bias=False),
            image_norm(norm, 2 * width),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(2 * width, 1, 1),
        ]
    else:
        smallest = min(size) // 2**layers
        if smallest < 3:
            side = FIELDS[layers]
            raise UserError(
                f"images of {size[0]}x{size[1]} are too small for a patch of {side}: take --network.patch 1"
            )
        body = [nn.Conv2d(channels, width, 4, 2, 1), nn.LeakyReLU(0.2, inplace=True)]
        inputs = width
        for layer in range(1, layers + 1):
            outputs = width * min(2**layer, 8)
            stride = 2 if layer < layers else 1
            body += [nn.Conv2d(inputs, outputs, 4, stride, 1, bias=False), image_norm(norm, outputs)]
            body.append(nn.LeakyReLU(0.2, inplace=True))
            inputs = outputs
        body.append(nn.Conv2d(inputs, 1, 4, 1, 1))
    network = nn.Sequential(*body)
    normal_init(network, 0.02)
    return network
