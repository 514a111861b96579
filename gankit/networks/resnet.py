"""A translator that halves an image twice, changes it in residual blocks, and brings it back.

Johnson et al., "Perceptual Losses for Real-Time Style Transfer and Super-Resolution", 2016. arXiv:1603.08155, as in
Zhu et al., "Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks", 2017. arXiv:1703.10593
(section 4 and appendix 7.2)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from jaxtyping import Float
from torch import Tensor, nn

from gankit.base.bounds import Between, Units
from gankit.base.errors import UserError
from gankit.game import Network, Translator
from gankit.game.batch import DataSpec
from gankit.networks.convolutions import image_size
from gankit.networks.initialisation import normal_init
from gankit.networks.patchgan import Patch, patchgan
from gankit.networks.resize import ResizeConv, Upsample
from gankit.networks.translator_parts import InstanceNorm, cropped, padded

SMALLEST = 8
DOUBLING: dict[str, Callable[[int, int], nn.Conv2d | nn.ConvTranspose2d]] = {
    "transposed": lambda inputs, outputs: nn.ConvTranspose2d(inputs, outputs, 3, 2, 1, 1, bias=False),
    "resize": lambda inputs, outputs: ResizeConv(inputs, outputs, bias=False, edges="mirror"),
}


@dataclass(frozen=True, kw_only=True)
class ResNetNetwork(Network):
    """CycleGAN's players of one direction: a translator, and a discriminator of patches of what it makes."""

    width: Units = 64
    """Channels of the generator's layers nearest the image; four times as many in its residual blocks."""
    blocks: Annotated[int, Between(0, 256)] | None = None
    """Residual blocks; by default 6 for images up to 128 and 9 above (section 4)."""
    upsample: Upsample = "transposed"
    """How the generator doubles maps: by the paper's transposed convolutions, which leave a grid, or by nearest
    neighbours and a convolution, as its authors advise against that (issues 78 and 190 of the released code)."""
    discriminator_width: Units = 64
    """Channels of the discriminator's layer nearest the image."""
    patch: Patch = "auto"
    """Side of the patches that the discriminator scores: 1, 16, 34, 70, 142, 286, or full for the whole image, which
    is 286 where images are larger. auto is the paper's 70, or the largest below it that fits smaller images, or 16
    where none fits; 70 keeps the released code's layers at every size, and so sees past the edges of smaller images."""

    def generator(self, data: DataSpec) -> ResNet:
        assert data.other_shape is not None
        size = image_size(data)
        if min(size) < SMALLEST:
            raise UserError(f"images of {size[0]}x{size[1]} are too small: {SMALLEST}x{SMALLEST} is the least")
        blocks = (6 if max(size) <= 128 else 9) if self.blocks is None else self.blocks
        up = DOUBLING[self.upsample]
        network = ResNet(data.shape[0], data.other_shape[0], self.width, blocks, up)
        normal_init(network, 0.02)
        return network

    def discriminator(self, data: DataSpec) -> nn.Module:
        size = image_size(data)
        return patchgan(data.shape[0], size, patch=self.patch, width=self.discriminator_width, norm="instance")


class ResNet(Translator):
    """Images to images in [-1, 1]."""

    multiple = 4

    def __init__(
        self,
        inputs: int,
        outputs: int,
        width: int,
        blocks: int,
        up: Callable[[int, int], nn.Conv2d | nn.ConvTranspose2d],
    ) -> None:
        super().__init__()
        self.body = nn.Sequential(
            *mirrored(inputs, width, 7),
            *changed(nn.Conv2d(width, 2 * width, 3, 2, 1, bias=False)),
            *changed(nn.Conv2d(2 * width, 4 * width, 3, 2, 1, bias=False)),
            *(Residual(4 * width) for _ in range(blocks)),
            *changed(up(4 * width, 2 * width)),
            *changed(up(2 * width, width)),
            nn.ReflectionPad2d(3),
            nn.Conv2d(width, outputs, 7),
            nn.Tanh(),
        )

    def forward(
        self, images: Float[Tensor, "n inputs h w"], *, backwards: bool = False
    ) -> Float[Tensor, "n outputs h w"]:
        if backwards:
            raise UserError("this translator knows one way only")
        height, width = images.shape[2:]
        return cropped(self.body(padded(images, self.multiple)), height, width)


class Residual(nn.Module):
    """An image's features with what two layers of 3x3 convolutions add to them."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            *mirrored(width, width, 3),
            nn.ReflectionPad2d(1),
            nn.Conv2d(width, width, 3, bias=False),
            InstanceNorm(width),
        )

    def forward(self, features: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c h w"]:
        return features + self.body(features)


def mirrored(inputs: int, outputs: int, kernel: int) -> list[nn.Module]:
    """A convolution that keeps the size by mirroring at the edges, with norm and ReLU."""
    return [nn.ReflectionPad2d(kernel // 2), *changed(nn.Conv2d(inputs, outputs, kernel, bias=False))]


def changed(conv: nn.Conv2d | nn.ConvTranspose2d) -> list[nn.Module]:
    """`conv` with norm and ReLU."""
    return [conv, InstanceNorm(conv.out_channels), nn.ReLU(inplace=True)]
