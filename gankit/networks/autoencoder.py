"""Discriminators that are auto-encoders, beside the generators that their paper matched with them.

Zhao et al., "Energy-based Generative Adversarial Network", 2016. arXiv:1609.03126 (section 4 and the appendices)
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Literal

from jaxtyping import Float
from torch import Tensor, nn

from gankit.base.bounds import Share, Units, Weight
from gankit.base.errors import UserError
from gankit.game import Generator, Network
from gankit.game.batch import DataSpec
from gankit.game.prior import Uniform
from gankit.networks.checks import check_layers
from gankit.networks.convolutions import doublings, halvings, norm_layers, up
from gankit.networks.dcgan import DCGANNetwork
from gankit.networks.initialisation import normal_or_he_init
from gankit.networks.layers import layers_between, linear_norm, tanh_output
from gankit.networks.parts import Stack


class Autoencoder(nn.Module):
    """A discriminator that gives no score but its input again.

    Its method makes an energy of the error, *lower* for more real. The two halves are called by methods that want
    the codes as well.
    """

    def __init__(self, encoder: nn.Sequential, decoder: nn.Sequential) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder

    def forward(self, data: Float[Tensor, " n *shape"]) -> Float[Tensor, " n *shape"]:
        return self.decoder(self.encoder(data))


@dataclass(frozen=True, kw_only=True)
class MLPAutoencoder(Network):
    """Layers of ReLU for data of any shape; the defaults are the sizes of the paper's MNIST study."""

    generator_widths: tuple[Units, ...] = (1600, 1600, 1600, 1600)
    """Hidden layers of the generator, from the latent on (nLayerG 5 and sizeG 1600 in the appendix)."""
    encoder_widths: tuple[Units, ...] = (1024,)
    """Layers of the encoder, from the data on (sizeD 1024; nLayerD 2 with the decoder)."""
    code: Units | None = None
    """Numbers of a linear code after those layers; none, as in the paper, leaves the last of them as the code."""
    decoder_widths: tuple[Units, ...] = ()
    """Hidden layers of the decoder, from the code on; the paper's decoder is a single layer."""
    latent: Units = 100
    """Dimensions of the latent, drawn from U(-1, 1)."""
    norm: Literal["batch", "none"] = "batch"
    """Batch norm after every layer but the generator's and the decoder's output and the encoder's first."""
    dropout: Share = 0.0
    """Share of the auto-encoder's hidden units that are dropped in training, its code's among them unless that is
    linear. The paper's MNIST study has it on and off, at a rate that is not known to us, and its best network has
    none."""
    init_sd: Weight | None = 0.02
    """The generator's weights start from N(0, init_sd); none takes He's uniform initialisation."""
    autoencoder_init_sd: Weight | None = 0.002
    """The same for the auto-encoder's weights."""

    def __post_init__(self) -> None:
        check_layers(self, "encoder_widths")

    def generator(self, data: DataSpec) -> Generator:
        sizes = (self.latent, *self.generator_widths)
        hidden = layers_between(sizes, self._layer)
        body = nn.Sequential(*hidden, nn.Linear(sizes[-1], math.prod(data.shape)), *tanh_output(data))
        normal_or_he_init(body, self.init_sd)
        return Stack(Uniform(self.latent), body)

    def discriminator(self, data: DataSpec) -> Autoencoder:
        first = [nn.Linear(math.prod(data.shape), self.encoder_widths[0]), nn.ReLU(inplace=True), *self._dropped()]
        encoder = nn.Sequential(nn.Flatten(), *first, *layers_between(self.encoder_widths, self._judging))
        if self.code:
            encoder.append(nn.Linear(self.encoder_widths[-1], self.code))
        sizes = (self.code or self.encoder_widths[-1], *self.decoder_widths)
        hidden = layers_between(sizes, self._judging)
        last = nn.Linear(sizes[-1], math.prod(data.shape))
        network = Autoencoder(encoder, nn.Sequential(*hidden, last, nn.Unflatten(1, data.shape)))
        normal_or_he_init(network, self.autoencoder_init_sd)
        return network

    def _layer(self, inputs: int, outputs: int) -> list[nn.Module]:
        layer = linear_norm(inputs, outputs) if self.norm == "batch" else [nn.Linear(inputs, outputs)]
        return [*layer, nn.ReLU(inplace=True)]

    def _judging(self, inputs: int, outputs: int) -> list[nn.Module]:
        return [*self._layer(inputs, outputs), *self._dropped()]

    def _dropped(self) -> list[nn.Module]:
        return [nn.Dropout(self.dropout)] if self.dropout else []


@dataclass(frozen=True, kw_only=True)
class ConvAutoencoder(DCGANNetwork):
    """DCGAN's generator, against an auto-encoder of the same strided convolutions and their transposes.

    For images of any height, width and channels (the paper's LSUN and CelebA networks).
    """

    code_base: Units = 8
    """The encoder stops before a side of the code would fall under this, but very small images are halved twice
    where they can be. The paper's code of a 64x64 image is 8x8."""
    autoencoder_init_sd: float | None = 0.002
    """The auto-encoder's weights start from N(0, this), the generator's from N(0, init_sd); none takes He's."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.discriminator_norm == "spectral" or self.minibatch or self.minibatch_deviation:
            raise UserError("the auto-encoder takes batch, layer or no norm, and nothing of the minibatch")

    def discriminator(self, data: DataSpec) -> Autoencoder:
        sizes = halvings(data, self.kernel, self.code_base)
        channels = [data.shape[0], *doublings(self.width, sizes)]
        encoder, decoder = nn.Sequential(*self._down(channels, sizes)), nn.Sequential()
        sizes = sizes[::-1]
        for stage, (inputs, outputs) in enumerate(itertools.pairwise(channels[::-1])):
            last = stage + 2 == len(channels)
            norm = "none" if last else self.discriminator_norm
            decoder.append(up(inputs, outputs, sizes[stage : stage + 2], self.kernel, bias=norm == "none"))
            if not last:
                decoder.extend([*norm_layers(norm, outputs), nn.LeakyReLU(self.leak, inplace=True)])
        network = Autoencoder(encoder, decoder)
        normal_or_he_init(network, self.autoencoder_init_sd)
        return network
