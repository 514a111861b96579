"""EBGAN: the discriminator is an auto-encoder, and its reconstruction error an energy that data has little of.

Zhao et al., "Energy-based Generative Adversarial Network", 2016. arXiv:1609.03126
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from gankit.base.bounds import Positive, Units, Weight
from gankit.base.errors import UserError
from gankit.game import Method, Players, Scores, Terms
from gankit.game.batch import Images
from gankit.game.optimizers import Adam
from gankit.networks import AutoencoderOrMLP, MLPAutoencoder


@dataclass(frozen=True, kw_only=True)
class EBGAN(Method[Images]):
    """Energy is pushed down on data, and up on samples as far as a margin (equations 1 and 2)."""

    margin: Positive = 10.0
    """Energy above which a sample is no longer pushed up (m in equation 1); 10 is the paper's for MNIST, of up to 32
    that it tried, and 20 for CelebA and 80 for LSUN at 64x64. It must suit the scale of the energy: the norm grows
    with the square root of the number of values, and the mean does not grow at all."""
    energy: Literal["norm", "mean-square"] = "norm"
    """What of the reconstruction's error is the energy: its norm ||Dec(Enc(x)) - x|| (equation 3), or the mean of its
    squares, which popular code takes, with a margin of about 1."""
    repelling: Weight = 0.0
    """Weight of the pulling-away term in the generator's loss (equation 4); 0.1 makes it the paper's EBGAN-PT. It is
    taken on the encoder's codes; some popular code takes it on pixels."""
    network: AutoencoderOrMLP | MLPAutoencoder = AutoencoderOrMLP(
        mlp=MLPAutoencoder(
            generator_widths=(128, 128),
            encoder_widths=(128, 128),
            latent=2,
            norm="none",
            init_sd=None,
            autoencoder_init_sd=None,
        )
    )
    """Convolutions for images (the paper's LSUN and CelebA) and small layers for vectors (ours); or the layers of
    the paper's MNIST study for both."""
    batch_size: Units = 64
    """Real examples in the batch of a turn."""
    generator_optimizer: Adam = Adam(lr=1e-3)
    """How the generator learns (rate 0.001 in the appendix's table of the MNIST study)."""
    discriminator_optimizer: Adam = Adam(lr=1e-3)
    """How the auto-encoder learns (the same table)."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.repelling and self.batch_size < 2:
            raise UserError(
                "repelling compares the samples of a batch: take a batch-size of at least 2, or repelling 0"
            )

    @property
    def scores(self) -> Scores:
        return Scores(kind="energy")

    def discriminator_loss(self, players: Players, batch: Images) -> Terms:
        generator, autoencoder = players
        fake = generator.sample(len(batch))
        return {
            "real": self._energy(batch.images, autoencoder(batch.images)).mean(),
            "fake": (self.margin - self._energy(fake, autoencoder(fake))).relu().mean(),
        }

    def generator_loss(self, players: Players, batch: Images) -> Terms:
        generator, autoencoder = players
        fake = generator.sample(len(batch))
        codes = autoencoder.encoder(fake)
        terms = {"energy": self._energy(fake, autoencoder.decoder(codes)).mean()}
        if self.repelling:
            terms["repelling"] = self.repelling * pulling_away(codes)
        return terms

    def _energy(self, data: Tensor, reconstruction: Tensor) -> Tensor:
        """The energy of each sample, [n] in float32."""
        error = (reconstruction.float() - data).flatten(1)
        if self.energy == "norm":
            return torch.linalg.vector_norm(error, dim=1)
        return error.square().mean(1)


def pulling_away(codes: Tensor) -> Tensor:
    """Mean squared cosine between the codes [n, ...] of different samples: 1 if all are alike, 0 if all are orthogonal.

    Zhao et al. 2016, equation 4.
    """
    n = len(codes)
    directions = F.normalize(codes.float().flatten(1), dim=1)
    squares = (directions @ directions.T).square()
    return (squares.sum() - squares.diagonal().sum()) / (n * (n - 1))
