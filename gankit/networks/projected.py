"""Discriminators of what a fixed network sees, mixed at random across channels and scales.

Sauer et al., "Projected GANs Converge Faster", 2021. arXiv:2111.01007 (section 3)
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from gankit.base.bounds import MOST, Between, Layers, Units
from gankit.base.errors import UserError
from gankit.game import Generator, Network
from gankit.game.batch import DataSpec
from gankit.networks.convolutions import halves, image_size
from gankit.networks.fastgan import LightGenerator
from gankit.networks.fixed import CHANNELS, LEARNED, Eyes, fixed
from gankit.networks.initialisation import normal_init
from gankit.networks.parts import SpectralConv2d

Side = Annotated[int, Between(32, MOST)]
"""Pixels that all of a fixed network's strides go into."""
PLACES = 4
"""Side of what each discriminator ends in, or up to twice that (section 3.2: all have logits of 4x4)."""
WIDEST = 8
"""Times the width, the most channels that maps have."""
LEAK = 0.2


@dataclass(frozen=True, kw_only=True)
class ProjectedNetwork(Network):
    """FastGAN's light generator, and a small discriminator for each scale of a fixed network."""

    width: Units = 64
    """Channels of the generator's maps of 128x128, and 16 times as many at 4x4 (the released code's "lite")."""
    latent: Units = 256
    """Dimensions of the latent, drawn from N(0, I) (the released code)."""
    span: Layers = 4
    """Doublings between the two ends of a skip-layer excitation in the generator, where an image has room for them."""
    eyes: Eyes = "efficientnet-lite0"
    """The fixed network: EfficientNet-Lite0, which needs gankit[photos] (Lite1 in the paper), or photos-cnn, a small
    one that comes with gankit."""
    side: Side = 224
    """Images with a smaller side are enlarged to this one before the fixed network sees them (the released code); a
    CPU can afford their own."""
    mixed_width: Units = 64
    """Channels of the finest scale after mixing, twice as many at each coarser one, up to 8 times (the released code).
    """

    @property
    def pretrained(self) -> str:
        """What the fixed network learned from."""
        return LEARNED[self.eyes]

    def generator(self, data: DataSpec) -> Generator:
        return LightGenerator(data, self.width, self.latent, self.span)

    def discriminator(self, data: DataSpec) -> MultiScale:
        return MultiScale(data, self)


class MultiScale(nn.Module):
    """Scores of images by several discriminators, each of one scale of what a fixed network sees.

    Answers by name: `places`, the logits [n, k] of all discriminators at all places, and `score` [n], their mean.
    """

    def __init__(self, data: DataSpec, network: ProjectedNetwork) -> None:
        super().__init__()
        if data.shape[0] not in CHANNELS:
            raise UserError(f"projected takes images of 1, 3 or 4 channels, not {data.shape[0]}: take another method")
        size = image_size(data)
        times = max(network.side / min(size), 1.0)
        self.size = (round(size[0] * times), round(size[1] * times))
        self.eyes = fixed(network.eyes)
        widths = [network.mixed_width * min(2**scale, WIDEST) for scale in range(len(self.eyes.widths))]
        self.mixing = Mixing(self.eyes.widths, widths)
        sides = [halves(self.size, round(math.log2(stride)))[-1] for stride in self.eyes.strides]
        most = network.mixed_width * WIDEST
        self.heads = nn.ModuleList(head(width, min(side), most) for width, side in zip(widths, sides, strict=True))

    def forward(self, images: Float[Tensor, "n c h w"]) -> dict[str, Float[Tensor, "n ..."]]:
        if images.shape[2:] != self.size:
            images = F.interpolate(images, self.size, mode="bilinear", align_corners=False)
        mixed = self.mixing(self.eyes(images))
        places = torch.cat([head(maps).flatten(1) for head, maps in zip(self.heads, mixed, strict=True)], 1)
        return {"score": places.float().mean(1), "places": places}


class Mixing(nn.Module):
    """Random, fixed combinations of maps: across channels by 1x1 convolutions at every scale, then across scales from
    the coarsest on, each enlarged after a 3x3 convolution and added to the next finer one (section 3.2, figure 2).

    They are drawn with the players and kept with them, as buffers.
    """

    def __init__(self, inputs: Sequence[int], widths: Sequence[int]) -> None:
        super().__init__()
        for scale, (before, after) in enumerate(zip(inputs, widths, strict=True)):
            self.register_buffer(f"channels_{scale}", random_kernel(after, before, 1))
        for scale, (fine, coarse) in enumerate(itertools.pairwise(widths)):
            self.register_buffer(f"scales_{scale}", random_kernel(fine, coarse, 3))

    def forward(self, maps: list[Float[Tensor, "n _ _ _"]]) -> list[Float[Tensor, "n _ _ _"]]:
        mixed = [F.conv2d(map, self.get_buffer(f"channels_{scale}")) for scale, map in enumerate(maps)]
        for scale in reversed(range(len(mixed) - 1)):
            coarse = F.conv2d(mixed[scale + 1], self.get_buffer(f"scales_{scale}"), padding=1)
            size = mixed[scale].shape[2:]
            mixed[scale] = mixed[scale] + F.interpolate(coarse, size, mode="bilinear", align_corners=False)
        return mixed


def random_kernel(outputs: int, inputs: int, side: int) -> Float[Tensor, "{outputs} {inputs} {side} {side}"]:
    """N(0, 2 / fan-in), as Kaiming's initialisation has it (section 3.2)."""
    return torch.randn(outputs, inputs, side, side) * math.sqrt(2 / (inputs * side**2))


def head(inputs: int, side: int, most: int) -> nn.Sequential:
    """A discriminator of maps of `side`: strided 4x4 convolutions, doubling channels up to `most`, down to 4x4, and
    one that scores every place, all spectrally normalised."""
    layers: list[nn.Module] = []
    while side // 2 >= PLACES:
        outputs = min(2 * inputs, most)
        layers += [SpectralConv2d(inputs, outputs, 4, 2, 1), nn.BatchNorm2d(outputs), nn.LeakyReLU(LEAK, inplace=True)]
        inputs, side = outputs, side // 2
    network = nn.Sequential(*layers, SpectralConv2d(inputs, 1, 3, padding=1))
    normal_init(network, 0.02)
    return network
