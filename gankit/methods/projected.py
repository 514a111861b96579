"""Projected GAN: samples are told from data in what a network that knows photos sees of them.

Sauer et al., "Projected GANs Converge Faster", 2021. arXiv:2111.01007
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gankit.base.bounds import Units
from gankit.game import Method, Players, Terms
from gankit.game.augmentation import DIFFAUGMENT
from gankit.game.batch import Images
from gankit.game.optimizers import Adam
from gankit.game.stabilisers import Stabilisers
from gankit.losses.objectives import fake_hinge, real_hinge
from gankit.networks import ProjectedNetwork


@dataclass(frozen=True, kw_only=True)
class ProjectedGAN(Method[Images]):
    """The hinge loss of several discriminators, one for each scale of a fixed network's maps (equation 2).

    The mean is over all places of all discriminators, where the paper sums theirs: the same to Adam but for a factor.
    """

    network: ProjectedNetwork = ProjectedNetwork()
    """FastGAN's light generator; what discriminators see through (section 3)."""
    batch_size: Units = 64
    """Real examples in the batch of a turn (section 5)."""
    generator_optimizer: Adam = Adam(lr=2e-4, betas=(0.0, 0.99))
    """How the generator learns (the released code; the rate is section 5's)."""
    discriminator_optimizer: Adam = Adam(lr=2e-4, betas=(0.0, 0.99))
    """How the discriminators learn (the same)."""
    stabilisers: Stabilisers = Stabilisers(augment=DIFFAUGMENT)
    """DiffAugment, before the fixed network (section 5); what else steadies games is off."""

    @classmethod
    def presets(cls) -> dict[str, Method[Any]]:
        """`small`: for a CPU, a generator of a quarter of the width, pictures of 64x64 or their own size before the
        fixed network, batches of 32. `offline`: the same through photos-cnn, which comes with gankit."""
        small = ProjectedNetwork(width=16, side=64)
        offline = ProjectedNetwork(width=16, side=64, eyes="photos-cnn", mixed_width=32)
        return {"small": cls(network=small, batch_size=32), "offline": cls(network=offline, batch_size=32)}

    @property
    def pretrained(self) -> str:
        return self.network.pretrained

    def discriminator_loss(self, players: Players, batch: Images) -> Terms:
        generator, discriminator = players
        return {
            "real": real_hinge(discriminator(batch.images)["places"]),
            "fake": fake_hinge(discriminator(generator.sample(len(batch)))["places"]),
        }

    def generator_loss(self, players: Players, batch: Images) -> Terms:
        generator, discriminator = players
        return {"score": -discriminator(generator.sample(len(batch)))["places"].float().mean()}
