"""A recipe that trains for milliseconds, and a process of its own that plays the queue."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Any

import pytest
import torch

import gankit
from gankit.commands import reproduce as command
from gankit.commands.main import main
from gankit.networks import MLP
from gankit.reproduce import evidence, queue
from gankit.reproduce.pace import Pace
from gankit.reproduce.recipe import Recipe, Target, Trial, Values
from gankit.reproduce.record import read_record


def tiny(trial: Trial, **options: Any) -> Values:
    run = gankit.train(
        gankit.GAN(network=MLP(generator_widths=(8,), discriminator_widths=(8,), latent=2), batch_size=8),
        data="ring",
        out=trial.out,
        steps=trial.steps,
        seed=trial.seed,
        log_every=5,
        preview_every=0,
        checkpoint_every=5,
        say=trial.say,
        **options,
    )
    card = gankit.evaluate(run, metrics=("modes",), samples=50, weights="last", say=trial.say)
    return {"kl": card["mode-kl"].value, "modes": card["modes"].value}


TINY = Recipe(
    name="tiny",
    method="gan",
    figure="KL of the shares of modes, nats",
    paper="0.5 (table 9)",
    targets=(Target("kl", 1e3, "lower"), Target("modes", 0)),
    protocol="Eight units, twenty steps.",
    seeds=2,
    steps=20,
    run=tiny,
)


def quiet(line: str) -> None:
    pass


def work(folder: Path, *recipes: Recipe, runs: str = "runs", hours: float | None = None) -> list[str]:
    """What the queue says of `recipes`, with everything it writes under `folder`."""
    said: list[str] = []
    (folder / "results").mkdir(exist_ok=True, parents=True)
    queue.work(folder / runs, hours=hours, recipes=recipes, results=folder / "results", say=said.append)
    return said


def fixed_pace(patch: pytest.MonkeyPatch) -> None:
    """Let a trial say a second a step, so that nothing depends on the time."""
    patch.setattr(evidence, "trial_of", lambda recipe, say: Pace(recipe.steps, 1, "trial"))


def listed(patch: pytest.MonkeyPatch, recipe: Recipe, folder: Path) -> None:
    """Let `gankit reproduce` know this recipe alone, and record into `folder`/results."""
    patch.setattr(command, "RECIPES", {recipe.name: ""})
    patch.setattr(command, "recipe_called", lambda name: recipe)
    patch.setattr(command, "RECORDED", folder / "results")
    patch.setattr(command, "recorded", lambda name: read_record(folder / "results" / f"{name}.json"))
    (folder / "results").mkdir(exist_ok=True, parents=True)


def next_in_a_process(folder: Path, recipe: Recipe) -> None:
    """`gankit reproduce --next` of one recipe, in a process of its own."""
    warnings.simplefilter("error")
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        listed(patch, recipe, folder)
        fixed_pace(patch)
        sys.exit(main(["reproduce", "--next", "--out", str(folder / "runs")]))
