"""Fully connected players, for data of any shape."""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import nn

from gankit.game import Generator
from gankit.game.batch import DataSpec
from gankit.game.prior import Normal, Prior
from gankit.networks.checks import check_not_negative, check_shares, check_sizes
from gankit.networks.family import Family, Trunk
from gankit.networks.layers import layers_between, tanh_output
from gankit.networks.parts import Stack


@dataclass(frozen=True, kw_only=True)
class MLP(Family):
    """Leaky ReLU layers; with its defaults the network of the common MNIST tutorial."""

    generator_widths: tuple[int, ...] = (256, 512, 1024)
    """Hidden layers of the generator, from the latent on."""
    discriminator_widths: tuple[int, ...] = (1024, 512, 256)
    """Hidden layers of the discriminator, from the data on."""
    latent: int = 100
    """Dimensions of the latent, drawn from N(0, I)."""
    leak: float = 0.2
    """Slope of the leaky ReLU below 0; 0 makes it a ReLU."""
    dropout: float = 0.3
    """Share of the discriminator's hidden units dropped."""
    minibatch: int = 0
    """Kernels of minibatch discrimination before the discriminator's last layer (Salimans et al. 2016, section 3.2,
    arXiv:1606.03498); 0 for none, and 100 in its released code."""

    def __post_init__(self) -> None:
        check_sizes(self, "generator_widths", "discriminator_widths", "latent")
        check_shares(self, "dropout")
        check_not_negative(self, "minibatch")

    def generator(self, data: DataSpec, *, prior: Prior | None = None, classes: int = 0) -> Generator:
        prior = prior or Normal(self.latent)
        sizes = (prior.size + classes, *self.generator_widths)
        hidden = layers_between(sizes, self._layer)
        body = nn.Sequential(*hidden, nn.Linear(sizes[-1], math.prod(data.shape)), *tanh_output(data))
        return Stack(prior, body, classes)

    def trunk(self, data: DataSpec) -> Trunk:
        sizes = (math.prod(data.shape), *self.discriminator_widths)
        hidden = layers_between(sizes, self._layer_with_dropout if self.dropout else self._layer)
        return Trunk(nn.Flatten(), *hidden, width=sizes[-1], minibatch=self.minibatch)

    def _layer(self, inputs: int, outputs: int) -> list[nn.Module]:
        return [nn.Linear(inputs, outputs), nn.LeakyReLU(self.leak, inplace=True)]

    def _layer_with_dropout(self, inputs: int, outputs: int) -> list[nn.Module]:
        return [*self._layer(inputs, outputs), nn.Dropout(self.dropout)]
