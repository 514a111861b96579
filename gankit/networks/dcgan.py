"""Strided convolutions down to a score, fractionally strided ones up to an image.

Radford et al., "Unsupervised Representation Learning with Deep Convolutional Generative Adversarial
Networks", 2015. arXiv:1511.06434 (section 3 and Figure 1)
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from torch import nn

from gankit.base.bounds import Number, Ratio, Units, Weight
from gankit.game import Generator
from gankit.game.batch import DataSpec
from gankit.game.prior import Normal, Prior, Uniform
from gankit.networks.convolutions import (
    DiscriminatorNorm,
    Norm,
    Project,
    Size,
    doublings,
    down,
    halvings,
    norm_layers,
    up,
)
from gankit.networks.deep import DeepConv2d
from gankit.networks.family import Family, Trunk
from gankit.networks.initialisation import normal_or_he_init
from gankit.networks.parts import FlattenLast, SpectralConv2d, SpectralLinear, Stack
from gankit.networks.resize import Upsample


@dataclass(frozen=True, kw_only=True)
class DCGANNetwork(Family):
    """The five guidelines of the paper, for images of any height, width and channels.

    Strides instead of pooling; batch norm in both players except at the image; no fully connected hidden
    layer; ReLU in the generator with tanh at the end; leaky ReLU in the discriminator.
    """

    width: Units = 64
    """Channels of the layer nearest the image, doubled at every stage away from it. The paper's Figure 1 has
    128 in the generator (1024 at 4x4); the authors' Torch release has 64 in both players."""
    max_channels: Number = 1024
    """Channels at most, however large the images; 0 for no such limit. The paper's largest layer has 1024."""
    kernel: Literal[4, 5] = 4
    """Side of the kernels. The paper's code has 5; 4 divides evenly by the stride, and leaves no checkerboard."""
    base: Units = 4
    """The stages stop before a side would fall under this, but very small images get two where they can."""
    latent: Units = 100
    """Dimensions of the latent."""
    prior: Literal["uniform", "normal"] = "uniform"
    """U(-1, 1) as in the paper (section 4), or N(0, I)."""
    generator_norm: Norm = "batch"
    """Normalisation in the generator."""
    discriminator_norm: DiscriminatorNorm = "batch"
    """Normalisation in the discriminator; layer norm is group norm with one group, and spectral norm is of the weights
    of every layer, its last included (Miyato et al. 2018, arXiv:1802.05957)."""
    upsample: Upsample = "transposed"
    """How the generator doubles its maps: by the paper's transposed convolutions, or by nearest neighbours and 3x3
    convolutions, which leave no checkerboard (Odena et al. 2016, doi:10.23915/distill.00003)."""
    minibatch: Number = 0
    """Kernels of minibatch discrimination before the discriminator's last layer (Salimans et al. 2016, section 3.2,
    arXiv:1606.03498); 0 for none, and 100 in its released code."""
    minibatch_deviation: Number = 0
    """Samples of a group whose standard deviation joins the features before the discriminator's last layer (Karras et
    al. 2017, section 3, arXiv:1710.10196); 0 for none, and 4 in its released code."""
    leak: Ratio = 0.2
    """Slope of the discriminator's leaky ReLU below 0."""
    init_sd: Weight | None = 0.02
    """Weights start from N(0, init_sd); none takes He's uniform initialisation."""

    @property
    def ties_samples(self) -> bool:
        """Whether a discriminator's score of one sample depends on the rest of the batch."""
        return self.discriminator_norm == "batch" or self.minibatch > 0 or self.minibatch_deviation > 0

    def stages(self, data: DataSpec) -> list[Size]:
        """(height, width) of every feature map, from the image to the smallest."""
        return halvings(data, self.kernel, self.base)

    def generator(self, data: DataSpec, *, prior: Prior | None = None, classes: int = 0) -> Generator:
        prior = prior or (Uniform(self.latent) if self.prior == "uniform" else Normal(self.latent))
        sizes = self.stages(data)[::-1]
        channels = [*doublings(self.width, sizes, self.max_channels)[::-1], data.shape[0]]
        body = nn.Sequential(Project(prior.size + classes, channels[0], sizes[0], bias=self.generator_norm == "none"))
        for stage, (inputs, outputs) in enumerate(itertools.pairwise(channels)):
            body.extend([*norm_layers(self.generator_norm, inputs), nn.ReLU(inplace=True)])
            # Guideline 2: no batch norm at the generator's output layer.
            bias = self.generator_norm == "none" or stage + 2 == len(channels)
            between = sizes[stage : stage + 2]
            body.append(up(inputs, outputs, between, self.kernel, bias=bias, upsample=self.upsample))
        if data.bounded:
            body.append(nn.Tanh())
        normal_or_he_init(body, self.init_sd)
        return Stack(prior, body, classes, data.rates)

    def trunk(self, data: DataSpec) -> Trunk:
        sizes = self.stages(data)
        channels = [data.shape[0], *doublings(self.width, sizes, self.max_channels)]
        height, width = sizes[-1]
        return Trunk(
            *self._down(channels, sizes),
            FlattenLast(),
            width=channels[-1] * height * width,
            minibatch=self.minibatch,
            deviation=self.minibatch_deviation,
            linear=SpectralLinear if self.discriminator_norm == "spectral" else nn.Linear,
            initialise=partial(normal_or_he_init, sd=self.init_sd),
        )

    def _down(self, channels: Sequence[int], sizes: Sequence[Size]) -> list[nn.Module]:
        """The discriminator's convolutions from each of `channels` and of `sizes` to the next."""
        conv = SpectralConv2d if self.discriminator_norm == "spectral" else DeepConv2d
        layers: list[nn.Module] = []
        for stage, (inputs, outputs) in enumerate(itertools.pairwise(channels)):
            # Guideline 2: no batch norm at the discriminator's input layer.
            norm = self.discriminator_norm if stage else "none"
            bias = norm in ("none", "spectral")
            layers.append(down(inputs, outputs, sizes[stage : stage + 2], self.kernel, bias=bias, conv=conv))
            layers.extend([*norm_layers(norm, outputs), nn.LeakyReLU(self.leak, inplace=True)])
        return layers
