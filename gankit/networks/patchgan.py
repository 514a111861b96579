"""PatchGAN, a discriminator that scores every patch of an image by itself.

Isola et al., "Image-to-Image Translation with Conditional Adversarial Networks", 2016. arXiv:1611.07004
(section 3.2.2 and appendix 6.1.2)
"""

from __future__ import annotations

from typing import Literal

from torch import nn

from gankit.base.errors import UserError
from gankit.networks.initialisation import normal_init
from gankit.networks.translator_parts import ImageNorm, image_norm

Patch = Literal["auto", "full", 1, 16, 34, 70, 142, 286]
FIELDS = {1: 16, 2: 34, 3: 70, 4: 142, 5: 286}
"""Side of the patch that a score sees, by the number of layers of stride 2."""


def layers_of(patch: Patch, size: tuple[int, int]) -> int:
    """How many layers of stride 2 a discriminator of `patch` has for images of `size`; 0 for single pixels.

    A `patch` larger than the images keeps its layers: its scores see past the edges.
    """
    side = min(size)
    if patch == 1:
        return 0
    if patch == "full":
        # The least whose patch is the whole image; a side of 4 or 5 at the last such layer leaves one or two scores.
        return next((n for n, field in FIELDS.items() if field >= max(size)), max(FIELDS))
    if patch == "auto":
        return max((n for n, field in FIELDS.items() if field <= min(side, 70)), default=1)
    return next(n for n, field in FIELDS.items() if field == patch)


def patchgan(channels: int, size: tuple[int, int], *, patch: Patch, width: int, norm: ImageNorm) -> nn.Module:
    """A discriminator from images [n, channels, *size] to scores of their patches, [n, 1, rows, columns].

    4x4 convolutions of stride 2 from `width` channels on, doubled up to 8 `width`, the last two of stride 1, with no
    norm in the first.
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
            fits = next((FIELDS[n] for n in range(layers - 1, 0, -1) if min(size) // 2**n >= 3), 1)
            raise UserError(
                f"images of {size[0]}x{size[1]} are too small for a patch of {side}: take --network.patch {fits}"
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
