"""What the papers prove, on densities known in closed form.

Samples are even quantiles of their density, so a mean over a batch is an integral: what is left between a
trained discriminator and the theorem is only how well it was trained.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import cache, cached_property

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from gankit.game import Generator, Method, Players
from gankit.game.batch import DataSpec, Images
from gankit.game.optimizers import Adam
from gankit.game.prior import Prior
from gankit.methods.gan import GAN
from gankit.methods.wgan_gp import WGANGP
from gankit.networks import MLP
from gankit.training.turn import freeze, play
from tests.rows import rows

LINE = np.linspace(-12, 12, 48_001)
SPEC = DataSpec(shape=(1,), bounded=False)
N = 256


@dataclass(frozen=True)
class Density:
    """An even mixture of Gaussians on the line."""

    means: tuple[float, ...]
    sd: float

    def at(self, x: np.ndarray) -> np.ndarray:
        bells = [np.exp(-(((x - mean) / self.sd) ** 2) / 2) for mean in self.means]
        return np.mean(bells, axis=0) / (self.sd * np.sqrt(2 * np.pi))

    @cached_property
    def below(self) -> np.ndarray:
        """The share of mass below each point of the line."""
        below = np.cumsum(self.at(LINE))
        return below / below[-1]

    def quantiles(self, shares: Tensor) -> Tensor:
        return torch.from_numpy(np.interp(shares.numpy(), self.below, LINE)).float()


@dataclass(frozen=True)
class Even(Prior):
    """The even shares of (0, 1), in random order."""

    size: int = 1

    def draw(self, n: int, device: torch.device | str = "cpu") -> Tensor:
        return ((torch.randperm(n, device=device) + 0.5) / n)[:, None]


class Known(Generator):
    """Samples of a known density, moved by a learnable shift that starts at 0."""

    def __init__(self, density: Density) -> None:
        super().__init__(Even())
        self.density = density
        self.shift = nn.Parameter(torch.zeros(()))

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        return self.density.quantiles(latents) + self.shift


class Free(Generator):
    """Samples that are themselves the parameters."""

    def __init__(self, points: Tensor) -> None:
        super().__init__(Even())
        self.points = nn.Parameter(points)

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        return self.points


def integral(values: np.ndarray) -> float:
    return float(np.trapezoid(values, LINE))


def kl(p: np.ndarray, q: np.ndarray) -> float:
    tiny = np.finfo(float).tiny
    return integral(p * (np.log(p + tiny) - np.log(q + tiny)))


def jsd(p: np.ndarray, q: np.ndarray) -> float:
    return (kl(p, (p + q) / 2) + kl(q, (p + q) / 2)) / 2


def respond(method: Method[Images], players: Players, real: Tensor, steps: int) -> None:
    """Train the discriminator against the generator as it is, by the engine's own move."""
    freeze(players.generator.parameters(), players.discriminator.parameters())
    learning = method.discriminator_optimizer
    optimizer = learning.build(players.discriminator.parameters())
    for step in range(steps):
        optimizer.param_groups[0].update(learning.settings(step))
        play(players, method.turns()[0], Images(real), optimizer, nullcontext())


def samples(density: Density) -> Tensor:
    return density.quantiles(Even().draw(N))


DUELS = {
    "apart": (Density((1.0,), 1.0), Density((-1.0,), 1.0)),
    "wider": (Density((0.0,), 0.7), Density((0.0,), 1.5)),
    "two modes": (Density((-1.5, 1.5), 0.8), Density((0.5,), 0.8)),
    "same": (Density((0.0, 3.0), 0.8), Density((0.0, 3.0), 0.8)),
}
"""Density of the data, density of the generator."""
PLAYED = rows(DUELS, ["apart", "wider"])

