"""BEGAN's balance: its measure of convergence falls, k stays between its bounds, and gamma buys variety.

Berthelot et al., "BEGAN: Boundary Equilibrium Generative Adversarial Networks", 2017. arXiv:1703.10717
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import log2

import gankit
from gankit.reproduce.recipe import Recipe, Target, Trial, Values

GAMMAS = (0.3, 0.5, 0.7)
PATIENCE = 2_000
"""Steps of a mean of M: a tenth of a full run."""


def on_small_pictures(*, filters: int, patience: int) -> gankit.BEGAN:
    """BEGAN with a code, a controller and a rate, all of them ours, for pictures of 28x28."""
    from gankit.game.optimizers import Adam
    from gankit.networks import AutoencoderOrMLP, BEGANNetwork

    rate = Adam(lr=5e-4, betas=(0.9, 0.999))
    network = AutoencoderOrMLP(conv=BEGANNetwork(filters=filters, code=16, base=7))
    return gankit.BEGAN(
        network=network, gain=0.05, patience=patience, generator_optimizer=rate, discriminator_optimizer=rate
    )


def digits(trial: Trial) -> Values:
    """How near the samples come at gamma 0.9, and how often the rates were halved."""
    run = trial.train(
        replace(on_small_pictures(filters=32, patience=PATIENCE), diversity=0.9),
    )
    card = gankit.evaluate(run, metrics=("frechet", "inception-score"), say=trial.say)
    return {
        "inception-score": card["inception-score"].value,
        "frechet": card["frechet"].value,
        "halvings": -log2(run.players(device="cpu").get_buffer("rate")),
    }


def balance(trial: Trial) -> Values:
    from gankit.reproduce.diversity import diversity
    from gankit.training.log import read_log

    method = on_small_pictures(filters=16, patience=0)
    variety, fallen, inside = [], [], []
    for gamma in GAMMAS:
        run = trial.train(
            replace(method, diversity=gamma),
            log_every=max(1, trial.steps // 50),
            name=f"gamma-{gamma:g}",
        )
        log = read_log(run.directory / "log.jsonl")
        measure = [line["convergence"] for line in log if "convergence" in line]
        tenth = max(1, len(measure) // 10)
        fallen.append(sum(measure[-tenth:]) / sum(measure[:tenth]))
        weights = [line["k"] for line in log if "k" in line]
        late = weights[len(weights) // 2 :]
        inside.append(sum(0 < k < 1 for k in late) / len(late))
        variety.append(diversity(run, seed=trial.seed))
    return {
        "growth": min(more - less for less, more in pairwise(variety)),
        **{f"diversity-{gamma:g}": found for gamma, found in zip(GAMMAS, variety, strict=True)},
        "convergence-ratio": max(fallen),
        "k-inside": min(inside),
    }


BALANCE = Recipe(
    name="began-balance",
    method="began",
    figure="how much more diverse samples of MNIST are from one gamma to the next of 0.3, 0.5 and 0.7, at least",
    paper="a picture of faces of more variety at each (figure 3), and M falling (figure 4); no number",
    targets=(
        Target("growth", 0.02),
        Target("convergence-ratio", 0.5, "lower"),
        Target("k-inside", 0.9),
    ),
    protocol=(
        "16 filters, a code of 16, levels down to 7x7, a generator that starts as dark as the data, rate 5e-4 and gain "
        "0.05, which are ours, for small pictures. "
        "Diversity is the mean distance of two samples in mnist-cnn's features over that of two test images; M is "
        "the mean of the last tenth of the run over that of the first, at the gamma where it falls least. k is held "
        "in [0, 1] by its rule, so what is counted is how often it is at neither end in the second half of the log, at "
        "the gamma where it is least often. Last weights."
    ),
    seeds=1,
    steps=20_000,
    run=balance,
    trainings=len(GAMMAS),
)

DIGITS = Recipe(
    name="began-digits",
    method="began",
    figure="Inception Score by mnist-cnn of samples of MNIST at gamma 0.9, of 10 at most",
    paper="pictures of faces at gamma 0.3 to 0.7 (figure 3), by rates that are halved when M stalls (section 4.1); no "
    "number on MNIST",
    targets=(),
    protocol=(
        "Gamma 0.9, as digits are more various than faces; 32 filters, a code of 16, levels down to 7x7, a generator "
        "that starts as dark as the data, rate 5e-4 and gain 0.05, which are ours, for small pictures. The rates are "
        "halved whenever the mean of M over 2,000 updates is not below every such mean before it. The average "
        "generator; 10,000 samples, mnist-cnn. Beside it the Fréchet distance to the test images, and how often the "
        "rates were halved."
    ),
    seeds=3,
    steps=20_000,
    run=digits,
)
