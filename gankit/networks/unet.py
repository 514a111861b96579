"""An encoder and a decoder with a bridge between their layers of one size, for images that share their outlines.

Isola et al., "Image-to-Image Translation with Conditional Adversarial Networks", 2016. arXiv:1611.07004
(section 3.2 and appendix 6.1)
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from gankit.base.bounds import Layers, Share, Units
from gankit.base.errors import UserError
from gankit.game import Network, Translator
from gankit.game.batch import DataSpec
from gankit.networks.convolutions import image_size
from gankit.networks.initialisation import normal_init
from gankit.networks.patchgan import Patch, patchgan
from gankit.networks.small_maps import Doubling, Halving
from gankit.networks.translator_parts import ImageNorm, KeptDropout, cropped, image_norm, padded

DEEPEST = 8
NOISY = 3
"""Layers at the start of the decoder that have dropout, where its last two, which have none, leave so many."""


@dataclass(frozen=True, kw_only=True)
class UNetNetwork(Network):
    """pix2pix's players: a U-Net, and a discriminator of patches that sees what the `DataSpec` calls its shape."""

    width: Units = 64
    """Channels of the generator's layer nearest the image, doubled at every stage away from it, up to eight times."""
    depth: Layers | None = None
    """How often the generator halves an image; by default as often as its shorter side can be, at most 8 times (a 1x1
    code of a 256x256 image, as in the paper)."""
    norm: ImageNorm = "instance"
    """instance: by each image's own statistics, as batch norm with those of a batch of one (section 3.3). batch: by
    the batch's in training and by running ones later."""
    dropout: Share = 0.5
    """Rate of dropout in the first three layers of the decoder, which is the paper's noise (section 2.1). Its last two
    have none: at depth 4 (28x28, 16x16) two layers have it, at 3 (8x8) one, and at 1 or 2 there is no noise at all."""
    test_noise: bool = True
    """Keep that dropout when the generator is used, too (section 3.3)."""
    discriminator_width: Units = 64
    """Channels of the discriminator's layer nearest the image."""
    patch: Patch = "auto"
    """Side of the patches that the discriminator scores: 1, 16, 34, 70, 142, 286, or full for the whole image, which
    is 286 where images are larger. auto is the paper's 70, or the largest below it that fits smaller images, or 16
    where none fits; 70 keeps the released code's layers at every size, and so sees past the edges of smaller images."""

    def generator(self, data: DataSpec) -> UNet:
        assert data.other_shape is not None
        height, width = image_size(data)
        deepest = min(height, width).bit_length() - 1
        if deepest < (self.depth or 1):
            raise UserError(f"images of {height}x{width} can be halved {deepest} times, not {self.depth or 1}")
        network = UNet(data.shape[0], data.other_shape[0], self.depth or min(deepest, DEEPEST), self)
        normal_init(network, 0.02)
        return network

    def discriminator(self, data: DataSpec) -> nn.Module:
        size = image_size(data)
        return patchgan(data.shape[0], size, patch=self.patch, width=self.discriminator_width, norm=self.norm)


class UNet(Translator):
    """Images to images in [-1, 1]."""

    def __init__(self, inputs: int, outputs: int, depth: int, sizes: UNetNetwork) -> None:
        super().__init__()
        self.multiple = 2**depth
        widths = [sizes.width * min(2**level, 8) for level in range(depth)]
        self.encoder, self.decoder = nn.ModuleList(), nn.ModuleList()
        for level, width in enumerate(widths):
            # No norm in the first layer. Nor in the last: there a lone image leaves one value to a map, which a norm
            # by its own statistics makes 0, as the paper's erratum says.
            bare = level in (0, depth - 1)
            conv = Halving(widths[level - 1] if level else inputs, width, bias=bare)
            self.encoder.append(nn.Sequential(conv, nn.Identity() if bare else image_norm(sizes.norm, width)))
        for level in reversed(range(depth)):
            joined = widths[level] * (1 if level == depth - 1 else 2)
            if not level:
                self.decoder.append(Doubling(joined, outputs, bias=True))
                break
            width = widths[level - 1]
            up = Doubling(joined, width, bias=False)
            noisy = sizes.dropout > 0 and depth - 1 - level < NOISY and level > 1
            noise = KeptDropout(sizes.dropout, kept=sizes.test_noise) if noisy else nn.Identity()
            self.decoder.append(nn.Sequential(up, image_norm(sizes.norm, width), noise))

    def forward(
        self, images: Float[Tensor, "n inputs h w"], *, backwards: bool = False
    ) -> Float[Tensor, "n outputs h w"]:
        if backwards:
            raise UserError("pix2pix knows one way only: train another with --direction BtoA")
        height, width = images.shape[2:]
        passed: list[Tensor] = []
        features = padded(images, self.multiple)
        for layer in self.encoder:
            features = layer(F.leaky_relu(features, 0.2) if passed else features)
            passed.append(features)
        features = passed.pop()
        for layer in self.decoder:
            features = layer(F.relu(features))
            if passed:
                features = torch.cat([passed.pop(), features], 1)
        return cropped(features.tanh(), height, width)
