"""InfoGAN: some of the latent must be readable from the sample, and so comes to mean something, without labels.

Chen et al., "InfoGAN: Interpretable Representation Learning by Information Maximizing Generative Adversarial
Nets", 2016. arXiv:1606.03657
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

import torch
from torch import Tensor

from gankit.base.bounds import MOST, Between, Number, Units, Weight
from gankit.base.errors import UserError
from gankit.game import Method, Players, Terms
from gankit.game.batch import DataSpec, Images
from gankit.game.optimizers import Adam
from gankit.game.prior import Codes
from gankit.losses.objectives import (
    categorical_information,
    continuous_information,
    fake_cross_entropy,
    non_saturating,
    real_cross_entropy,
)
from gankit.methods.cross_entropy import CrossEntropy
from gankit.networks import MLP, DCGANNetwork, InfoGANNetwork
from gankit.networks.infogan import recogniser


@dataclass(frozen=True, kw_only=True)
class InfoGAN(CrossEntropy[Images]):
    """min over G and Q, max over D of V(D, G) - lambda L_I(G, Q) (equation 6), L_I a bound on I(c; G(z, c)).

    Q, who reads the codes off a sample, is a head on the discriminator's trunk and learns with it: both players
    subtract the information of their turn's samples from their losses.
    """

    noise: Number = 62
    """Dimensions of the latent that mean nothing (appendix C.1)."""
    categorical: tuple[Annotated[int, Between(2, MOST)], ...] = (10,)
    """Categories of each categorical code (appendix C.1)."""
    continuous: Number = 2
    """Codes uniform on [-1, 1] (appendix C.1)."""
    categorical_weight: Weight = 1.0
    """Weight of the categorical codes' information (lambda in equation 6)."""
    continuous_weight: Weight = 0.1
    """Weight of the continuous codes' information, which has no upper end: a smaller one, as section 6 asks, keeps it
    on the scale of the game's terms; the number is ours. The released code has 1, with Q's spread fixed."""
    learn_spread: bool = True
    """Whether Q says how sure it is of a continuous code: the log of its Gaussian's standard deviation (section 6).
    The released code fixes the standard deviation at 1."""
    recogniser_width: Units = 128
    """Units of the hidden layer that Q has for itself (table 1)."""
    network: InfoGANNetwork | DCGANNetwork | MLP = InfoGANNetwork()
    """The paper's MNIST networks (table 1), DCGAN's, or fully connected layers, as points want them."""
    batch_size: Units = 128
    """Real examples in the batch of a turn (released code)."""
    generator_optimizer: Adam = Adam(lr=1e-3, betas=(0.5, 0.999))
    """How the generator learns (appendix C)."""
    discriminator_optimizer: Adam = Adam(lr=2e-4, betas=(0.5, 0.999))
    """How the discriminator and Q learn (appendix C)."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.batch_size < 2:
            raise UserError("Q's batch norm needs a batch-size of at least 2")
        _ = self.prior  # which refuses codes that can't be

    @property
    def prior(self) -> Codes:
        """Where latents come from, and where in them each code lies."""
        return Codes(self.noise, self.categorical, self.continuous)

    def players(self, data: DataSpec) -> Players:
        outputs = sum(self.categorical) + self.continuous * (2 if self.learn_spread else 1)
        codes = partial(recogniser, outputs=outputs, hidden=self.recogniser_width, leak=self.network.leak)
        generator = self.network.generator(data, prior=self.prior)
        return Players(generator, self.network.heads(data, score=1, codes=codes))

    @classmethod
    def presets(cls) -> dict[str, Method[Any]]:
        """`released`: the authors' code, with one weight for every code, Q's spread fixed and a slope of 0.01."""
        return {"released": cls(continuous_weight=1.0, learn_spread=False, network=InfoGANNetwork(leak=0.01))}

    def discriminator_loss(self, players: Players, batch: Images) -> Terms:
        generator, discriminator = players
        latents = generator.prior.draw(len(batch), generator.device)
        real, fake = discriminator(batch.images), discriminator(generator(latents))
        return {
            "real": real_cross_entropy(real["score"], self.smoothing),
            "fake": fake_cross_entropy(fake["score"]),
            **self.information(fake["codes"], latents),
        }

    def generator_loss(self, players: Players, batch: Images) -> Terms:
        generator, discriminator = players
        latents = generator.prior.draw(len(batch), generator.device)
        fake = discriminator(generator(latents))
        return {"non-saturating": non_saturating(fake["score"]), **self.information(fake["codes"], latents)}

    def information(self, answers: Tensor, latents: Tensor) -> Terms:
        """-lambda L_I of Q's `answers` about the codes in `latents`, for each kind of code there is (equation 5).

        The answers are the logits of the categorical codes, the means of the continuous ones, and the logs of
        their standard deviations where Q learns them.
        """
        sizes = [*self.categorical, self.continuous]
        *chosen, values = latents[:, self.noise :].split(sizes, 1)
        answers = answers.reshape(len(latents), -1)
        *logits, means, log_spreads = answers.split([*sizes, answers.shape[1] - sum(sizes)], 1)
        if not self.learn_spread:
            log_spreads = torch.zeros_like(means)
        terms: Terms = {}
        if chosen:
            of_each = [categorical_information(*pair) for pair in zip(logits, chosen, strict=True)]
            terms["categorical"] = -self.categorical_weight * torch.stack(of_each).sum()
        if self.continuous:
            terms["continuous"] = -self.continuous_weight * continuous_information(means, log_spreads, values)
        return terms

    def classify(self, players: Players, images: Tensor) -> Tensor:
        """Logits of the first categorical code: clusters, which nobody has named yet."""
        if not self.categorical:
            raise UserError("infogan without a categorical code trains no classifier")
        return players.discriminator(images)["codes"][:, : self.categorical[0]]
