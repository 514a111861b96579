"""pix2pix: a conditional GAN with an L1 term learns from pairs what a picture should become.

Isola et al., "Image-to-Image Translation with Conditional Adversarial Networks", 2016. arXiv:1611.07004
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gankit.base.bounds import Weight
from gankit.base.errors import UserError
from gankit.game import Players, Terms
from gankit.game.batch import DataSpec, Paired
from gankit.game.jitter import jittered
from gankit.game.optimizers import Adam
from gankit.losses.objectives import fake_cross_entropy, non_saturating, real_cross_entropy
from gankit.methods.translation import TranslationMethod
from gankit.networks import UNetNetwork


@dataclass(frozen=True, kw_only=True)
class Pix2Pix(TranslationMethod[Paired]):
    """G minimises GAN's loss and 100 times the mean absolute error (equation 4). Its noise is dropout.

    The paper's ablations (section 4.1) are fields: L1 alone is `adversarial` 0; the conditional GAN alone is `l1` 0;
    without `conditional`, the discriminator sees no input: GAN, and with `l1` 100, L1 + GAN.

    The generator moves first, and the discriminator is shown what it made then: one translation a step is enough.
    """

    l1: Weight = 100.0
    """Weight of the mean absolute error (lambda in equation 4)."""
    conditional: bool = True
    """Show the discriminator the input beside what it became (equation 1), or that alone (equation 2)."""
    network: UNetNetwork = UNetNetwork()
    """A U-Net, and a discriminator of patches (section 3.2)."""
    generator_optimizer: Adam = Adam(lr=2e-4, betas=(0.5, 0.999))
    """How the generator learns (section 3.3)."""
    discriminator_optimizer: Adam = Adam(lr=2e-4, betas=(0.5, 0.999))
    """How the discriminator learns (section 3.3)."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not max(self.l1, self.adversarial) > 0:
            raise UserError("l1 and adversarial can't both be 0")

    def players(self, data: DataSpec) -> Players:
        assert data.other_shape is not None
        channels, *size = data.other_shape
        seen = replace(data, shape=(channels + data.shape[0] * self.conditional, *size))
        made = torch.zeros(self.batch_size, *data.other_shape)
        return Players(self.network.generator(data), self.network.discriminator(seen), made=made)

    def prepared(self, batch: Paired) -> Paired:
        both = torch.cat([batch.images, batch.target], 1)  # one crop for the two
        channels = batch.images.shape[1]
        seen = jittered(both, scale=self.jitter, mirror=self.mirror)
        return Paired(seen[:, :channels], seen[:, channels:])

    def generator_loss(self, players: Players, batch: Paired) -> Terms:
        generator, discriminator = players
        fake = generator(batch.images)
        players.get_buffer("made").copy_(fake.detach())
        terms = {}
        if self.adversarial:
            terms["non-saturating"] = self.adversarial * non_saturating(discriminator(self._seen(batch.images, fake)))
        if self.l1:
            terms["l1"] = self.l1 * F.l1_loss(fake.float(), batch.target)
        return terms

    def discriminator_loss(self, players: Players, batch: Paired) -> Terms:
        """Divided by 2, which slows the discriminator (section 3.3)."""
        _, discriminator = players
        return {
            "real": real_cross_entropy(discriminator(self._seen(batch.images, batch.target))) / 2,
            "fake": fake_cross_entropy(discriminator(self._seen(batch.images, players.get_buffer("made")))) / 2,
        }

    def judged(
        self, players: Players, batch: Paired, *, backwards: bool = False
    ) -> tuple[nn.Module, dict[str, Tensor]]:
        made = players.generator(batch.images, backwards=backwards)
        pictures = {"real": batch.target, "generated": made}
        return players.discriminator, {name: self._seen(batch.images, picture) for name, picture in pictures.items()}

    def _seen(self, images: Tensor, target: Tensor) -> Tensor:
        return torch.cat([images, target], 1) if self.conditional else target
