"""WGAN: a critic with clipped weights measures how far the samples are from the data.

Arjovsky, Chintala and Bottou, "Wasserstein GAN", 2017. arXiv:1701.07875
"""

from __future__ import annotations

from dataclasses import dataclass

from gankit.base.bounds import Layers, Positive, Units
from gankit.game import Method, Players, Scores, Terms, Turn
from gankit.game.batch import Images
from gankit.game.optimizers import Adam, RMSProp
from gankit.losses.objectives import wasserstein
from gankit.networks import MLP, ConvOrMLP, DCGANNetwork


@dataclass(frozen=True, kw_only=True)
class WGAN(Method[Images]):
    """The critic estimates the Wasserstein distance up to a factor, and the generator descends it (Algorithm 1)."""

    clip: Positive = 0.01
    """The critic's parameters are clipped to [-clip, clip] after each of its updates (c in Algorithm 1). The released
    code does so before each; both clip norms' gains and biases, too."""
    critic_steps: Layers = 5
    """Critic updates per generator update (n_critic in Algorithm 1)."""
    long_phases: bool = False
    """Take 100 critic updates before each of the generator's first 25 and before every 500th after that: the
    released code does, Algorithm 1 does not."""
    network: ConvOrMLP | MLP = ConvOrMLP(
        conv=DCGANNetwork(prior="normal"),
        mlp=MLP(
            generator_widths=(512, 512, 512), discriminator_widths=(512, 512, 512), latent=2, leak=0.0, dropout=0.0
        ),
    )
    """DCGAN's networks for images (section 4.1), and the released code's perceptron for vectors: four linear layers,
    512 ReLU between them. Its latent has 100 dimensions there, for images; points take 2. A perceptron takes
    images as well (section 4.3)."""
    batch_size: Units = 64
    """Real examples in the batch of a turn (m in Algorithm 1)."""
    generator_optimizer: RMSProp | Adam = RMSProp(lr=5e-5)
    """How the generator learns (Algorithm 1). The paper found momentum, and so Adam, unstable (section 4.3)."""
    discriminator_optimizer: RMSProp | Adam = RMSProp(lr=5e-5)
    """How the critic learns (Algorithm 1)."""

    @property
    def scores(self) -> Scores:
        return Scores(kind="critic", terms=("discriminator/wasserstein",))

    def discriminator_loss(self, players: Players, batch: Images) -> Terms:
        generator, critic = players
        return {"wasserstein": wasserstein(critic(batch.images), critic(generator.sample(len(batch))))}

    def generator_loss(self, players: Players, batch: Images) -> Terms:
        generator, critic = players
        return {"wasserstein": -critic(generator.sample(len(batch))).float().mean()}

    def turns(self) -> tuple[Turn, ...]:
        repeat = self.phase if self.long_phases else self.critic_steps
        return (
            Turn(player="discriminator", loss=self.discriminator_loss, repeat=repeat),
            Turn(player="generator", loss=self.generator_loss),
        )

    def phase(self, step: int) -> int:
        """Critic updates before the generator's update number `step`, counted from 0, in the released code."""
        return 100 if step < 25 or step % 500 == 0 else self.critic_steps

    def after_turn(self, turn: Turn, players: Players, terms: Terms) -> None:
        if turn.player == "discriminator":
            for parameter in players.discriminator.parameters():
                parameter.clamp_(-self.clip, self.clip)
