"""Which terms of R3GAN's loss find all modes: of a ring, of a grid, and of StackedMNIST.

Huang et al., "The GAN is dead; long live the GAN! A Modern GAN Baseline", 2024. arXiv:2501.05441 (table 1)
"""

from __future__ import annotations

from collections.abc import Callable
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


LOSSES = "Four losses: relativistic with R1 and R2, GAN's with both, relativistic with R1, GAN's with R1."
PAPER = "1,000, 693, none and none of StackedMNIST's 1,000 modes in this order of losses (table 1)"


def ablation(score: Callable[[gankit.R3GAN, Trial], Values], method: gankit.R3GAN, trial: Trial) -> Values:
    """What `score` finds of `method` under each loss."""
    found: Values = {}
    for name, changes in ABLATIONS.items():
        part = replace(trial, out=trial.out / f"r3gan{name}")
        found |= {f"{figure}{name}": value for figure, value in score(replace(method, **changes), part).items()}
    return found


def on_points(data: str, trial: Trial) -> Values:
    return ablation(lambda method, part: modes(scored(method, data, "modes", part)), gankit.R3GAN.preset("toy"), trial)


def stacked() -> gankit.R3GAN:
    """R3GAN with players of a quarter of a million weights each."""
    from gankit.networks import R3GANNetwork

    return gankit.R3GAN(network=R3GANNetwork(width=96, blocks=1), batch_size=64)


def on_stacked_mnist(trial: Trial) -> Values:
    return ablation(stacked_modes, stacked(), trial)


def stacked_modes(method: gankit.R3GAN, trial: Trial) -> Values:
    run = trial.train(method, data="stacked-mnist", size=32, ema_images=500_000, log_every=100, checkpoint_every=500)
    card = gankit.evaluate(run, metrics=("modes",), say=trial.say)
    return {"modes": card["modes"].value, "kl": card["mode-kl"].value}


def toy(data: str, count: int, steps: int) -> Recipe:
    return Recipe(
        name=f"r3gan-{data}",
        method="r3gan",
        figure=f"modes of {count}, and share of high-quality points",
        paper=f"none on points; {PAPER}",
        targets=(Target("modes", count), Target("high-quality", 0.9)),
        protocol=(
            f"{LOSSES} "
            "Two hidden layers of 128 leaky ReLU in both players, latents of 2, a penalty of 0.1, Adam at 1e-3 with "
            f"betas 0 and 0.99, batches of 256, {steps:,} updates, last weights. {POINTS} The sizes are ours."
        ),
        seeds=10,
        steps=steps,
        run=partial(on_points, data),
        trainings=len(ABLATIONS),
    )


RING = toy("ring", 8, 3_000)
GRID = toy("grid", 25, 3_000)
STACKED = Recipe(
    name="r3gan-stacked",
    method="r3gan",
    figure="modes of StackedMNIST's 1,000",
    paper=PAPER,
    targets=(Target("modes", 1000),),
    protocol=(
        f"{LOSSES} The paper's blocks, one a stage and 96 channels wide, a quarter of a million weights in either "
        "player; a penalty of 1, Adam at 2e-4 with betas 0 and 0.99, batches of 64, 20,000 updates (1.28 million "
        "images), 26,000 samples of the average by images, by mnist-cnn on each channel. The sizes are ours: the paper "
        "does not say those of its ablation, and its full network learns 20.7 million weights from 10 million images."
    ),
    seeds=1,
    steps=20_000,
    run=on_stacked_mnist,
    trainings=len(ABLATIONS),
)
