"""GAN's figure on MNIST: the Parzen-window likelihood of table 1.

Goodfellow et al., "Generative Adversarial Networks", 2014. arXiv:1406.2661
"""

from __future__ import annotations

from functools import partial
from typing import Literal

import gankit
from gankit.reproduce.recipe import Recipe, Target, Trial, Values

LOOKS = (25, 50, 75)
"""Percent of the run after which it is scored on its way."""


def parzen(trial: Trial) -> Values:
    """Of the last weights, as in the paper, and of their average beside it; then of the weights along the run."""
    values: Values = {}
    for percent in LOOKS:
        name, steps = f"parzen-at-{percent}", max(1, trial.steps * percent // 100)
        values[name] = trial.noted(name, partial(likelihood, trial, "last", steps))
    last = {"parzen": likelihood(trial, "last"), "parzen-of-average": likelihood(trial, "average")}
    return {**last, **values}


def likelihood(trial: Trial, weights: Literal["last", "average"], steps: int | None = None) -> float:
    """After `steps` updates of the trial's run, or all of them."""
    run = trial.train(gankit.GAN(), precision="fp32", steps=steps or trial.steps)
    return gankit.evaluate(run, metrics=("parzen",), weights=weights, say=trial.say)["parzen"].value


PARZEN = Recipe(
    name="gan-parzen",
    method="gan",
    figure="Parzen log-likelihood of MNIST, nats",
    paper="225 ± 2 (table 1; ± over test images)",
    targets=(Target("parzen", 225),),
    protocol=(
        "The paper's networks and SGD with the released code's values, both players moving at once and under one "
        "dropout mask, as they do there; 1,000 epochs' worth of 500 updates, in the first 250 of which the momentum "
        "grows, since no stopping rule is stated. Last weights, also after a quarter, a half and three quarters; "
        "10,000 samples, width from 10 between 0.1 and 1 by 1,000 validation images, 10,000 test images. Trained on "
        "all 60,000 images, the validation ones among them; the released code trains on 50,000."
    ),
    seeds=1,
    steps=500_000,
    run=parzen,
)
