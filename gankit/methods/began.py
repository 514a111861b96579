"""BEGAN: an auto-encoder reconstructs data well and samples badly, and a controller keeps the two in proportion.

Berthelot et al., "BEGAN: Boundary Equilibrium Generative Adversarial Networks", 2017. arXiv:1703.10717
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from gankit.base.bounds import Ratio, StepsOrNone, Units, Weight
from gankit.base.config import newer
from gankit.game import Method, Players, Scores, Terms, Turn
from gankit.game.batch import DataSpec, Images
from gankit.game.optimizers import Adam
from gankit.networks import AutoencoderOrMLP, BEGANNetwork, MLPAutoencoder


@dataclass(frozen=True, kw_only=True)
class BEGAN(Method[Images]):
    """Holds E L(G(z)) at gamma E L(x), where L is an auto-encoder's reconstruction error (section 3.4)."""

    diversity: Ratio = 0.5
    """The samples' error as a share of the data's (gamma in equation 5), from 0 to 1: lower makes better samples of
    less variety. The paper shows 0.3, 0.5 and 0.7."""
    gain: Weight = 0.001
    """How fast k, the weight of the samples in the auto-encoder's loss, follows the balance (lambda_k in section 3.4).
    It goes with L as a mean over pixels: for a sum over them, divide it by their number."""
    network: AutoencoderOrMLP = AutoencoderOrMLP(
        conv=BEGANNetwork(),
        mlp=MLPAutoencoder(
            generator_widths=(128, 128),
            encoder_widths=(128, 128),
            code=1,
            decoder_widths=(128, 128),
            latent=2,
            norm="none",
            init_sd=None,
            autoencoder_init_sd=None,
        ),
    )
    """The paper's convolutions for images (Figure 1), and small layers for vectors (ours)."""
    batch_size: Units = 16
    """Real examples in the batch of a turn (section 4.1)."""
    patience: StepsOrNone = newer(10_000, before=0)
    """Steps over which M is averaged: whenever such a mean is not below every one before it, M has stalled, and both
    rates are halved (section 4.1, which does not say what a stall is: the number is ours). 0 never halves them."""
    generator_optimizer: Adam = Adam(lr=1e-4, betas=(0.9, 0.999))
    """How the generator learns (section 4.1). Popular code has betas 0.5 and 0.999."""
    discriminator_optimizer: Adam = Adam(lr=1e-4, betas=(0.9, 0.999))
    """How the auto-encoder learns (section 4.1)."""

    @property
    def scores(self) -> Scores:
        return Scores(kind="energy", terms=("convergence", "k"))

    def players(self, data: DataSpec) -> Players:
        generator, autoencoder = super().players(data)
        watched = {"rate": torch.ones(()), "lowest": torch.tensor(torch.inf), "total": torch.zeros(())}
        counted = {"counted": torch.zeros((), dtype=torch.int64)}
        stall = watched | counted if self.patience else {}
        return Players(generator, autoencoder, k=torch.zeros(()), real=torch.zeros(()), **stall)

    def rate_may_change(self, step: int) -> bool:
        return self.patience > 0 and step % self.patience == 0

    def rate(self, players: Players) -> float:
        return float(players.get_buffer("rate")) if self.patience else 1.0

    def discriminator_loss(self, players: Players, batch: Images) -> Terms:
        generator, autoencoder = players
        return {
            "real": reconstruction_error(autoencoder, batch.images),
            "fake": -players.get_buffer("k") * reconstruction_error(autoencoder, generator.sample(len(batch))),
        }

    def generator_loss(self, players: Players, batch: Images) -> Terms:
        generator, autoencoder = players
        return {"fake": reconstruction_error(autoencoder, generator.sample(len(batch)))}

    def after_turn(self, turn: Turn, players: Players, terms: Terms) -> Terms:
        """Move k by the balance of this step's errors; returns k, the paper's measure of convergence M, and what the
        rates are multiplied by from the next step on."""
        k, real = players.get_buffer("k"), players.get_buffer("real")
        if turn.player == "discriminator":
            real.copy_(terms["real"])
            return {}
        balance = self.diversity * real - terms["fake"]
        k.add_(self.gain * balance).clamp_(0, 1)
        measure = real + balance.abs()
        if not self.patience:
            return {"convergence": measure, "k": k}
        return {"convergence": measure, "k": k, "rate": self._watch(players, measure)}

    def _watch(self, players: Players, measure: Tensor) -> Tensor:
        """Count `measure` into the mean of these steps; at their end halve the rate if it is not below all before."""
        rate, lowest, total, counted = map(players.get_buffer, ("rate", "lowest", "total", "counted"))
        total.add_(measure)
        counted.add_(1)
        ended, mean = counted >= self.patience, total / self.patience
        rate.copy_(torch.where(ended & (mean >= lowest), rate / 2, rate))
        lowest.copy_(torch.where(ended, torch.minimum(lowest, mean), lowest))
        total.mul_(~ended)
        counted.mul_(~ended)
        return rate


def reconstruction_error(autoencoder: torch.nn.Module, data: Tensor) -> Tensor:
    """L(v) = |v - D(v)|, averaged over values and samples, in float32 (equation 1 with eta = 1)."""
    return (autoencoder(data).float() - data).abs().mean()
