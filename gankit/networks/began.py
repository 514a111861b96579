"""An auto-encoder of 3x3 convolutions around a code of a few numbers, and its decoder as a generator.

Berthelot et al., "BEGAN: Boundary Equilibrium Generative Adversarial Networks", 2017. arXiv:1703.10717 (section 3.5
and Figure 1)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import nn

from gankit.base.bounds import Layers, Units
from gankit.game import Generator, Network
from gankit.game.batch import DataSpec
from gankit.game.prior import Uniform
from gankit.networks.autoencoder import Autoencoder
from gankit.networks.convolutions import Project, Size, image_size
from gankit.networks.initialisation import xavier_init
from gankit.networks.parts import FlattenLast, Stack
from gankit.networks.resize import ResizeConv


@dataclass(frozen=True, kw_only=True)
class BEGANNetwork(Network):
    """ELU after every convolution, strides down, nearest neighbours up, no normalisation anywhere.

    For images of any height, width and channels. The paper's optional skip connections, which fade out as it
    trains, are left out, and weights start from Xavier's uniform initialisation.
    """

    filters: Units = 64
    """Channels of the decoder and of the encoder's first level, where each level down adds as many (n in Figure 1).
    The paper has 64 or 128."""
    repeats: Layers = 2
    """Convolutions at each level (section 3.5)."""
    base: Units = 8
    """The levels stop before a side would fall under this; the paper's stop at 8x8 whatever the image's size."""
    code: Units = 64
    """Numbers in the auto-encoder's code (N_h in section 3.5)."""
    latent: Units = 64
    """Dimensions of the latent, drawn from U(-1, 1) (N_z in section 3.5)."""
    start: Literal["grey", "mean"] = "mean"
    """How bright the generator's pictures are at first: as the data are on average, by the bias of its last layer, or
    grey, between black and white, as in the paper, whose faces are about that. From grey the auto-encoder gives flat
    samples back well enough to leave a generator of dark pictures, such as MNIST's, where it is."""

    def stages(self, data: DataSpec) -> list[Size]:
        """(height, width) of every level, from the image to the smallest."""
        sizes = [image_size(data)]
        while True:
            height, width = ((side + 1) // 2 for side in sizes[-1])
            if min(height, width) < self.base or (height, width) == sizes[-1]:
                return sizes
            sizes.append((height, width))

    def generator(self, data: DataSpec) -> Generator:
        body = self._decoder(data, self.latent)
        xavier_init(body)
        if data.bounded:
            if self.start == "mean" and data.mean is not None:
                last = body[-1]
                assert isinstance(last, nn.Conv2d)
                assert last.bias is not None
                with torch.no_grad():
                    last.bias.copy_(data.mean.mean((1, 2)).clamp(-0.99, 0.99).atanh())
            body.append(nn.Tanh())
        return Stack(Uniform(self.latent), body)

    def discriminator(self, data: DataSpec) -> Autoencoder:
        network = Autoencoder(self._encoder(data), self._decoder(data, self.code))
        xavier_init(network)
        return network

    def _encoder(self, data: DataSpec) -> nn.Sequential:
        sizes = self.stages(data)
        channels = self.filters
        encoder = nn.Sequential(nn.Conv2d(data.shape[0], channels, 3, padding=1), nn.ELU(inplace=True))
        for level in range(len(sizes)):
            if level:
                encoder.extend([nn.Conv2d(channels, channels, 3, 2, 1), nn.ELU(inplace=True)])
            for _ in range(self.repeats):
                inputs, channels = channels, self.filters * (level + 1)
                encoder.extend([nn.Conv2d(inputs, channels, 3, padding=1), nn.ELU(inplace=True)])
        height, width = sizes[-1]
        return encoder.extend([FlattenLast(), nn.Linear(channels * height * width, self.code)])

    def _conv(self) -> nn.Conv2d:
        return nn.Conv2d(self.filters, self.filters, 3, padding=1)

    def _decoder(self, data: DataSpec, code: int) -> nn.Sequential:
        sizes = self.stages(data)[::-1]
        decoder = nn.Sequential(Project(code, self.filters, sizes[0], bias=True))
        for level, size in enumerate(sizes):
            doubles = level > 0 and size == tuple(2 * side for side in sizes[level - 1])
            if level:
                # Where a convolution doubles by itself, this keeps the places, and so the names, of all weights.
                decoder.append(nn.Identity() if doubles else nn.Upsample(size, mode="nearest"))
            for repeat in range(self.repeats):
                first = doubles and not repeat
                conv = ResizeConv(self.filters, self.filters) if first else self._conv()
                decoder.extend([conv, nn.ELU(inplace=True)])
        return decoder.append(nn.Conv2d(self.filters, data.shape[0], 3, padding=1))
