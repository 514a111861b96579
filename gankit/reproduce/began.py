"""BEGAN's balance: its measure of convergence falls, k stays between its bounds, and gamma buys variety.

Berthelot et al., "BEGAN: Boundary Equilibrium Generative Adversarial Networks", 2017. arXiv:1703.10717
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import gankit
from gankit.reproduce.recipe import Recipe, Target, Trial, Values

GAMMAS = (0.3, 0.5, 0.7)


def balance(trial: Trial) -> Values:
    from gankit.game.optimizers import Adam
    from gankit.networks import AutoencoderOrMLP, BEGANNetwork
    from gankit.reproduce.diversity import diversity
    from gankit.training.log import read_log

    rate = Adam(lr=5e-4, betas=(0.9, 0.999))
    network = AutoencoderOrMLP(conv=BEGANNetwork(filters=16, code=16, base=7))
    method = gankit.BEGAN(network=network, gain=0.05, generator_optimizer=rate, discriminator_optimizer=rate)
    variety, fallen, inside = [], [], []
    for gamma in GAMMAS:
        run = gankit.train(
            replace(method, diversity=gamma),
            data="mnist",
            out=trial.out / f"gamma-{gamma:g}",
            steps=trial.steps,
            seed=trial.seed,
            preview_every=0,
            log_every=max(1, trial.steps // 50),
            say=trial.say,
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
