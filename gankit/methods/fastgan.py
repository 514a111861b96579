"""FastGAN: a light generator, and a discriminator that must be able to draw what it saw.

Liu et al., "Towards Faster and Stabilized GAN Training for High-fidelity Few-shot Image Synthesis", 2021.
arXiv:2101.04775
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gankit.base.bounds import Units, Weight
from gankit.game import Method, Players, Terms
from gankit.game.augmentation import DIFFAUGMENT
from gankit.game.batch import Images
from gankit.game.optimizers import Adam
from gankit.game.stabilisers import Stabilisers
from gankit.losses.objectives import fake_hinge, real_hinge
from gankit.networks import FastGANNetwork


@dataclass(frozen=True, kw_only=True)
class FastGAN(Method[Images]):
    """The hinge loss (equations 3 and 4), and reconstruction from the discriminator's maps of data (equation 2)."""

    reconstruction: Weight = 1.0
    """Weight of how unlike the data the decoders' pictures of them are; 0 leaves it out. It is measured through
    `network.eyes`: the released code's LPIPS is of VGG-16, half a gigabyte to fetch and too much for a CPU's steps."""
    network: FastGANNetwork = FastGANNetwork()
    """The paper's generator and discriminator (section 3)."""
    batch_size: Units = 8
    """Real examples in the batch of a turn (the released code)."""
    generator_optimizer: Adam = Adam(lr=2e-4, betas=(0.5, 0.999))
    """How the generator learns (the released code)."""
    discriminator_optimizer: Adam = Adam(lr=2e-4, betas=(0.5, 0.999))
    """How the discriminator learns (the same)."""
    stabilisers: Stabilisers = Stabilisers(augment=DIFFAUGMENT)
    """DiffAugment, which the paper's baselines have as well (section 4); what else steadies games is off."""

    @classmethod
    def presets(cls) -> dict[str, Method[Any]]:
        """`small`: for a CPU, a quarter of the channels, batches of 32."""
        return {"small": cls(network=FastGANNetwork(width=16, discriminator_width=16), batch_size=32)}

    @property
    def pretrained(self) -> str:
        return self.network.pretrained if self.reconstruction else ""

    def discriminator_loss(self, players: Players, batch: Images) -> Terms:
        generator, discriminator = players
        seen = discriminator(batch.images)
        terms = {
            "real": real_hinge(seen["score"]),
            "fake": fake_hinge(discriminator(generator.sample(len(batch)))["score"]),
        }
        if self.reconstruction:
            terms["reconstruction"] = self.reconstruction * discriminator.unlike(seen, batch.images)
        return terms

    def generator_loss(self, players: Players, batch: Images) -> Terms:
        generator, discriminator = players
        return {"score": -discriminator(generator.sample(len(batch)))["score"].float().mean()}
