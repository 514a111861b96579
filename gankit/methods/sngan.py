"""SNGAN: a hinge, and a discriminator none of whose layers stretches anything.

Miyato et al., "Spectral Normalization for Generative Adversarial Networks", 2018. arXiv:1802.05957
Miyato and Koyama, "cGANs with Projection Discriminator", 2018. arXiv:1802.05637
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jaxtyping import Float, Int64
from torch import Tensor

from gankit.base.bounds import Layers, Units
from gankit.base.errors import UserError
from gankit.game import Method, Players, Terms, Turn
from gankit.game.batch import Batch, DataSpec, Images, Labelled
from gankit.game.optimizers import Adam
from gankit.losses.objectives import fake_hinge, real_hinge
from gankit.networks import DCGANNetwork, Projection, SNGANNetwork


@dataclass(frozen=True, kw_only=True)
class SNGAN(Method[Images | Labelled]):
    """The hinge loss (equations 16 and 17) under spectral norm (Algorithm 1), with labels or without."""

    conditional: bool = False
    """Learn with labels: the discriminator takes them by projection, as one more inner product (Miyato and Koyama,
    equation 3); a residual generator by a batch norm for each class, any other beside the latent."""
    discriminator_steps: Layers = 5
    """Discriminator updates per generator update (n_dis, appendix B.1 and table 1)."""
    generator_batches: Layers = 2
    """Samples in the generator's turn, in batches (the released code: 128 to the discriminator's 64)."""
    network: SNGANNetwork | DCGANNetwork = SNGANNetwork()
    """The paper's residual networks (table 4), or DCGAN's convolutions, under spectral norm."""
    batch_size: Units = 64
    """Real examples in the batch of a turn (appendix B.1)."""
    generator_optimizer: Adam = Adam(lr=2e-4, betas=(0.0, 0.9), decay_steps=50_000)
    """How the generator learns (the released code for CIFAR-10): the rate falls to 0 in its 50,000 updates, so that a
    run of many fewer keeps it, and a longer one wants another `decay-steps`."""
    discriminator_optimizer: Adam = Adam(lr=2e-4, betas=(0.0, 0.9), decay_steps=50_000)
    """How the discriminator learns (the same)."""

    @classmethod
    def presets(cls) -> dict[str, Method[Any]]:
        """`small`: for a CPU, DCGAN's convolutions with resizing, one update of each player, a rate that stays."""
        rate = Adam(lr=2e-4, betas=(0.0, 0.9))
        network = DCGANNetwork(width=32, upsample="resize", prior="normal", discriminator_norm="spectral")
        small = cls(
            discriminator_steps=1,
            generator_batches=1,
            network=network,
            generator_optimizer=rate,
            discriminator_optimizer=rate,
        )
        return {"small": small}

    @property
    def batch_type(self) -> type[Batch]:
        return Labelled if self.conditional else Images

    def players(self, data: DataSpec) -> Players:
        if isinstance(self.network, DCGANNetwork) and self.network.discriminator_norm != "spectral":
            raise UserError("sngan's discriminator is under spectral norm: take --network.discriminator-norm spectral")
        if not self.conditional:
            return super().players(data)
        classes = len(data.classes)
        generator = self.network.generator(data, classes=classes)
        return Players(generator, Projection(self.network.trunk(data), classes))

    def discriminator_loss(self, players: Players, batch: Images | Labelled) -> Terms:
        generator, discriminator = players
        labels = self._labels(batch)
        return {
            "real": real_hinge(discriminator(batch.images, *labels)),
            "fake": fake_hinge(discriminator(generator.sample(len(batch), *labels), *labels)),
        }

    def generator_loss(self, players: Players, batch: Images | Labelled) -> Terms:
        generator, discriminator = players
        labels = [label.repeat(self.generator_batches) for label in self._labels(batch)]
        fake: Float[Tensor, "n ..."] = generator.sample(len(batch) * self.generator_batches, *labels)
        return {"score": -discriminator(fake, *labels).float().mean()}

    def turns(self) -> tuple[Turn, ...]:
        return (
            Turn(player="discriminator", loss=self.discriminator_loss, repeat=self.discriminator_steps),
            Turn(player="generator", loss=self.generator_loss),
        )

    def _labels(self, batch: Images | Labelled) -> list[Int64[Tensor, " n"]]:
        return [batch.labels] if isinstance(batch, Labelled) else []
