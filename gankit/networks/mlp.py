"""Fully connected players, for data of any shape."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

from torch import nn

from gankit.base.bounds import Number, Ratio, Share, Units
from gankit.game import Generator
from gankit.game.batch import DataSpec
from gankit.game.prior import Normal, Prior, Uniform
from gankit.networks.family import Family, Trunk
from gankit.networks.initialisation import he_init, orthogonal_init
from gankit.networks.layers import layers_between, tanh_output
from gankit.networks.parts import Stack


@dataclass(frozen=True, kw_only=True)
class MLP(Family):
    """Fully connected layers; with its defaults the network of the common MNIST tutorial."""

    generator_widths: tuple[Units, ...] = (256, 512, 1024)
    """Hidden layers of the generator, from the latent on."""
    discriminator_widths: tuple[Units, ...] = (1024, 512, 256)
    """Hidden layers of the discriminator, from the data on."""
    latent: Units = 100
    """Dimensions of the latent."""
    prior: Literal["normal", "uniform"] = "normal"
    """The latent is drawn from N(0, I), or uniformly from [-1, 1]."""
    activation: Literal["leaky-relu", "tanh"] = "leaky-relu"
    """What follows a hidden layer; tanh in the released toy of LSGAN."""
    leak: Ratio = 0.2
    """Slope of the leaky ReLU below 0; 0 makes it a ReLU."""
    init: Literal["torch", "he", "orthogonal"] = "torch"
    """How weights start: as PyTorch's; from He's uniform distribution, as in WGAN-GP's released toy; or orthogonal with
    a gain of 1.4, as in LSGAN's. Biases start at 0 in these two."""
    dropout: Share = 0.3
    """Share of the discriminator's hidden units dropped."""
    minibatch: Number = 0
    """Kernels of minibatch discrimination before the discriminator's last layer (Salimans et al. 2016, section 3.2,
    arXiv:1606.03498); 0 for none, and 100 in its released code."""

    def generator(self, data: DataSpec, *, prior: Prior | None = None, classes: int = 0) -> Generator:
        prior = prior or (Normal(self.latent) if self.prior == "normal" else Uniform(self.latent))
        sizes = (prior.size + classes, *self.generator_widths)
        hidden = layers_between(sizes, self._layer)
        body = nn.Sequential(*hidden, nn.Linear(sizes[-1], math.prod(data.shape)), *tanh_output(data))
        self._initialise(body)
        return Stack(prior, body, classes, data.rates)

    def trunk(self, data: DataSpec) -> Trunk:
        sizes = (math.prod(data.shape), *self.discriminator_widths)
        hidden = layers_between(sizes, self._layer_with_dropout if self.dropout else self._layer)
        return Trunk(nn.Flatten(), *hidden, width=sizes[-1], minibatch=self.minibatch, initialise=self._initialise)

    def _initialise(self, network: nn.Module) -> None:
        starts: dict[str, Callable[[nn.Module], None]] = {
            "torch": lambda network: None,
            "he": he_init,
            "orthogonal": partial(orthogonal_init, gain=1.4),
        }
        starts[self.init](network)

    def _layer(self, inputs: int, outputs: int) -> list[nn.Module]:
        follows = nn.Tanh() if self.activation == "tanh" else nn.LeakyReLU(self.leak, inplace=True)
        return [nn.Linear(inputs, outputs), follows]

    def _layer_with_dropout(self, inputs: int, outputs: int) -> list[nn.Module]:
        return [*self._layer(inputs, outputs), nn.Dropout(self.dropout)]
