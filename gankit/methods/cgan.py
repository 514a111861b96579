"""CGAN: both players are told the label, so that samples can be asked for by class.

Mirza and Osindero, "Conditional Generative Adversarial Nets", 2014. arXiv:1411.1784
"""

from __future__ import annotations

from dataclasses import dataclass

from gankit.base.bounds import Units
from gankit.base.errors import UserError
from gankit.game import Players, Terms
from gankit.game.batch import Labelled
from gankit.game.optimizers import SGD, Adam
from gankit.losses.objectives import fake_cross_entropy, non_saturating, real_cross_entropy
from gankit.methods.at_once import AtOnce
from gankit.methods.cross_entropy import CrossEntropy
from gankit.networks import CGANNetwork, ConditionalDCGAN


@dataclass(frozen=True, kw_only=True)
class CGAN(AtOnce[Labelled], CrossEntropy[Labelled]):
    """The first game with both players conditioned on a label (equation 2).

    Samples are judged beside the labels they were made for, which are those of the batch: a draw from the data's.
    """

    takes_attributes = True

    network: CGANNetwork | ConditionalDCGAN = CGANNetwork()
    """The paper's MNIST networks, or the convolutions of DCGAN's released code, with the label at every layer."""
    batch_size: Units = 100
    """Real examples in the batch of a turn (section 4.1)."""
    generator_optimizer: SGD | Adam = SGD(
        lr=0.1, shrink=1.00004, lr_floor=1e-6, momentum=0.5, final_momentum=0.7, momentum_steps=125_000
    )
    """How the generator learns (section 4.1; the momentum's 250 epochs of 500 batches are GAN's released code)."""
    discriminator_optimizer: SGD | Adam = SGD(
        lr=0.05, shrink=1.00004, lr_floor=5e-7, momentum=0.5, final_momentum=0.7, momentum_steps=125_000
    )
    """How the discriminator learns: section 4.1's rate, 0.1, on half of its loss, as in GAN's released code. The paper
    says nothing of a half; at the full rate the networks stay at one shape."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.network, ConditionalDCGAN) and self.batch_size < 2:
            raise UserError("batch norm needs a batch-size of at least 2")

    def discriminator_loss(self, players: Players, batch: Labelled) -> Terms:
        fake = self.shown(players, len(batch), batch.labels)
        real = players.discriminator(batch.images, batch.labels)
        return {
            "real": real_cross_entropy(real, self.smoothing),
            "fake": fake_cross_entropy(self.scored(players, fake, batch.labels)),
        }

    def generator_loss(self, players: Players, batch: Labelled) -> Terms:
        generator, discriminator = players
        fake = self.made(players, generator.sample(len(batch), batch.labels))
        return {"non-saturating": non_saturating(discriminator(fake, batch.labels))}
