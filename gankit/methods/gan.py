"""GAN: a generator learns to make what a discriminator can't tell from data.

Goodfellow et al., "Generative Adversarial Networks", 2014. arXiv:1406.2661
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from gankit.base.bounds import Layers, Units
from gankit.base.errors import UserError
from gankit.game import Players, Terms, Turn
from gankit.game.batch import Images
from gankit.game.optimizers import SGD, Adam
from gankit.losses.objectives import fake_cross_entropy, minimax, non_saturating, real_cross_entropy
from gankit.methods.at_once import AtOnce
from gankit.methods.cross_entropy import CrossEntropy
from gankit.networks import MLP, DCGANNetwork, MaxoutMLP


@dataclass(frozen=True, kw_only=True)
class GAN(AtOnce[Images], CrossEntropy[Images]):
    """The first game: minimax or non-saturating, with k discriminator steps (Algorithm 1)."""

    objective: Literal["non-saturating", "minimax"] = "non-saturating"
    """What the generator minimises: -E log D(G(z)), as the paper does in practice (section 3), or
    E log(1 - D(G(z))), the game it analyses (equation 1)."""
    discriminator_steps: Layers = 1
    """Discriminator updates per generator update (k in Algorithm 1)."""
    network: MaxoutMLP | MLP | DCGANNetwork = MaxoutMLP()
    """The paper's MNIST networks, the plain layers of the common tutorial, or convolutions."""
    batch_size: Units = 100
    """Real examples in the batch of a turn (released code)."""
    generator_optimizer: SGD | Adam = SGD(
        lr=0.1, shrink=1.000004, lr_floor=1e-6, momentum=0.5, final_momentum=0.7, momentum_steps=125_000
    )
    """How the generator learns (released code: momentum grows for 250 epochs of 500 batches)."""
    discriminator_optimizer: SGD | Adam = SGD(
        lr=0.05, shrink=1.000004, lr_floor=5e-7, momentum=0.5, final_momentum=0.7, momentum_steps=125_000
    )
    """How the discriminator learns. The released code takes rate 0.1 on half of the paper's loss: the same step."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.at_once is True and self.discriminator_steps > 1:
            raise UserError("at-once has one move of either player: leave discriminator-steps at 1")

    def discriminator_loss(self, players: Players, batch: Images) -> Terms:
        fake = self.shown(players, len(batch))
        return {
            "real": real_cross_entropy(players.discriminator(batch.images), self.smoothing),
            "fake": fake_cross_entropy(self.scored(players, fake)),
        }

    def generator_loss(self, players: Players, batch: Images) -> Terms:
        generator, discriminator = players
        loss = minimax if self.objective == "minimax" else non_saturating
        return {self.objective: loss(discriminator(self.made(players, generator.sample(len(batch)))))}

    @property
    def moves_at_once(self) -> bool:
        return super().moves_at_once and self.discriminator_steps == 1

    def turns(self) -> tuple[Turn, ...]:
        if self.moves_at_once:
            return super().turns()
        discriminator, generator = super().turns()
        return replace(discriminator, repeat=self.discriminator_steps), generator
