"""AC-GAN: the discriminator names the class as well, and the generator is told which to make.

Odena, Olah and Shlens, "Conditional Image Synthesis With Auxiliary Classifier GANs", 2016. arXiv:1610.09585
"""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn import functional as F

from gankit.base.bounds import Units, Weight
from gankit.game import Players, Terms
from gankit.game.batch import DataSpec, Labelled
from gankit.game.optimizers import Adam
from gankit.losses.objectives import fake_cross_entropy, non_saturating, real_cross_entropy
from gankit.methods.cross_entropy import CrossEntropy
from gankit.networks import MLP, ACGANNetwork, DCGANNetwork


@dataclass(frozen=True, kw_only=True)
class ACGAN(CrossEntropy[Labelled]):
    """The discriminator maximises L_S + L_C and the generator L_C - L_S (equations 2 and 3).

    L_S is the log-likelihood of the right source, real or fake, and L_C that of the right class. The generator's
    part of L_S is non-saturating. Its labels are those of the batch: a draw from the data's. Where they are attributes,
    L_C is the log-likelihood of all of them, each there or not by itself.
    """

    takes_attributes = True

    class_weight: Weight = 1.0
    """Weight of L_C, in both players' losses; the paper has none. A large one makes samples easy to name and alike."""
    fake_class: bool = True
    """Whether the discriminator learns the class of samples, too: a part of L_C (equation 3). Both can then agree
    on a code of their own for the classes; off, what names them has seen data alone. The generator's term stays."""
    network: DCGANNetwork | ACGANNetwork | MLP = DCGANNetwork()
    """DCGAN's networks, whose depth follows the image's size, the paper's for CIFAR-10 (table 2), or fully connected
    layers, as points want them. The paper's stalled on the 8x8 digits, for their dropout."""
    batch_size: Units = 100
    """Real examples in the batch of a turn (table 2)."""
    generator_optimizer: Adam = Adam(lr=2e-4, betas=(0.5, 0.999))
    """How the generator learns (table 2, whose rates are 1e-4, 2e-4 and 3e-4)."""
    discriminator_optimizer: Adam = Adam(lr=2e-4, betas=(0.5, 0.999))
    """How the discriminator learns (table 2)."""

    def players(self, data: DataSpec) -> Players:
        classes = len(data.classes)
        generator = self.network.generator(data, classes=classes)
        return Players(generator, self.network.heads(data, score=1, label=classes))

    def discriminator_loss(self, players: Players, batch: Labelled) -> Terms:
        generator, discriminator = players
        real = discriminator(batch.images)
        fake = discriminator(generator.sample(len(batch), batch.labels))
        terms = {
            "real": real_cross_entropy(real["score"], self.smoothing),
            "fake": fake_cross_entropy(fake["score"]),
            "real_class": self.class_weight * unlikelihood(real["label"], batch.labels),
        }
        if self.fake_class:
            terms["fake_class"] = self.class_weight * unlikelihood(fake["label"], batch.labels)
        return terms

    def generator_loss(self, players: Players, batch: Labelled) -> Terms:
        generator, discriminator = players
        fake = discriminator(generator.sample(len(batch), batch.labels))
        return {
            "non-saturating": non_saturating(fake["score"]),
            "class": self.class_weight * unlikelihood(fake["label"], batch.labels),
        }

    def classify(self, players: Players, images: Tensor) -> Tensor:
        return players.discriminator(images)["label"]


def unlikelihood(logits: Float[Tensor, "n classes"], labels: Int64[Tensor, " n *attributes"]) -> Float[Tensor, ""]:
    """Minus the mean log-likelihood of classes [n], or of attributes [n, K], which are independent given the image."""
    if labels.dim() == 1:
        return F.cross_entropy(logits.float(), labels)
    terms = F.binary_cross_entropy_with_logits(logits.float(), labels.float(), reduction="none")
    return terms.sum(1).mean()
