"""InfoGAN's categorical code on MNIST, read as a classifier.

Chen et al., "InfoGAN: Interpretable Representation Learning by Information Maximizing Generative Adversarial Nets",
2016. arXiv:1606.03657
"""

from __future__ import annotations

import gankit
from gankit.reproduce.recipe import Recipe, Target, Trial, Values


def codes(trial: Trial) -> Values:
    """Error in % when each category is one digit."""
    from gankit.networks import InfoGANNetwork

    width, hidden = (64, 1024) if trial.fraction == 1 else (32, 512)
    run = gankit.train(
        gankit.InfoGAN(network=InfoGANNetwork(width=width, hidden=hidden)),
        data="mnist",
        out=trial.out,
        steps=trial.steps,
        seed=trial.seed,
        preview_every=0,
        say=trial.say,
    )
    card = gankit.evaluate(run, metrics=("accuracy",), samples=2, say=trial.say)
    return {"error": 100 * (1 - card["cluster-accuracy"].value)}


CODES = Recipe(
    name="infogan-codes",
    method="infogan",
    figure="error of the categorical code as a classifier of MNIST's test images, %",
    paper="5 (section 7.2; one number, with neither seeds nor spread)",
    targets=(Target("error", 5, "lower"),),
    protocol=(
        "The paper's networks, rates, codes and 5,000 updates of 128. Each category is matched to one digit "
        "(Hungarian method); last weights, 10,000 test images. Our weight of the continuous codes is 0.1, with Q's "
        "spread learned. A reduced run has half of the widths, too."
    ),
    seeds=10,
    steps=5_000,
    run=codes,
)
