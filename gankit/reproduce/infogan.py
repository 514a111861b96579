"""InfoGAN's categorical code on MNIST, read as a classifier.

Chen et al., "InfoGAN: Interpretable Representation Learning by Information Maximizing Generative Adversarial Nets",
2016. arXiv:1606.03657
"""

from __future__ import annotations

from functools import partial

import gankit
from gankit.reproduce.recipe import Recipe, Target, Trial, Values


def played(settings: str, *, reduced: bool) -> gankit.InfoGAN:
    """InfoGAN as the paper has it, or by the preset `released`; `reduced` halves the widths."""
    from dataclasses import replace

    method = gankit.InfoGAN.preset("released") if settings == "released" else gankit.InfoGAN()
    return replace(method, network=replace(method.network, width=32, hidden=512)) if reduced else method


def codes(settings: str, trial: Trial) -> Values:
    """Errors in %, when each category is one digit, and when several may be the same."""
    run = trial.train(
        played(settings, reduced=trial.fraction < 1),
    )
    card = gankit.evaluate(run, metrics=("accuracy",), samples=2, say=trial.say)
    found = {"error": "cluster-accuracy", "error-many-to-one": "many-to-one-accuracy"}
    return {name: 100 * (1 - card[figure].value) for name, figure in found.items()}


def recipe(name: str, settings: str, weights: str) -> Recipe:
    return Recipe(
        name=name,
        method="infogan",
        figure="error of the categorical code as a classifier of MNIST's test images, %",
        paper="5 (section 7.2; one number, with neither seeds nor spread)",
        targets=(Target("error", 5, "lower", "median"),),
        protocol=(
            "The paper's networks, rates, codes and 5,000 updates of 128. Each category is matched to one digit "
            "(Hungarian method); beside it the error where several may share a digit. Last weights, 10,000 test "
            f"images; the median of ten seeds is judged. {weights} A reduced run has half of the widths, too."
        ),
        seeds=10,
        steps=5_000,
        run=partial(codes, settings),
    )


CODES = recipe(
    "infogan-codes",
    "paper",
    "As the paper says where it does: slope 0.1, Q's spread learned; our weight of the continuous codes is 0.1.",
)
RELEASED = recipe(
    "infogan-released",
    "released",
    "As the released code: slope 0.01, Q's spread fixed at 1, weight 1 for every code.",
)
