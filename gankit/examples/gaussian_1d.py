"""The two pictures that GANs are explained with, both of a Gaussian of mean 4 and standard deviation 1.25.

moments.png: a generator learns it from a discriminator that never sees a point, only the first four moments of
a whole batch, for which it gives one score.

learning.gif: figure 1 of the first paper as a film. An ordinary discriminator D (blue) scores point by point,
while the generated density (green) moves onto the data's (black, dotted) and D to 1/2; the lines below show
where the generator sends evenly spread z.

Goodfellow et al., "Generative Adversarial Networks", 2014. arXiv:1406.2661

    gankit examples gaussian_1d
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain, pairwise
from pathlib import Path

import torch
import tyro
from matplotlib.figure import Figure
from PIL import Image
from torch import Tensor, nn

from gankit import pictures
from gankit.data import Batches, open_data
from gankit.data.sources.toys import gaussian
from gankit.game import Generator, Players
from gankit.game.batch import DataSpec, Images
from gankit.game.optimizers import SGD, Adam
from gankit.game.prior import Uniform
from gankit.methods.gan import GAN
from gankit.networks.parts import Scores, Stack
from gankit.training.state import State

TRUTH = gaussian()
MEAN, SD = TRUTH.means.item(), TRUTH.sd


@dataclass(frozen=True, kw_only=True)
class PointByPoint(GAN):
    """The game on a line: the generator is a smooth curve from z in [-1, 1] to x."""

    batch_size: int = 1000

    def players(self, data: DataSpec) -> Players:
        return Players(Stack(Uniform(1), nn.Sequential(*smooth(1, 64, 64, 1))), Scores(*smooth(1, 64, 64, 1)))


@dataclass(frozen=True, kw_only=True)
class FromMoments(GAN):
    """Its discriminator gives a whole batch one score, for its moments.

    The latent has eight numbers: of one, a generator bends a spike between two shoulders with the right moments.
    """

    batch_size: int = 1000

    def players(self, data: DataSpec) -> Players:
        return Players(
            Stack(Uniform(8), nn.Sequential(*smooth(8, 64, 64, 1))), Scores(Moments(), *smooth(4, 64, 64, 1))
        )


class Moments(nn.Module):
    """Mean, standard deviation, skewness and kurtosis of a batch [n, 1], as [1, 4]."""

    def forward(self, points: Tensor) -> Tensor:
        mean = points.mean()
        sd = (points - mean).square().mean().sqrt()
        standard = (points - mean) / sd
        return torch.stack([mean, sd, standard.pow(3).mean(), standard.pow(4).mean()])[None]


def smooth(*sizes: int) -> Sequence[nn.Module]:
    """Linear layers of `sizes` with tanh between them."""
    layers = [(nn.Linear(inputs, outputs), nn.Tanh()) for inputs, outputs in pairwise(sizes)]
    return list(chain(*layers))[:-1]


def start(method: GAN, seed: int) -> tuple[State, Batches]:
    """A game that has yet to be played, and the data for it."""
    pack = open_data("gaussian")
    return State(method, pack.spec, seed=seed), Batches(pack, Images, method.batch_size, seed=seed)


@torch.no_grad()
def quantiles(generator: Generator, n: int) -> Tensor:
    """What becomes of `n` z spread evenly over [-1, 1], as [n, 1]: its moments are those of the generator."""
    return generator(((torch.arange(n) + 0.5) / n * 2 - 1)[:, None])


def summary(made: Tensor) -> str:
    return f"mean {made.mean():.3f} (truth {MEAN:g}), sd {made.std():.3f} (truth {SD:g})"


def from_moments(out: Path, steps: int, seed: int) -> None:
    """Learn from moments alone: `moments.png`."""
    method = FromMoments(
        generator_optimizer=Adam(lr=1e-3, betas=(0.0, 0.99), decay_after=steps // 4, decay_steps=steps - steps // 4),
        discriminator_optimizer=Adam(lr=2e-3, betas=(0.0, 0.99)),
    )
    state, batches = start(method, seed)
    while state.step < steps:
        state.advance(batches)
    with torch.no_grad():
        made = state.average.module.sample(10_000)
    print(f"from four moments: {summary(made)}")
    real = open_data("gaussian").values[:10_000]
    print(pictures.save(pictures.cloud({"data": real, "generated": made}), out / "moments.png"))


def point_by_point(out: Path, steps: int, frames: int, seed: int) -> None:
    """Learn as an ordinary GAN does: `learning.gif`, with most frames early on, where most happens."""
    # The discriminator keeps its rate until the generator's is 0: where both fall together, they circle to the end.
    half, end = steps // 2, steps * 9 // 10
    method = PointByPoint(
        discriminator_steps=3,
        generator_optimizer=SGD(lr=0.1, momentum=0.5, decay_after=half, decay_steps=end - half),
        discriminator_optimizer=Adam(lr=5e-3, betas=(0.0, 0.99), decay_after=end, decay_steps=steps - end),
    )
    state, batches = start(method, seed)
    shown = {round(steps * (frame / frames) ** 2) for frame in range(1, frames + 1)}
    film = [picture(state)]
    while state.step < steps:
        state.advance(batches)
        if state.step in shown:
            film.append(picture(state))
    off = (probability(state, open_data("gaussian").values[:10_000, 0]) - 0.5).abs().mean()
    print(f"from every point:  {summary(quantiles(state.players.generator, 10_000))}")
    print(f"  on data D is off 1/2 by {off:.3f} on average (truth 0)")
    print(pictures.film(film, out / "learning.gif"))


@torch.no_grad()
def probability(state: State, x: Tensor) -> Tensor:
    """D at points x [n]."""
    return state.players.discriminator(x[:, None]).sigmoid()


def picture(state: State) -> Image.Image:
    """Figure 1 as it stands: the densities and D above, the map from z to x below."""
    edges = MEAN - 4.5 * SD, MEAN + 4.5 * SD
    x = torch.linspace(*edges, 400)
    figure = Figure(figsize=(4.8, 4.2), dpi=100, layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    above.plot(x, TRUTH.density(x[:, None]), color="black", linestyle=":", label="data")
    above.plot(x, density(quantiles(state.players.generator, 4000), x), color="tab:green", label="generated")
    above.plot(x, probability(state, x), color="tab:blue", linestyle="--", label="D")
    above.set(ylim=(-0.03, 1.2), title=f"step {state.step}")
    above.legend(loc="upper center", ncols=3, frameon=False)

    n = 25
    ends = quantiles(state.players.generator, n)[:, 0]
    starts = torch.linspace(MEAN - 3 * SD, MEAN + 3 * SD, n)
    below.plot(torch.stack([starts, ends]), torch.tensor([[0.0], [1.0]]).expand(2, n), color="black", linewidth=0.7)
    below.set(xlim=edges, ylim=(0, 1), yticks=(0, 1), yticklabels=("z", "x"))
    return pictures.figure_to_pil(figure)


def density(points: Tensor, x: Tensor, width: float = 0.12) -> Tensor:
    """Density of `points` [n, 1] at `x` [m], each point a bell of standard deviation `width`."""
    return replace(TRUTH, means=points, sd=width).density(x[:, None])


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A Gaussian learnt twice: from its moments, and point by point as in figure 1 of the first GAN paper."""

    steps: int = 3000
    """Generator updates of each."""
    frames: int = 80
    """Frames of the film."""
    out: Path = Path("runs/gaussian-1d")
    """Where the pictures go."""
    seed: int = 1
    """With 1 the map from z to x comes out increasing; as often it is a decreasing one."""


def main(arguments: list[str] | None = None) -> None:
    asked = tyro.cli(Recipe, args=arguments)
    torch.set_num_threads(1)  # more would spend their time waiting for each other: the networks are tiny
    from_moments(asked.out, asked.steps, asked.seed)
    point_by_point(asked.out, asked.steps, asked.frames, asked.seed)


if __name__ == "__main__":
    main()
