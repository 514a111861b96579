"""Which terms of R3GAN's loss find all modes of a ring and of a grid.

Huang et al., "The GAN is dead; long live the GAN! A Modern GAN Baseline", 2024. arXiv:2501.05441 (table 1)
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import gankit
from gankit.reproduce.recipe import Recipe, Target, Trial, Values
from gankit.reproduce.toys import POINTS, modes, scored

ABLATIONS: dict[str, dict[str, Any]] = {
    "": {},
    "-gan-r1-r2": {"relativistic": False},
    "-r1": {"r2": 0.0},
    "-gan-r1": {"relativistic": False, "r2": 0.0},
}
"""The four losses of table 1, by what their figures' names end in: R3GAN's own, GAN's with both penalties, relativistic
with R1 alone, and GAN's with R1 alone."""


PAPER = "none on points; 1,000, 693, none and none of StackedMNIST's 1,000 modes in this order of losses (table 1)"


def ablation(data: str, trial: Trial) -> Values:
    method = gankit.R3GAN.preset("toy")
    found: Values = {}
    for name, changes in ABLATIONS.items():
        part = replace(trial, out=trial.out / f"r3gan{name}")
        found |= {
            f"{figure}{name}": value
            for figure, value in modes(scored(replace(method, **changes), data, "modes", part)).items()
        }
    return found


def toy(data: str, count: int, steps: int) -> Recipe:
    return Recipe(
        name=f"r3gan-{data}",
        method="r3gan",
        figure=f"modes of {count}, and share of high-quality points",
        paper=PAPER,
        targets=(Target("modes", count), Target("high-quality", 0.9)),
        protocol=(
            "Four losses: relativistic with R1 and R2, GAN's with both, relativistic with R1, GAN's with R1. "
            "Two hidden layers of 128 leaky ReLU in both players, latents of 2, a penalty of 0.1, Adam at 1e-3 with "
            f"betas 0 and 0.99, batches of 256, {steps:,} updates, last weights. {POINTS} The sizes are ours."
        ),
        seeds=10,
        steps=steps,
        run=partial(ablation, data),
        trainings=len(ABLATIONS),
    )


RING = toy("ring", 8, 3_000)
GRID = toy("grid", 25, 3_000)
