"""One Gaussian cannot be two: which one comes nearest to a mixture depends on the divergence.

For each f-divergence the mean and standard deviation are found twice: by minimising the divergence itself, an
integral over the line, and by playing f-GAN's game, which sees samples alone. The game's bound F should come close to
the divergence D from below, and its Gaussian to the best one.

Nowozin et al., "f-GAN: Training Generative Neural Samplers using Variational Divergence Minimization", 2016.
arXiv:1606.00709 (section 4.1 and table 2: the experiment is theirs; the mixture's parameters are ours)
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from gankit import pictures
from gankit.data import Batches, open_data
from gankit.game import Generator, Players
from gankit.game.batch import DataSpec, Images
from gankit.game.optimizers import Adam
from gankit.game.prior import Normal
from gankit.losses.divergences import DIVERGENCES
from gankit.methods.fgan import FGAN
from gankit.networks.parts import Scores
from gankit.training.state import State

WEIGHTS, MEANS, SDS = (0.65, 0.35), (-0.5, 2.0), (0.7, 1.0)
"""The mixture, which is ours: two modes, uneven in weight and width."""
LINE = torch.linspace(-12, 14, 5201, dtype=torch.float64)
POINTS = 100_000


def bell(x: Tensor, mean: float | Tensor, sd: float | Tensor) -> Tensor:
    """log N(x; mean, sd^2)"""
    sd = torch.as_tensor(sd, dtype=x.dtype)
    return -(((x - mean) / sd) ** 2) / 2 - sd.log() - math.log(2 * math.pi) / 2


def mixture(x: Tensor) -> Tensor:
    """The log density of the data."""
    parts = [math.log(w) + bell(x, mean, sd) for w, mean, sd in zip(WEIGHTS, MEANS, SDS, strict=True)]
    return torch.stack(parts).logsumexp(0)


def quantiles(log_density: Tensor, n: int) -> Tensor:
    """The n even quantiles of a density given on LINE, [n, 1]: data without sampling error."""
    below = log_density.exp().cumsum(0).numpy()
    return torch.from_numpy(np.interp((np.arange(n) + 0.5) / n, below / below[-1], LINE.numpy())).float()[:, None]


def divergence(name: str, mean: Tensor, sd: Tensor) -> Tensor:
    """D_f from the mixture to N(mean, sd^2), by the trapezoidal rule."""
    log_q = bell(LINE, mean, sd)
    ratio = (mixture(LINE) - log_q).clamp(-60, 60).exp()
    return torch.trapezoid(log_q.exp() * DIVERGENCES[name].f(ratio), LINE)


def direct(name: str) -> tuple[float, float, float]:
    """The least divergence, and the mean and standard deviation that have it: the best of a grid, made better."""
    grid = torch.cartesian_prod(
        torch.linspace(-1, 2, 13, dtype=torch.float64), torch.linspace(-1, 1, 13, dtype=torch.float64)
    )
    start = min(grid, key=lambda point: divergence(name, point[0], point[1].exp()).item())
    mean, log_sd = (value.clone().requires_grad_() for value in start)
    search = torch.optim.LBFGS([mean, log_sd], max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        search.zero_grad()
        value = divergence(name, mean, log_sd.exp())
        value.backward()
        return value

    search.step(closure)
    return divergence(name, mean, log_sd.exp()).item(), mean.item(), log_sd.exp().item()


class Affine(Generator):
    """mean + sd z, which starts as N(0, 1)."""

    def __init__(self) -> None:
        super().__init__(Normal(1))
        self.mean, self.sd = nn.Parameter(torch.zeros(())), nn.Parameter(torch.ones(()))

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        return self.mean + self.sd * latents


@dataclass(frozen=True, kw_only=True)
class Fit(FGAN):
    """f-GAN with an affine generator against two layers of 64 tanh, as the paper's."""

    batch_size: int = 1024
    trick: bool = False

    def players(self, data: DataSpec) -> Players:
        layers = [layer for a, b in pairwise((1, 64, 64)) for layer in (nn.Linear(a, b), nn.Tanh())]
        return Players(Affine(), Scores(*layers, nn.Linear(64, 1)))


def played(name: str, steps: int, seed: int) -> tuple[float, float, float]:
    """The bound at the end of the game, and the generator's mean and standard deviation."""
    falling = {"decay_after": steps // 2, "decay_steps": steps - steps // 2}
    method = Fit(
        divergence=name,  # pyright: ignore[reportArgumentType]
        generator_optimizer=Adam(lr=5e-3, betas=(0.5, 0.99), **falling),
        discriminator_optimizer=Adam(lr=1e-2, betas=(0.5, 0.99), **falling),
    )
    pack = open_data(quantiles(mixture(LINE), POINTS).numpy(), range=(-1, 1))
    state, batches = State(method, pack.spec, seed=seed, ema=0.99), Batches(pack, Images, method.batch_size, seed=seed)
    while state.step < steps:
        state.advance(batches)
    generator, (_, discriminator) = state.average.module, state.players
    row = DIVERGENCES[name]
    with torch.no_grad():
        made = generator(quantiles(bell(LINE, 0.0, 1.0), POINTS))
        bound = row.output(discriminator(pack.values)).mean() - row.conjugate_of_output(discriminator(made)).mean()
    mean, sd = (parameter.item() for parameter in generator.parameters())
    return bound.item(), mean, abs(sd)


def picture(found: Mapping[str, tuple[float, float]]) -> Image.Image:
    """The mixture, and the Gaussian of each divergence by its mean and standard deviation."""
    from matplotlib.figure import Figure

    canvas = Figure(figsize=(6, 3.4), dpi=100, layout="constrained")
    axes = canvas.subplots()
    axes.fill_between(LINE, mixture(LINE).exp(), color="0.85", label="data")
    for name, (mean, sd) in found.items():
        axes.plot(LINE, bell(LINE, mean, sd).exp(), label=name)
    axes.set(xlim=(-4, 6), ylim=(0, None))
    axes.legend(fontsize=8)
    return pictures.figure_to_pil(canvas)
