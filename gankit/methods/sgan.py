"""SGAN: a discriminator that is also a classifier learns from a few labels and from much data without.

Odena, "Semi-Supervised Learning with Generative Adversarial Networks", 2016. arXiv:1606.01583
Salimans et al., "Improved Techniques for Training GANs", 2016. arXiv:1606.03498 (sections 3.1 and 5)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from torch import Tensor
from torch.nn import functional as F

from gankit.base.bounds import Units, Weight
from gankit.game import Players, Terms
from gankit.game.batch import DataSpec, Labels, PartlyLabelled
from gankit.game.optimizers import Adam
from gankit.losses.objectives import (
    fake_cross_entropy,
    feature_matching,
    non_saturating,
    real_class_score,
    real_cross_entropy,
)
from gankit.methods.cross_entropy import CrossEntropy
from gankit.networks import MLP, DCGANNetwork, WeightNormMLP


@dataclass(frozen=True, kw_only=True)
class SGAN(CrossEntropy[PartlyLabelled]):
    """A softmax over the data's K classes and one more, FAKE, whose logit is 0 (Odena, section 2).

    The cross-entropy of data is split as Salimans et al. do in section 5: which class it is comes from the
    labelled examples, and that it is not FAKE from all of them.
    """

    labels: Labels = 100
    """How many labels are used, over all classes and as many of each (Odena, table 1); "all" takes every one."""
    generator_objective: Literal["adversarial", "feature-matching"] = "adversarial"
    """What the generator minimises: -E log(1 - p(FAKE | G(z))), Odena's Algorithm 1 read as the non-saturating
    game; or the squared distance between the mean features of data and of samples (Salimans, section 3.1)."""
    unlabelled_weight: Weight = 0.5
    """Weight of the discriminator's two terms without labels (Salimans' released code; 1 in section 5)."""
    network: DCGANNetwork | WeightNormMLP | MLP = DCGANNetwork()
    """Odena's convolutions; Salimans' MNIST networks; or plain layers, for vectors too."""
    batch_size: Units = 100
    """Examples with labels, and as many without, in the batch of a turn (Salimans' released code)."""
    generator_optimizer: Adam = Adam(lr=2e-4, betas=(0.5, 0.999))
    """How the generator learns; the rate is DCGAN's. Feature matching takes 3e-3 (Salimans' released code)."""
    discriminator_optimizer: Adam = Adam(lr=2e-4, betas=(0.5, 0.999))
    """How the discriminator learns; the rate is DCGAN's. Feature matching takes 3e-3 (Salimans' released code)."""

    @property
    def label_budget(self) -> Labels:
        return self.labels

    def players(self, data: DataSpec) -> Players:
        return Players(self.network.generator(data), self.network.heads(data, classes=len(data.classes)))

    def discriminator_loss(self, players: Players, batch: PartlyLabelled) -> Terms:
        generator = players.generator
        real = real_class_score(self.classify(players, batch.images))
        fake = real_class_score(self.classify(players, generator.sample(len(batch))))
        labelled = self.classify(players, batch.labelled_images)
        return {
            "supervised": F.cross_entropy(labelled.float(), batch.labels),
            "real": self.unlabelled_weight * real_cross_entropy(real, self.smoothing),
            "fake": self.unlabelled_weight * fake_cross_entropy(fake),
        }

    def generator_loss(self, players: Players, batch: PartlyLabelled) -> Terms:
        generator, discriminator = players
        fake = generator.sample(len(batch))
        if self.generator_objective == "feature-matching":
            return {"feature-matching": feature_matching(discriminator.trunk(batch.images), discriminator.trunk(fake))}
        return {"adversarial": non_saturating(real_class_score(self.classify(players, fake)))}

    def classify(self, players: Players, images: Tensor) -> Tensor:
        return players.discriminator(images)["classes"]
