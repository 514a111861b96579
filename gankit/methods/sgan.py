"""SGAN: a discriminator that is also a classifier learns from a few labels and from much data without.

Odena, "Semi-Supervised Learning with Generative Adversarial Networks", 2016. arXiv:1606.01583
Salimans et al., "Improved Techniques for Training GANs", 2016. arXiv:1606.03498 (sections 3.1 and 5)
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from gankit.base.bounds import Share, Units, Weight
from gankit.game import Method, Players, Terms, Turn
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
    discriminator_ema: Share = 0.0
    """How slowly an average of the discriminator's weights follows them: by 1 - this at every step, and faster at
    first, so that where it started has no weight. The average is the trained classifier (0.9999 in Salimans' released
    code); 0 leaves that to the last weights."""
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

    @classmethod
    def presets(cls) -> dict[str, Method[Any]]:
        """`feature-matching` is Salimans' released classifier of MNIST."""
        rate = Adam(lr=3e-3, betas=(0.5, 0.999), root_eps=1e-8)
        return {
            "feature-matching": cls(
                generator_objective="feature-matching",
                network=WeightNormMLP(),
                discriminator_ema=0.9999,
                generator_optimizer=rate,
                discriminator_optimizer=rate,
            )
        }

    @property
    def label_budget(self) -> Labels:
        return self.labels

    def players(self, data: DataSpec) -> Players:
        players = Players(self.network.generator(data), self.network.heads(data, classes=len(data.classes)))
        if self.discriminator_ema:
            players.add_module("average", copy.deepcopy(players.discriminator).requires_grad_(False))
            players.register_buffer("averaged", torch.zeros((), dtype=torch.int64))
        return players

    def discriminator_loss(self, players: Players, batch: PartlyLabelled) -> Terms:
        generator, discriminator = players
        real = real_class_score(discriminator(batch.images)["classes"])
        fake = real_class_score(discriminator(generator.sample(len(batch)))["classes"])
        labelled = discriminator(batch.labelled_images)["classes"]
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
        return {"adversarial": non_saturating(real_class_score(discriminator(fake)["classes"]))}

    def after_turn(self, turn: Turn, players: Players, terms: Terms) -> None:
        """Move the average of the discriminator, where there is one: every state so far weighs as it does in an
        average without a start."""
        if turn.player == "generator" or not self.discriminator_ema:
            return
        average, moves = players.get_submodule("average"), players.get_buffer("averaged").add_(1)
        share = (1 - self.discriminator_ema) / (1 - self.discriminator_ema ** moves.double())
        theirs = players.discriminator.state_dict()
        for name, value in average.state_dict().items():
            if value.is_floating_point():
                value.lerp_(theirs[name], share.to(value.dtype))
            else:
                value.copy_(theirs[name])

    def classify(self, players: Players, images: Tensor) -> Tensor:
        classifier = players.get_submodule("average") if self.discriminator_ema else players.discriminator
        return classifier(images)["classes"]
