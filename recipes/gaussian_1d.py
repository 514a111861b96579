"""The two pictures that GANs are explained with, both of a Gaussian of mean 4 and standard deviation 1.25.

`moments.png`: a generator learns it from a discriminator that never sees a point, only the first four moments
of a whole batch, for which it gives one score.

`learning.gif`: figure 1 of the first paper as a film. An ordinary discriminator D (blue) scores point by point,
while the generated density (green) moves onto the data's (black, dotted) and D to 1/2; the lines below show
where the generator sends evenly spread z.

Goodfellow et al., "Generative Adversarial Networks", 2014. arXiv:1406.2661

    python recipes/gaussian_1d.py
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import tyro
from matplotlib.figure import Figure
from PIL import Image
from torch import Tensor, nn

from gankit import pictures
from gankit.batch import DataSpec, Images
from gankit.data import Batches, open_pack
from gankit.data.toys import gaussian
from gankit.game import Generator, Players
from gankit.methods.gan import GAN
from gankit.networks import MLP
from gankit.networks.parts import Scores, Stack
from gankit.optimizers import Adam
from gankit.prior import Uniform
from gankit.training.state import State

MEAN, SD = gaussian().means.item(), gaussian().sd


@dataclass(frozen=True, kw_only=True)
class FromInterval(MLP):
    """An MLP whose latent is a number from [-1, 1], so that the generator is a curve from z to x."""

    generator_widths: tuple[int, ...] = (32, 32)
    discriminator_widths: tuple[int, ...] = (32, 32)
    latent: int = 1
    dropout: float = 0.0

    def generator(self, data: DataSpec) -> Generator:
        body = super().generator(data)
        assert isinstance(body, Stack)
        return Stack(Uniform(self.latent), body.body)


class Moments(nn.Module):
    """The mean, standard deviation, skewness and kurtosis of a batch [n, 1], as [1, 4]."""

    def forward(self, points: Tensor) -> Tensor:
        mean = points.mean()
        sd = (points - mean).square().mean().sqrt()
        standard = (points - mean) / sd
        return torch.stack([mean, sd, standard.pow(3).mean(), standard.pow(4).mean()])[None]


@dataclass(frozen=True, kw_only=True)
class MomentsOnly(FromInterval):
    """Its discriminator gives a batch one score [1], for its moments."""

    def discriminator(self, data: DataSpec) -> nn.Module:
        return Scores(Moments(), *super().discriminator(DataSpec(shape=(4,), bounded=False)))


def gan(network: MLP, steps: int, *, lr: float, discriminator_steps: int) -> GAN:
    """The game between small networks; rates that fall to 0 let the players settle."""
    adam = Adam(lr=lr, betas=(0.5, 0.999), decay_after=steps // 4, decay_steps=steps - steps // 4)
    return GAN(
        network=network,
        batch_size=500,
        discriminator_steps=discriminator_steps,
        generator_optimizer=adam,
        discriminator_optimizer=adam,
    )


def play(method: GAN, steps: int, seed: int) -> Iterator[Players]:
    """The players before each of `steps` steps, and after the last."""
    pack = open_pack("gaussian")
    batches = Batches(pack, Images, method.batch_size, seed=seed)
    state = State(method, pack.spec, seed=seed)
    yield state.players
    for _ in range(steps):
        state.advance(batches)
        yield state.players


@torch.no_grad()
def curve(players: Players, z: Tensor) -> Tensor:
    """Where the generator sends z [n], as [n]."""
    return players.generator(z[:, None])[:, 0]


def spread(n: int) -> Tensor:
    """`n` even points of [-1, 1]: their images under the generator are even quantiles of what it makes."""
    return (torch.arange(n) + 0.5) / n * 2 - 1


def moments(out: Path, steps: int, seed: int) -> None:
    """Learn from the moments alone, and say how close it came."""
    *_, players = play(gan(MomentsOnly(), steps, lr=1e-3, discriminator_steps=1), steps, seed)
    made = curve(players, spread(10_000))
    print(f"from four moments alone: mean {made.mean():.3f} (truth {MEAN}), sd {made.std():.3f} (truth {SD})")
    real = open_pack("gaussian").values[:10_000]
    print(pictures.save(pictures.cloud({"data": real, "generated": made[:, None]}), out / "moments.png"))


def learning(out: Path, steps: int, frames: int, seed: int) -> None:
    """Film an ordinary GAN as it learns, with most frames early on, where most happens."""
    shown = {round(steps * (frame / (frames - 1)) ** 2) for frame in range(frames)}
    game = play(gan(FromInterval(), steps, lr=2e-3, discriminator_steps=5), steps, seed)
    film = []
    for step, players in enumerate(game):
        if step in shown:
            film.append(frame_of(players, step))
    made = curve(players, spread(10_000))
    d = players.discriminator(torch.linspace(MEAN - 2 * SD, MEAN + 2 * SD, 200)[:, None]).sigmoid()
    print(f"from every point: mean {made.mean():.3f} (truth {MEAN}), sd {made.std():.3f} (truth {SD}),")
    print(f"  D within 2 sd of the mean from {d.min():.3f} to {d.max():.3f} (truth 0.5)")
    print(pictures.film(film, out / "learning.gif"))


@torch.no_grad()
def frame_of(players: Players, step: int) -> Image.Image:
    """Figure 1 as it stands: densities and D above, the map from z to x below."""
    left, right = MEAN - 4.5 * SD, MEAN + 4.5 * SD
    x = torch.linspace(left, right, 400)
    figure = Figure(figsize=(4.8, 4.2), dpi=100, layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    above.plot(x, gaussian().density(x[:, None]), "k:", label="data")
    above.plot(x, smooth_density(curve(players, spread(4000)), x), color="tab:green", label="generated")
    above.plot(x, players.discriminator(x[:, None]).sigmoid(), color="tab:blue", linestyle="--", label="D")
    above.set(ylim=(-0.03, 1.03), title=f"step {step}")
    above.legend(loc="upper left")

    z = torch.linspace(-1, 1, 25)
    places = MEAN + z * 3 * SD
    below.plot(np.stack([places, curve(players, z)]), [[0.0], [1.0]] * np.ones((1, 25)), "k-", linewidth=0.7)
    below.set(xlim=(left, right), ylim=(0, 1), yticks=(0, 1), yticklabels=("z", "x"))
    return pictures.figure_to_pil(figure)


def smooth_density(points: Tensor, x: Tensor, width: float = 0.12) -> Tensor:
    """Density of `points` [n] at `x` [m], each point a bell of standard deviation `width`."""
    bells = (-((x[:, None] - points) / width).square() / 2).exp()
    return bells.mean(1) / (width * (2 * torch.pi) ** 0.5)


def main(*, steps: int = 2000, frames: int = 80, seed: int = 0, out: Path = Path("runs/gaussian-1d")) -> None:
    """Learn a Gaussian in one dimension twice, and draw it.

    Args:
        steps: generator updates of each run.
        frames: pictures in the film.
        seed: every random number follows from it.
        out: where the pictures go.
    """
    moments(out, steps, seed)
    learning(out, steps, frames, seed)


if __name__ == "__main__":
    tyro.cli(main)
