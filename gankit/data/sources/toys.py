"""Toys: distributions whose truth is known, so that a generator can be judged exactly."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import torch
from torch import Tensor

from gankit.data.pack import Pack, Report
from gankit.game.batch import DataSpec

POINTS = 100_000
SEEDS = {"train": 0, "test": 1}


@dataclass(frozen=True, eq=False)
class Mixture:
    """Equally likely round Gaussians: `means` [K, D], one standard deviation `sd`."""

    means: Tensor
    sd: float

    def density(self, x: Tensor) -> Tensor:
        """The density at points [n, D], as [n]."""
        dimensions = self.means.shape[1]
        squares = (x[:, None] - self.means.to(x)).square().sum(-1)
        height = (2 * math.pi * self.sd**2) ** (-dimensions / 2)
        return height * (-squares / (2 * self.sd**2)).exp().mean(1)

    def draw(self, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """`n` points [n, D] and the mode [n] that each comes from."""
        modes = rng.integers(len(self.means), size=n)
        means = self.means.numpy()
        return means[modes] + self.sd * rng.standard_normal((n, means.shape[1])), modes


def gaussian() -> Mixture:
    """One dimension, mean 4, standard deviation 1.25."""
    return Mixture(torch.tensor([[4.0]]), 1.25)


def ring() -> Mixture:
    """Eight modes on a circle of radius 2, sd 0.02, all over sqrt(2), as in the code of WGAN-GP."""
    angles = 2 * math.pi * torch.arange(8, dtype=torch.float64) / 8
    circle = 2 * torch.stack([angles.cos(), angles.sin()], 1)
    return Mixture((circle / math.sqrt(2)).float(), 0.02 / math.sqrt(2))


def grid() -> Mixture:
    """Twenty-five modes, two apart, sd 0.05, all over 2.828, as in the code of WGAN-GP."""
    side = 2 * torch.arange(-2, 3, dtype=torch.float64)
    return Mixture((torch.cartesian_prod(side, side) / 2.828).float(), 0.05 / 2.828)


def swiss_roll(n: int, rng: np.random.Generator) -> np.ndarray:
    """Points [n, 2] of scikit-learn's swiss roll (noise 0.25, seen from the side) over 7.5."""
    t = 1.5 * math.pi * (1 + 2 * rng.random(n))
    roll = np.stack([t * np.cos(t), t * np.sin(t)], axis=1)
    return (roll + 0.25 * rng.standard_normal((n, 2))) / 7.5


MIXTURES: dict[str, Callable[[], Mixture]] = {"gaussian": gaussian, "ring": ring, "grid": grid}
NAMES = (*MIXTURES, "swiss-roll")


def truth(name: str) -> Mixture | None:
    """The mixture that the toy `name` is drawn from; None where there is none to know."""
    return MIXTURES[name]() if name in MIXTURES else None


def open_toy(name: str, split: str) -> Pack:
    """100,000 points of the toy `name`, always the same, in memory; the splits are drawn apart."""
    rng = np.random.default_rng(SEEDS[split])
    mixture = truth(name)
    points, modes = mixture.draw(POINTS, rng) if mixture else (swiss_roll(POINTS, rng), None)
    values = torch.from_numpy(points.astype(np.float32))
    digest = blake2b(values.numpy().tobytes(), digest_size=20).hexdigest()
    labelled = mixture is not None and len(mixture.means) > 1
    return Pack(
        source=name,
        spec=DataSpec(
            shape=(values.shape[1],),
            classes=tuple(f"mode {mode}" for mode in range(len(mixture.means))) if mixture and labelled else (),
            bounded=False,
            mean=values.mean(0),
        ),
        values=values,
        labels=torch.from_numpy(modes.astype(np.int64)) if labelled and modes is not None else None,
        key=digest,
        content=digest,
        report=Report(notes=[f"{POINTS:,} points drawn from a fixed seed"], bits=32),
    )
