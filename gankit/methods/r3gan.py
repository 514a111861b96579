"""R3GAN: every sample is judged beside a picture, and both lie where the discriminator is flat.

Huang et al., "The GAN is dead; long live the GAN! A Modern GAN Baseline", 2024. arXiv:2501.05441
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gankit.base.bounds import Units, Weight
from gankit.base.errors import UserError
from gankit.game import Method, Players, Terms
from gankit.game.batch import Images
from gankit.game.optimizers import Adam
from gankit.game.scores import Scores
from gankit.losses.objectives import fake_cross_entropy, non_saturating, real_cross_entropy
from gankit.losses.penalties import squared_slope
from gankit.networks import MLP, R3GANNetwork


@dataclass(frozen=True, kw_only=True)
class R3GAN(Method[Images]):
    """Relativistic pairing (equation 2), with penalties on the slope at data and at samples (equation 3).

    D minimises E softplus(D(G(z)) - D(x)), G E softplus(D(x) - D(G(z))), the non-saturating form of the released code.
    The paper's ablations (table 1) are fields: without `relativistic` it is GAN's loss; R1 alone is `r2` 0.
    """

    relativistic: bool = True
    """Score samples beside data, pair by pair; off, each by itself, as GAN does."""
    r1: Weight = 1.0
    """Weight gamma of R1: half of it times E |grad D(x)|^2, at data, the squares summed over pixels. The released code
    takes 1 falling to 0.1 on StackedMNIST, 0.05 to 0.005 on CIFAR-10 and up to 150 on larger images."""
    r2: Weight = 1.0
    """Weight gamma of R2, the same at samples."""
    network: R3GANNetwork | MLP = R3GANNetwork()
    """The paper's residual blocks for images, or layers, for vectors too."""
    batch_size: Units = 512
    """Real examples in the batch of a turn (the released code, CIFAR-10 and StackedMNIST)."""
    generator_optimizer: Adam = Adam(lr=2e-4, betas=(0.0, 0.99))
    """How the generator learns (the released code, in which the second beta grows from 0.9 and, on CIFAR-10, the rate
    falls to 5e-5)."""
    discriminator_optimizer: Adam = Adam(lr=2e-4, betas=(0.0, 0.99))
    """How the discriminator learns (the same)."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.network, MLP) and self.network.minibatch:
            raise UserError("r3gan's discriminator can't use minibatch discrimination, which ties samples together")

    @classmethod
    def presets(cls) -> dict[str, Method[Any]]:
        """`small`: for a CPU, 48 channels, one block a stage, batches of 32. `toy`: for points of the plane, layers of
        128 and a penalty of 0.1."""
        rate = Adam(lr=1e-3, betas=(0.0, 0.99))
        layers = MLP(generator_widths=(128, 128), discriminator_widths=(128, 128), latent=2, dropout=0.0)
        both: dict[str, Any] = {"generator_optimizer": rate, "discriminator_optimizer": rate}
        return {
            "small": cls(network=R3GANNetwork(width=48, blocks=1), batch_size=32),
            "toy": cls(network=layers, r1=0.1, r2=0.1, batch_size=256, **both),
        }

    @property
    def scores(self) -> Scores:
        """Beside data alone: what they are by themselves is nobody's affair."""
        terms = tuple(f"discriminator/{name}" for name in ("relativistic", "r1", "r2"))
        return Scores(kind="critic", terms=terms) if self.relativistic else Scores(terms=terms[1:])

    def discriminator_loss(self, players: Players, batch: Images) -> Terms:
        generator, discriminator = players
        real, fake = batch.images, generator.sample(len(batch))
        on_data, on_samples = discriminator(real).float(), discriminator(fake).float()
        if self.relativistic:
            terms = {"relativistic": real_cross_entropy(on_data - on_samples)}
        else:
            terms = {"real": real_cross_entropy(on_data), "fake": fake_cross_entropy(on_samples)}
        for name, weight, points in (("r1", self.r1, real), ("r2", self.r2, fake)):
            if weight:
                terms[name] = weight / 2 * squared_slope(discriminator, points)
        return terms

    def generator_loss(self, players: Players, batch: Images) -> Terms:
        generator, discriminator = players
        scores = discriminator(generator.sample(len(batch))).float()
        if not self.relativistic:
            return {"non-saturating": non_saturating(scores)}
        return {"relativistic": non_saturating(scores - discriminator(batch.images).float())}
