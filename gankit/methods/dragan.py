"""DRAGAN: the first game, with a discriminator kept smooth around the data.

Kodali et al., "On Convergence and Stability of GANs", 2017. arXiv:1705.07215
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from gankit.base.bounds import Units, Weight
from gankit.base.errors import UserError
from gankit.game import Players, Scores, Terms
from gankit.game.batch import Images
from gankit.game.optimizers import Adam
from gankit.losses.objectives import fake_cross_entropy, non_saturating, real_cross_entropy
from gankit.losses.penalties import brightened, near, slope_penalty
from gankit.methods.at_once import AtOnce
from gankit.methods.cross_entropy import CrossEntropy
from gankit.networks import MLP, ConvOrMLP, DCGANNetwork


@dataclass(frozen=True, kw_only=True)
class DRAGAN(AtOnce[Images], CrossEntropy[Images]):
    """GAN's losses, and a penalty on the slope of the discriminator's logits at data with noise (Algorithm 1)."""

    penalty: Weight = 10.0
    """Weight of the gradient penalty (lambda in Algorithm 1). On points as few-dimensional as the toys, 0.1 learns."""
    slope: Weight = 1.0
    """Norm that the gradient should have (k in Algorithm 1)."""
    noise: Literal["gaussian", "released"] = "gaussian"
    """Where the penalty is taken: at data plus N(0, noise-variance I) (Algorithm 1), or at data made brighter by a
    part of half its standard deviation, as in the released code, whose noise is never negative."""
    noise_variance: Weight = 0.01
    """Variance of the Gaussian noise (c in Algorithm 1). This value is ours, for data of about unit size: on MNIST the
    released noise is as large."""
    network: ConvOrMLP = ConvOrMLP(
        conv=DCGANNetwork(discriminator_norm="none", init_sd=None),
        mlp=MLP(generator_widths=(128, 128), discriminator_widths=(128, 128), latent=2, leak=0.0, dropout=0.0),
    )
    """DCGAN's networks for images, and layers for vectors; the released MNIST code has one hidden layer of 128. The
    discriminator must score each sample by itself, so it has no batch norm; layer norm may take its place."""
    batch_size: Units = 128
    """Real examples in the batch of a turn (released code)."""
    generator_optimizer: Adam = Adam(lr=1e-4, betas=(0.5, 0.9))
    """How the generator learns (released code)."""
    discriminator_optimizer: Adam = Adam(lr=1e-4, betas=(0.5, 0.9))
    """How the discriminator learns (released code)."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.network.ties_samples:
            raise UserError(
                "dragan's discriminator can't use batch norm or anything of the minibatch, which tie samples together: "
                "take layer, spectral or none"
            )

    @property
    def scores(self) -> Scores:
        return Scores(terms=("discriminator/gradient_penalty",))

    def discriminator_loss(self, players: Players, batch: Images) -> Terms:
        discriminator, real = players.discriminator, batch.images
        around = near(real, self.noise_variance) if self.noise == "gaussian" else brightened(real)
        return {
            "real": real_cross_entropy(discriminator(real), self.smoothing),
            "fake": fake_cross_entropy(self.scored(players, self.shown(players, len(batch)))),
            "gradient_penalty": self.penalty * slope_penalty(discriminator, around, self.slope),
        }

    def generator_loss(self, players: Players, batch: Images) -> Terms:
        generator, discriminator = players
        fake = self.made(players, generator.sample(len(batch)))
        return {"non-saturating": non_saturating(discriminator(fake))}
