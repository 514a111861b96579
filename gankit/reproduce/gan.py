"""GAN's figure on MNIST: the Parzen-window likelihood of table 1.

Goodfellow et al., "Generative Adversarial Networks", 2014. arXiv:1406.2661
"""

from __future__ import annotations

import gankit
from gankit.reproduce.recipe import Recipe, Target, Trial, Values


def parzen(trial: Trial) -> Values:
    """Of the last weights, as in the paper, and of their average beside it."""
    run = trial.train(
        gankit.GAN(),
        precision="fp32",
    )
    values = {}
    for name, weights in (("parzen", "last"), ("parzen-of-average", "average")):
        card = gankit.evaluate(run, metrics=("parzen",), weights=weights, say=trial.say)
        values[name] = card["parzen"].value
    return values


PARZEN = Recipe(
    name="gan-parzen",
    method="gan",
    figure="Parzen log-likelihood of MNIST, nats",
    paper="225 ± 2 (table 1; ± over test images)",
    targets=(Target("parzen", 225),),
    protocol=(
        "The paper's networks and SGD with the released code's values, both players moving at once as they do there; "
        "250 epochs' worth of 500 updates, in which the momentum grows, since no stopping rule is stated. Last "
        "weights, 10,000 samples, width from 10 between 0.1 and 1 by 1,000 validation images, 10,000 test images. "
        "Trained on all 60,000 images, the validation ones among them; the released code trains on 50,000."
    ),
    seeds=1,
    steps=125_000,
    run=parzen,
)
