"""LSGAN: both players pull scores to targets with squared errors.

Mao et al., "Least Squares Generative Adversarial Networks", 2016. arXiv:1611.04076
"""

from __future__ import annotations

from dataclasses import dataclass

from gankit.base.bounds import Units
from gankit.game import Players, Scores, Terms
from gankit.game.batch import Images
from gankit.game.optimizers import Adam
from gankit.losses.objectives import squared_error
from gankit.methods.at_once import AtOnce
from gankit.networks import MLP, ConvOrMLP


@dataclass(frozen=True, kw_only=True)
class LSGAN(AtOnce[Images]):
    """Least squares on the discriminator's linear output (equation 2).

    The targets of the experiments are a = 0, b = c = 1 (equation 9). With b - c = 1 and b - a = 2, as in a = -1,
    b = 1, c = 0 (equation 8), the game minimises a Pearson chi squared; the paper sees no difference between the two.
    """

    fake_target: float = 0.0
    """Score the discriminator gives to samples (a in equation 2)."""
    real_target: float = 1.0
    """Score the discriminator gives to data (b in equation 2)."""
    wanted: float = 1.0
    """Score the generator wants for its samples (c in equation 2)."""
    network: ConvOrMLP = ConvOrMLP(
        mlp=MLP(generator_widths=(128, 128), discriminator_widths=(128, 128), latent=2, leak=0.0, dropout=0.0)
    )
    """DCGAN's networks for images, as the paper's, and three fully connected layers for vectors, as on its ring of
    eight Gaussians; their widths are ours."""
    batch_size: Units = 64
    """Real examples in the batch of a turn."""
    generator_optimizer: Adam = Adam(lr=2e-4, betas=(0.5, 0.999))
    """How the generator learns: the rate of the paper's handwritten characters; its scenes have 1e-3 (section 4)."""
    discriminator_optimizer: Adam = Adam(lr=2e-4, betas=(0.5, 0.999))
    """How the discriminator learns (section 4)."""

    @property
    def scores(self) -> Scores:
        return Scores(boundary=(self.real_target + self.fake_target) / 2)

    def discriminator_loss(self, players: Players, batch: Images) -> Terms:
        return {
            "real": squared_error(players.discriminator(batch.images), self.real_target),
            "fake": squared_error(self.scored(players, self.shown(players, len(batch))), self.fake_target),
        }

    def generator_loss(self, players: Players, batch: Images) -> Terms:
        generator, discriminator = players
        fake = self.made(players, generator.sample(len(batch)))
        return {"wanted": squared_error(discriminator(fake), self.wanted)}
