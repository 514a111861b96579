"""A light generator whose small maps gate its large ones, and a discriminator that has to remember what it saw.

Liu et al., "Towards Faster and Stabilized GAN Training for High-fidelity Few-shot Image Synthesis", 2021.
arXiv:2101.04775 (section 3)
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.nn import functional as F

from gankit.base.bounds import Layers, Units
from gankit.base.errors import UserError
from gankit.game import Generator, Network
from gankit.game.batch import DataSpec
from gankit.game.prior import Normal
from gankit.networks.convolutions import Project, Size, halves_down_to, halvings, image_size
from gankit.networks.fixed import CHANNELS, LEARNED, Eyes, Fixed, fixed
from gankit.networks.initialisation import normal_init
from gankit.networks.resize import resized

SMALLEST = 4
"""The generator starts from maps of this side, or up to twice that."""
SEEN = 8
"""The discriminator halves down to maps of this side, or up to twice that, but at least twice."""
MOST = 16
"""Times a family's width, the most channels that a map has."""
DECODED = 4
"""Doublings of a decoder, at most."""
LEAK = 0.2
INIT_SD = 0.02


@dataclass(frozen=True, kw_only=True)
class FastGANNetwork(Network):
    """Both players, for images of any size and channels."""

    width: Units = 64
    """Channels of both players' maps of 128x128; 16 times as many at 4x4, as the released code has them."""
    discriminator_width: Units = 64
    """The same for the discriminator's maps."""
    latent: Units = 256
    """Dimensions of the latent, drawn from N(0, I)."""
    span: Layers = 4
    """Doublings between the two ends of a skip-layer excitation (figure 3: 8x8 gates 128x128); fewer, where an image
    has no room for so many."""
    eyes: Eyes | None = "photos-cnn"
    """The fixed network through which a reconstruction and its picture are compared: photos-cnn, which comes with
    gankit, efficientnet-lite0, of gankit[photos], or none, for the mean of absolute differences of pixels."""

    def generator(self, data: DataSpec) -> Generator:
        return LightGenerator(data, self.width, self.latent, self.span)

    @property
    def pretrained(self) -> str:
        """What the fixed network learned from."""
        return LEARNED[self.eyes] if self.eyes else ""

    def discriminator(self, data: DataSpec) -> SelfSupervised:
        if self.eyes and data.shape[0] not in CHANNELS:
            raise UserError(f"{self.eyes} takes 1, 3 or 4 channels, not {data.shape[0]}: take --network.eyes None")
        return SelfSupervised(data, self.discriminator_width, fixed(self.eyes) if self.eyes else None)


class LightGenerator(Generator):
    """One convolution for each size: nearest neighbours, 3x3, batch norm and a gated linear unit.

    Excitations multiply the channels of a large map by what they make of one `span` doublings before (equation 1).
    """

    def __init__(self, data: DataSpec, width: int, latent: int, span: int) -> None:
        super().__init__(Normal(latent))
        sizes = halves_down_to(image_size(data), SMALLEST)[::-1]
        widths = [channels(stage, width) for stage in range(len(sizes))]
        self.span = min(span, max(len(sizes) - 1, 1))
        first = Project(latent, 2 * widths[0], sizes[0], bias=False)
        self.first = nn.Sequential(first, nn.BatchNorm2d(2 * widths[0]), Gated())
        self.doublings = nn.ModuleList(
            doubled(*pair, between)
            for pair, between in zip(itertools.pairwise(widths), itertools.pairwise(sizes), strict=True)
        )
        ends = range(self.span, len(sizes))
        self.excitations = nn.ModuleList(
            Excitation(widths[end - self.span], widths[end], sizes[end - self.span]) for end in ends
        )
        self.last = nn.Sequential(nn.Conv2d(widths[-1], data.shape[0], 3, padding=1), nn.Tanh())
        normal_init(self, INIT_SD)

    def forward(
        self, latents: Float[Tensor, "n size"], labels: Int64[Tensor, " n"] | None = None
    ) -> Float[Tensor, " n *shape"]:
        maps = [self.first(latents)]
        for double in self.doublings:
            maps.append(double(maps[-1]))
            if len(maps) > self.span:
                gate = self.excitations[len(maps) - 1 - self.span]
                maps[-1] = maps[-1] * gate(maps[-1 - self.span])
        return self.last(maps[-1])


class Gated(nn.Module):
    """A gated linear unit: half of the channels, each times the sigmoid of one of the others.

    `nn.GLU` sends its gradient back in another layout, on which a batch norm before it takes 20 times as long.
    """

    def forward(self, maps: Float[Tensor, "n channels h w"]) -> Float[Tensor, "n channels//2 h w"]:
        values, gates = maps.chunk(2, 1)
        return values * gates.sigmoid()


class Excitation(nn.Sequential):
    """A factor in (0, 1) for each channel of a large map, from a small one: pooled to 4x4, a 4x4 convolution, leaky
    ReLU, 1x1, sigmoid (figure 3, right)."""

    def __init__(self, inputs: int, outputs: int, size: Size) -> None:
        kernel = (min(size[0], SMALLEST), min(size[1], SMALLEST))
        pooled = [] if kernel == size else [nn.AdaptiveAvgPool2d(kernel)]
        super().__init__(
            *pooled,
            nn.Conv2d(inputs, outputs, kernel),
            nn.LeakyReLU(0.1, inplace=True),
            nn.Conv2d(outputs, outputs, 1),
            nn.Sigmoid(),
        )


