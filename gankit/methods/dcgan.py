"""DCGAN: the first game with convolutional players that train stably.

Radford et al., "Unsupervised Representation Learning with Deep Convolutional Generative Adversarial
Networks", 2015. arXiv:1511.06434
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from gankit.base.bounds import Units
from gankit.game.optimizers import Adam
from gankit.methods.gan import GAN
from gankit.networks import DCGANNetwork


@dataclass(frozen=True, kw_only=True)
class DCGAN(GAN):
    """GAN's game between networks that follow the paper's five guidelines (section 3)."""

    at_once: bool | Literal["auto"] = False
    """Move both players at once; by default they move in turn, and `auto` comes to the same with these networks."""
    network: DCGANNetwork = DCGANNetwork()
    """The paper's architecture, for any height, width and channels."""
    batch_size: Units = 128
    """Real examples in the batch of a turn (section 4)."""
    generator_optimizer: Adam = Adam(lr=2e-4, betas=(0.5, 0.999))
    """How the generator learns (section 4)."""
    discriminator_optimizer: Adam = Adam(lr=2e-4, betas=(0.5, 0.999))
    """How the discriminator learns (section 4)."""
