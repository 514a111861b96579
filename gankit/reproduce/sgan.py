"""Classifiers of MNIST from few labels: Odena's beside the same network alone, and Salimans' feature matching.

Odena, "Semi-Supervised Learning with Generative Adversarial Networks", 2016. arXiv:1606.01583
Salimans et al., "Improved Techniques for Training GANs", 2016. arXiv:1606.03498
"""

from __future__ import annotations

import gankit
from gankit.reproduce.recipe import Recipe, Target, Trial, Values


def few_labels(trial: Trial) -> Values:
    """Test accuracy in the game and alone, and what the game adds, at each number of labels."""
    from gankit.networks import DCGANNetwork
    from gankit.reproduce.supervised import Alone

    network = DCGANNetwork(width=64 if trial.fraction == 1 else 16)
    found: Values = {}
    for labels in (100, 50, 25):
        for name, kind in (("sgan", gankit.SGAN), ("alone", Alone)):
            run = trial.train(
                kind(labels=labels, network=network, batch_size=64),
                name=f"{name}-{labels}",
            )
            found[f"{name}-{labels}"] = accuracy(run)
        found[f"gap-{labels}"] = found[f"sgan-{labels}"] - found[f"alone-{labels}"]
    return found


def feature_matching(trial: Trial) -> Values:
    """Test error in % with 100 labels."""
    run = trial.train(
        gankit.SGAN.preset("feature-matching"),
        name="sgan",
    )
    return {"error": 100 * (1 - accuracy(run))}


def accuracy(run: gankit.Run) -> float:
    card = gankit.evaluate(run, metrics=("accuracy",), samples=2, say=lambda line: None)
    return card["accuracy"].value


LABELS = Recipe(
    name="sgan-labels",
    method="sgan",
    figure="test accuracy on MNIST with 100, 50 and 25 labels, and the gap to the same network alone",
    paper="0.928, 0.883 and 0.802 in the game; 0.895, 0.859 and 0.750 alone (Odena 2016, table 1)",
    targets=(
        Target("sgan-100", 0.928),
        Target("gap-100", 0.033),
        Target("sgan-50", 0.883),
        Target("gap-50", 0.024),
        Target("sgan-25", 0.802),
        Target("gap-25", 0.052),
    ),
    protocol=(
        "DCGAN's networks, batches of 64; as many labels of each class, drawn by the seed; last weights, 10,000 "
        "test images. Alone, the discriminator learns from the same labelled batches with the same optimiser. The "
        "paper gives neither widths nor rates nor steps, and no spread. A reduced run has a quarter of the width, "
        "too."
    ),
    seeds=3,
    steps=10_000,
    run=few_labels,
    trainings=6,
)

FEATURES = Recipe(
    name="sgan-features",
    method="sgan",
    figure="test error in % on MNIST with 100 labels, feature matching",
    paper="0.93 ± 0.065 over 10 draws of the labels (Salimans et al. 2016, table 1)",
    targets=(Target("error", 1.5, "lower"),),
    protocol=(
        "The released code's networks, rate of 3e-3, floor within Adam's root, scales that stay as the data start them "
        "(one batch of 100 images, where the code shows 500) and average of the discriminator's weights at 1e-4 a "
        "step, without the code's start of it at zero; 300 epochs. Both players of a step see the same images, in the "
        "code other ones. 10,000 test images, after the last step, not the best."
    ),
    seeds=10,
    steps=180_000,
    run=feature_matching,
)