class SelfSupervised(nn.Module):
    """Scores of places [n, 1, h, w], and the maps that they are made of, from which `rebuilt` makes the images again.

    Answers by name: `score`; `fine`, the maps of twice the last size; and `coarse`, the last (figure 4).
    """

    def __init__(self, data: DataSpec, width: int, eyes: Fixed | None) -> None:
        super().__init__()
        self.eyes = eyes
        if min(image_size(data)) < SEEN:
            raise UserError(f"fastgan takes images of {SEEN}x{SEEN} at least: take --size {SEEN}, or another method")
        sizes = halvings(data, 4, SEEN)
        # Counted from the last, which stands for 8x8 and so for the generator's second size.
        widths = [channels(len(sizes) - place, width) for place in range(1, len(sizes))]
        stem = nn.Conv2d(data.shape[0], widths[0], 4, 2, 1)
        self.stem = nn.Sequential(stem, nn.LeakyReLU(LEAK, inplace=True))
        self.blocks = nn.ModuleList(Halved(*pair) for pair in itertools.pairwise(widths))
        self.score = nn.Sequential(
            nn.Conv2d(widths[-1], widths[-1], 1, bias=False),
            nn.BatchNorm2d(widths[-1]),
            nn.LeakyReLU(LEAK, inplace=True),
            nn.Conv2d(widths[-1], 1, (min(sizes[-1][0], 4), min(sizes[-1][1], 4)), bias=False),
        )
        back = sizes[::-1]
        self.whole = decoder(widths[-1], data.shape[0], back[: DECODED + 1])
        self.part = decoder(widths[-2], data.shape[0], [half(size) for size in back[1 : DECODED + 2]])
        normal_init(self, INIT_SD)

    def forward(self, images: Float[Tensor, "n c h w"]) -> dict[str, Float[Tensor, "n _ _ _"]]:
        maps = [self.stem(images)]
        for block in self.blocks:
            maps.append(block(maps[-1]))
        return {"score": self.score(maps[-1]), "fine": maps[-2], "coarse": maps[-1]}

    def unlike(self, maps: dict[str, Float[Tensor, "n _ _ _"]], images: Float[Tensor, "n c h w"]) -> Float[Tensor, ""]:
        """How unlike `images` what the decoders make of `maps` is, summed over both."""
        pairs = self.rebuilt(maps, images)
        differences = [self.eyes.unlike(*pair) if self.eyes else F.l1_loss(*pair) for pair in pairs]
        return torch.stack([difference.float() for difference in differences]).sum()

    def rebuilt(
        self, maps: dict[str, Float[Tensor, "n _ _ _"]], images: Float[Tensor, "n c h w"]
    ) -> list[tuple[Float[Tensor, "n c _ _"], Float[Tensor, "n c _ _"]]]:
        """What the decoders make of `maps`, and of which pictures: all of `images`, and a part, half of each side,
        that lies anywhere (one place for the batch, from torch's global generator)."""
        fine, piece = maps["fine"], images
        for side in (2, 3):
            length, whole_length = fine.shape[side], images.shape[side]
            kept = (length + 1) // 2
            first = torch.randint(length - kept + 1, (1,), device=images.device)
            fine = fine.index_select(side, first + torch.arange(kept, device=images.device))
            pixels = torch.arange(kept * whole_length // length, device=images.device)
            piece = piece.index_select(side, first * whole_length // length + pixels)
        made = (self.whole(maps["coarse"]), images), (self.part(fine), piece)
        return [(picture, resampled(truth, picture.shape[2:])) for picture, truth in made]


class Halved(nn.Module):
    """The mean of two ways to half of each side: two convolutions, and one of the means of four pixels."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.strided = nn.Sequential(
            nn.Conv2d(inputs, outputs, 4, 2, 1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.LeakyReLU(LEAK, inplace=True),
            nn.Conv2d(outputs, outputs, 3, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.LeakyReLU(LEAK, inplace=True),
        )
        self.pooled = nn.Sequential(
            nn.AvgPool2d(2),
            nn.Conv2d(inputs, outputs, 1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.LeakyReLU(LEAK, inplace=True),
        )

    def forward(self, maps: Float[Tensor, "n inputs h w"]) -> Float[Tensor, "n outputs h//2 w//2"]:
        return (self.strided(maps) + self.pooled(maps)) / 2


def channels(stage: int, width: int) -> int:
    """Those of maps `stage` doublings from 4x4: 16 times `width` there, twice at 32x32 and 64x64, and at 128x128
    `width`, as the released code has them."""
    return width * MOST // 2**stage if stage < 4 else max(2 * width // 2 ** (stage - 4), 1)


def doubled(inputs: int, outputs: int, sizes: Sequence[Size]) -> nn.Sequential:
    """From a map of the first of `sizes` to one of the second."""
    return nn.Sequential(resized(inputs, 2 * outputs, sizes, bias=False), nn.BatchNorm2d(2 * outputs), Gated())


def decoder(inputs: int, outputs: int, sizes: Sequence[Size]) -> nn.Sequential:
    """From maps of the first of `sizes` to pictures of the last, with half as many channels at every size."""
    widths = [max(inputs // 2**stage, 1) for stage in range(len(sizes))]
    doublings = map(doubled, widths, widths[1:], itertools.pairwise(sizes))
    return nn.Sequential(*doublings, nn.Conv2d(widths[-1], outputs, 3, padding=1), nn.Tanh())


def half(size: Size) -> Size:
    return (size[0] + 1) // 2, (size[1] + 1) // 2


def resampled(images: Float[Tensor, "n c h w"], size: Sequence[int]) -> Float[Tensor, "n c height width"]:
    """`images` in another size, as the means of what a pixel of it covers."""
    return images if images.shape[2:] == tuple(size) else F.interpolate(images, tuple(size), mode="area")
