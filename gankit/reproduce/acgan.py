"""AC-GAN on MNIST: whether samples show the class they were asked for, and vary within it.

Odena, Olah and Shlens, "Conditional Image Synthesis With Auxiliary Classifier GANs", 2016. arXiv:1610.09585
"""

from __future__ import annotations

from functools import partial

import gankit
from gankit.reproduce.recipe import Recipe, Target, Trial, Values


def agreement(trial: Trial, *, fake_class: bool = True) -> Values:
    """`fake_class` is that of the method."""
    from gankit.networks import DCGANNetwork
    from gankit.reproduce.diversity import class_diversity

    run = trial.train(
        gankit.ACGAN(network=DCGANNetwork(width=64 if trial.fraction == 1 else 16), fake_class=fake_class),
    )
    card = gankit.evaluate(run, metrics=("class-accuracy",), weights="last", say=trial.say)
    averaged = gankit.evaluate(run, metrics=("class-accuracy",), weights="average", say=trial.say)
    ratios = class_diversity(run, seed=trial.seed)
    return {
        "agreement": card["class-accuracy"].value,
        "agreement-of-average": averaged["class-accuracy"].value,
        "diversity": float(ratios.mean()),
        "least-diversity": float(ratios.min()),
    }


FIGURE = "share of samples that a classifier of real MNIST sees the asked digit in"
PAPER = "none on MNIST; on ImageNet 84.7 % of classes are as diverse as real images of some class (abstract)"
TARGETS = (Target("agreement", 0.97), Target("diversity", 0.9))
PROTOCOL = (
    "DCGAN's networks. Last weights, and their average beside them, 1,000 samples of each class, by mnist-cnn. "
    "Diversity is the mean distance of two samples of a class in that classifier's features, over that of two test "
    "images of it: the mean of ten classes, and the least. (The paper's measure, MS-SSIM, needs larger images.) A "
    "reduced run has a quarter of the width, too."
)


AGREEMENT = Recipe(
    name="acgan-agreement",
    method="acgan",
    figure=FIGURE,
    paper=PAPER,
    targets=TARGETS,
    protocol=PROTOCOL,
    seeds=3,
    steps=10_000,
    run=agreement,
)
REAL_CLASSES = Recipe(
    name="acgan-real-classes",
    method="acgan",
    figure=FIGURE,
    paper=PAPER,
    targets=TARGETS,
    protocol=(
        f"{PROTOCOL} The discriminator learns classes from data alone (fake_class off), where the paper's learns "
        "them from samples as well."
    ),
    seeds=3,
    steps=10_000,
    run=partial(agreement, fake_class=False),
)
