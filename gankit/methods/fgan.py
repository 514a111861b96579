"""f-GAN: the game for any f-divergence, of which the first is one.

Nowozin et al., "f-GAN: Training Generative Neural Samplers using Variational Divergence Minimization", 2016.
arXiv:1606.00709
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from gankit.base.bounds import Units
from gankit.base.errors import UserError, nearest
from gankit.game import Method, Players, Scores, Terms
from gankit.game.batch import Images
from gankit.game.optimizers import Adam
from gankit.losses.divergences import DIVERGENCES, undecided
from gankit.networks import DCGANNetwork, FGANNetwork


@dataclass(frozen=True, kw_only=True)
class FGAN(Method[Images]):
    """The discriminator's score V, made T = g_f(V), maximises E_P T - E_Q f*(T): a bound on D_f(P || Q) from below,
    which the generator minimises (equations 6 and 8)."""

    divergence: Literal["kl", "reverse-kl", "pearson", "neyman", "hellinger", "jeffrey", "js", "gan"] = "pearson"
    """Row of the table of f, g_f and f* (tables 2 and 6). The paper compares all; its likelihoods on MNIST are best
    for pearson and kl."""
    trick: bool = True
    """The generator maximises E g_f(V(G(z))) instead, which saturates less (section 3.2). Off, it minimises the bound
    itself (Algorithm 1)."""
    network: FGANNetwork | DCGANNetwork = FGANNetwork()
    """The paper's MNIST networks (section 4.2), or convolutions."""
    batch_size: Units = 4096
    """Real examples in the batch of a turn (section 4.2)."""
    generator_optimizer: Adam = Adam(lr=2e-4, betas=(0.5, 0.999))
    """How the generator learns (section 4.2)."""
    discriminator_optimizer: Adam = Adam(lr=2e-4, betas=(0.5, 0.999))
    """How the variational function learns (section 4.2)."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.divergence not in DIVERGENCES:
            known = ", ".join(DIVERGENCES)
            raise UserError(f"no divergence {self.divergence!r}{nearest(self.divergence, DIVERGENCES)}: take {known}")
        if self.batch_size < 2:
            raise UserError("fgan's generator has batch norm, which needs a batch-size of at least 2")

    @property
    def scores(self) -> Scores:
        return Scores(boundary=undecided(DIVERGENCES[self.divergence]))

    def discriminator_loss(self, players: Players, batch: Images) -> Terms:
        generator, discriminator = players
        row = DIVERGENCES[self.divergence]
        real, fake = discriminator(batch.images).float(), discriminator(generator.sample(len(batch))).float()
        return {"real": -row.output(real).mean(), "fake": row.conjugate_of_output(fake).mean()}

    def generator_loss(self, players: Players, batch: Images) -> Terms:
        generator, discriminator = players
        row = DIVERGENCES[self.divergence]
        fake = discriminator(generator.sample(len(batch))).float()
        return {"trick": -row.output(fake).mean()} if self.trick else {"bound": -row.conjugate_of_output(fake).mean()}