STEPS = 600
PLAIN = GAN(
    network=MLP(discriminator_widths=(48, 48), dropout=0.0),
    discriminator_optimizer=Adam(lr=5e-3, betas=(0.9, 0.999), decay_after=STEPS // 2, decay_steps=STEPS // 2),
)


@cache
def duel(name: str) -> Players:
    data, generated = DUELS[name]
    torch.manual_seed(0)
    players = Players(Known(generated), PLAIN.network.discriminator(SPEC))
    respond(PLAIN, players, samples(data), STEPS)
    return players


@pytest.mark.parametrize("name", PLAYED)
def test_the_best_discriminator_is_the_share_of_data_at_each_point(name: str) -> None:
    """Goodfellow et al. 2014, proposition 1: D* = p_data / (p_data + p_g); 1/2 where they are equal."""
    data, generated = (density.at(LINE) for density in DUELS[name])
    scores = duel(name).discriminator(torch.from_numpy(LINE).float()[:, None]).detach()
    seen = data + generated > 0.02
    error = np.abs(scores.sigmoid().numpy() - data / np.maximum(data + generated, 1e-300))[seen]
    assert error.max() < 0.03


@pytest.mark.parametrize("name", PLAYED)
def test_the_games_value_is_the_jensen_shannon_divergence(name: str) -> None:
    """Theorem 1: V(D*) = -log 4 + 2 JSD(p_data, p_g), which is -log 4 where they are equal."""
    data, generated = (density.at(LINE) for density in DUELS[name])
    terms = PLAIN.discriminator_loss(duel(name), Images(samples(DUELS[name][0])))
    value = -sum(term.item() for term in terms.values())
    assert value == pytest.approx(-np.log(4) + 2 * jsd(data, generated), abs=0.005)


def generator_gradients(objective: str, generator: Generator, discriminator: nn.Module) -> Tensor:
    """Gradient of the generator's loss with the discriminator held, for N samples."""
    method = GAN(objective=objective)  # pyright: ignore[reportArgumentType]
    players = Players(generator, discriminator)
    freeze(discriminator.parameters(), generator.parameters())
    (loss,) = method.generator_loss(players, Images(torch.zeros(N, 1))).values()
    return torch.autograd.grad(loss, list(generator.parameters()))[0]


def slope(divergence: Callable[[np.ndarray, np.ndarray], float], data: Density, generated: Density) -> float:
    """How `divergence(p_g, p_data)` changes as the generated density moves to the right."""
    step = 1e-3
    ahead, behind = (divergence(generated.at(LINE + move), data.at(LINE)) for move in (-step, step))
    return (ahead - behind) / (2 * step)


@pytest.mark.parametrize("name", ["apart", "two modes"])
def test_what_each_generator_loss_descends_under_the_best_discriminator(name: str) -> None:
    """Minimax descends 2 JSD (Goodfellow et al. 2014, theorem 1); non-saturating KL(p_g, p_data) - 2 JSD
    (Arjovsky and Bottou, "Towards Principled Methods", 2017, theorem 2.5)."""
    data, generated = DUELS[name]
    discriminator = duel(name).discriminator
    two_jsd = slope(lambda g, d: 2 * jsd(g, d), data, generated)
    in_game = generator_gradients("minimax", Known(generated), discriminator).item()
    in_practice = generator_gradients("non-saturating", Known(generated), discriminator).item()
    assert in_game == pytest.approx(two_jsd, rel=0.05)
    assert in_practice == pytest.approx(slope(kl, data, generated) - two_jsd, rel=0.08)


def test_both_generator_losses_push_a_sample_the_same_way() -> None:
    """Non-saturating is minimax times (1 - D) / D, sample by sample: one direction, and no saturation."""
    discriminator = duel("apart").discriminator
    points = torch.linspace(-3.5, 3.5, N)[:, None]
    in_game = generator_gradients("minimax", Free(points), discriminator)
    in_practice = generator_gradients("non-saturating", Free(points), discriminator)
    d = discriminator(points).sigmoid().detach()[:, None]
    assert d.min() < 0.01
    assert d.max() > 0.99
    torch.testing.assert_close(in_practice, in_game * (1 - d) / d, rtol=1e-3, atol=1e-9)
    assert (in_practice[d < 0.01] / in_game[d < 0.01]).min() > 99


def wgan_gp(penalty: float, steps: int) -> WGANGP:
    return WGANGP(
        penalty=penalty,
        network=replace(WGANGP().network, mlp=MLP(discriminator_widths=(32, 32), dropout=0.0)),
        discriminator_optimizer=Adam(lr=5e-3, betas=(0.5, 0.9), decay_after=steps // 2, decay_steps=steps // 2),
    )


def measure(method: WGANGP, generator: Generator, real: Tensor, steps: int) -> tuple[float, float]:
    """How much higher a trained critic scores data than samples, and its penalty.

    The critic starts flat: one that starts out sloping the wrong way stays there, since the penalty rises on
    the way to 0 from either side.
    """
    torch.manual_seed(0)
    players = Players(generator, method.network.discriminator(SPEC))
    _, critic = players
    nn.init.zeros_(critic[-1].weight)
    respond(method, players, real, steps)
    penalty = method.discriminator_loss(players, Images(real))["gradient_penalty"].item()
    return (critic(real).mean() - critic(generator.sample(len(real))).mean()).item(), penalty


@pytest.mark.parametrize(("shift", "penalty"), [(1.0, 10.0), (-2.5, 10.0), (3.0, 2.0), (0.5, 0.1)])
def test_wgan_gp_measures_how_far_two_points_are(shift: float, penalty: float) -> None:
    """Between two points a apart a slope c costs penalty (c - 1)^2 and gains a c: the best is 1 + a / (2 penalty)."""
    real = torch.full((64, 1), shift)
    distance, cost = measure(wgan_gp(penalty, 300), Free(torch.zeros(64, 1)), real, 300)
    apart = abs(shift)
    steepest = 1 + apart / (2 * penalty)
    assert distance == pytest.approx(apart * steepest, rel=0.01)
    assert cost == pytest.approx(penalty * (steepest - 1) ** 2, rel=0.05)


@pytest.mark.parametrize("shift", [0.5, -2.0])
def test_wgan_gp_measures_a_shift(shift: float) -> None:
    """W1 between a density and itself moved by a is |a|."""
    generated = Density((-1.0, 1.5), 0.7)
    moved = Density(tuple(mean + shift for mean in generated.means), generated.sd)
    distance, _ = measure(wgan_gp(100.0, 300), Known(generated), samples(moved), 300)
    assert distance == pytest.approx(abs(shift), abs=0.02 + 0.03 * abs(shift))
