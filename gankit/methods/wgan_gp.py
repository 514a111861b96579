"""WGAN-GP: a critic kept close to 1-Lipschitz by a penalty on its input gradient.

Gulrajani et al., "Improved Training of Wasserstein GANs", 2017. arXiv:1704.00028
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from gankit.base.bounds import Layers, Units, Weight
from gankit.base.errors import UserError
from gankit.game import Method, Players, Scores, Terms, Turn
from gankit.game.batch import Images
from gankit.game.optimizers import Adam
from gankit.losses.objectives import wasserstein
from gankit.losses.penalties import gradient_penalty
from gankit.networks import MLP, ConvOrMLP, DCGANNetwork


@dataclass(frozen=True, kw_only=True)
class WGANGP(Method[Images]):
    """The critic estimates the Wasserstein distance, and the generator descends it (Algorithm 1)."""

    penalty: Weight = 10.0
    """Weight of the gradient penalty (lambda in Algorithm 1). The released code takes 0.1 on the 2-D toys."""
    critic_steps: Layers = 5
    """Critic updates per generator update (n_critic in Algorithm 1)."""
    network: ConvOrMLP = ConvOrMLP(
        conv=DCGANNetwork(
            kernel=5, latent=128, prior="normal", generator_norm="none", discriminator_norm="none", init_sd=None
        ),
        mlp=MLP(
            generator_widths=(512, 512, 512),
            discriminator_widths=(512, 512, 512),
            latent=2,
            leak=0.0,
            dropout=0.0,
        ),
    )
    """The released code's networks for MNIST, on any images, and for the 2-D toys. The code's images are in [0, 1],
    behind a sigmoid, and ours in [-1, 1], behind tanh: a slope of 1 here would be one of 2 there. The critic must score
    each sample by itself, so it has no batch norm (section 4); layer norm may take its place."""
    batch_size: Units = 64
    """Real examples in the batch of a turn (m in Algorithm 1)."""
    generator_optimizer: Adam = Adam(lr=1e-4, betas=(0.0, 0.9))
    """How the generator learns (Algorithm 1). The released code has betas (0.5, 0.9) on MNIST and the toys."""
    discriminator_optimizer: Adam = Adam(lr=1e-4, betas=(0.0, 0.9))
    """How the critic learns (Algorithm 1)."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.network.ties_samples:
            raise UserError(
                "wgan-gp's critic can't use batch norm or anything of the minibatch, which tie samples together: take "
                "layer, spectral or none"
            )

    @classmethod
    def presets(cls) -> dict[str, Method[Any]]:
        """`toy`: the released code for points of the plane, whose players are `network.mlp` from He's weights."""
        network, rate = cls().network, Adam(lr=1e-4, betas=(0.5, 0.9))
        toy = cls(
            penalty=0.1,
            network=replace(network, mlp=replace(network.mlp, init="he")),
            batch_size=256,
            generator_optimizer=rate,
            discriminator_optimizer=rate,
        )
        return {"toy": toy}

    @property
    def scores(self) -> Scores:
        return Scores(kind="critic", terms=("discriminator/wasserstein", "discriminator/gradient_penalty"))

    def discriminator_loss(self, players: Players, batch: Images) -> Terms:
        generator, critic = players
        real, fake = batch.images, generator.sample(len(batch))
        return {
            "wasserstein": wasserstein(critic(real), critic(fake)),
            "gradient_penalty": self.penalty * gradient_penalty(critic, real, fake),
        }

    def generator_loss(self, players: Players, batch: Images) -> Terms:
        generator, critic = players
        return {"wasserstein": -critic(generator.sample(len(batch))).float().mean()}

    def turns(self) -> tuple[Turn, ...]:
        return (
            Turn(player="discriminator", loss=self.discriminator_loss, repeat=self.critic_steps),
            Turn(player="generator", loss=self.generator_loss),
        )
