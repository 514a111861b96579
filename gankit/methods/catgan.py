"""CatGAN: a discriminator that sorts data into categories, and is unsure of samples.

Springenberg, "Unsupervised and Semi-supervised Learning with Categorical Generative Adversarial Networks", 2015.
arXiv:1511.06390
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from torch import Tensor
from torch.nn import functional as F

from gankit.base.bounds import MOST, Between, Units, Weight
from gankit.game import Method, Players, Scores, Terms
from gankit.game.batch import Batch, DataSpec, Images, Labels, PartlyLabelled
from gankit.game.optimizers import Adam
from gankit.losses.objectives import conditional_entropy, marginal_entropy
from gankit.networks import MLP, CatGANNetwork, DCGANNetwork


@dataclass(frozen=True, kw_only=True)
class CatGAN(Method[Images | PartlyLabelled]):
    """Both players want every category used equally; the discriminator is sure of data and unsure of samples, and
    the generator wants it to be sure of samples. With labels the categories are the classes (section 3).
    """

    labels: Labels = 0
    """How many labels are used, over all classes and as many of each; 0 learns without any, "all" takes every one."""
    categories: Annotated[int, Between(2, MOST)] = 10
    """Categories that data without labels are sorted into (K; the paper's figure takes 20). With labels they are
    the classes."""
    marginal_weight: Weight = 1.0
    """Weight of H[E p(y|x)], that every category is used, for both players (1 in the paper's objectives; 1e-3 in a
    later secondary source, InfoCatGAN)."""
    certainty_weight: Weight = 1.0
    """Weight of E H[p(y|x)], being sure of data and unsure of samples, for both players (1 in the same; 0.3 there)."""
    supervised_weight: Weight = 1.0
    """Weight of the cross-entropy of labelled examples (lambda in section 3). The value is ours."""
    network: CatGANNetwork | DCGANNetwork | MLP = CatGANNetwork()
    """For permuted pixels and for vectors, the paper's as they are known to us, whose exact sizes could not be checked;
    convolutions; or plain layers."""
    batch_size: Units = 100
    """Real examples in the batch of a turn, over which the marginal entropy is taken too (appendix)."""
    generator_optimizer: Adam = Adam(lr=1e-3, betas=(0.5, 0.999))
    """How the generator learns. The rate is ours: five times the discriminator's keeps the categories from being
    arbitrary."""
    discriminator_optimizer: Adam = Adam(lr=2e-4, betas=(0.5, 0.999))
    """How the discriminator learns. The rate is ours."""

    @property
    def batch_type(self) -> type[Batch]:
        return PartlyLabelled if self.labels else Images

    @property
    def label_budget(self) -> Labels:
        return self.labels

    @property
    def scores(self) -> Scores:
        return Scores(kind="energy")

    def players(self, data: DataSpec) -> Players:
        categories = len(data.classes) if self.labels else self.categories
        return Players(self.network.generator(data), self.network.heads(data, categories=categories))

    def discriminator_loss(self, players: Players, batch: Images | PartlyLabelled) -> Terms:
        real = self.classify(players, batch.images)
        fake = self.classify(players, players.generator.sample(len(batch)))
        terms = {
            "used equally": -self.marginal_weight * marginal_entropy(real),
            "sure of data": self.certainty_weight * conditional_entropy(real),
            "unsure of samples": -self.certainty_weight * conditional_entropy(fake),
        }
        if isinstance(batch, PartlyLabelled):
            labelled = self.classify(players, batch.labelled_images)
            terms["supervised"] = self.supervised_weight * F.cross_entropy(labelled.float(), batch.labels)
        return terms

    def generator_loss(self, players: Players, batch: Images | PartlyLabelled) -> Terms:
        fake = self.classify(players, players.generator.sample(len(batch)))
        return {
            "used equally": -self.marginal_weight * marginal_entropy(fake),
            "sure of samples": self.certainty_weight * conditional_entropy(fake),
        }

    def classify(self, players: Players, images: Tensor) -> Tensor:
        return players.discriminator(images)["categories"]
