"""AC-GAN on MNIST: whether samples show the class they were asked for, and vary within it.

Odena, Olah and Shlens, "Conditional Image Synthesis With Auxiliary Classifier GANs", 2016. arXiv:1610.09585
"""

from __future__ import annotations

import gankit
from gankit.reproduce.recipe import Recipe, Target, Trial, Values


def agreement(trial: Trial) -> Values:
    from gankit.networks import DCGANNetwork
    from gankit.reproduce.diversity import class_diversity

    run = gankit.train(
        gankit.ACGAN(network=DCGANNetwork(width=64 if trial.fraction == 1 else 16)),
        data="mnist",
        out=trial.out,
        steps=trial.steps,
        seed=trial.seed,
        preview_every=0,
        say=trial.say,
    )
    card = gankit.evaluate(run, metrics=("class-accuracy",), weights="last", say=trial.say)
    ratios = class_diversity(run, seed=trial.seed)
    return {
        "agreement": card["class-accuracy"].value,
        "diversity": float(ratios.mean()),
        "least-diversity": float(ratios.min()),
    }


AGREEMENT = Recipe(
    name="acgan-agreement",
    method="acgan",
    figure="share of samples that a classifier of real MNIST sees the asked digit in",
    paper="none on MNIST; on ImageNet 84.7 % of classes are as diverse as real images of some class (abstract)",
    targets=(Target("agreement", 0.97), Target("diversity", 0.9)),
    protocol=(
        "DCGAN's networks. Last weights, 1,000 samples of each class, by mnist-cnn. Diversity is the mean distance "
        "of two samples of a class in that classifier's features, over that of two test images of it: the mean of "
        "ten classes, and the least. (The paper's measure, MS-SSIM, needs larger images.) A reduced run has a "
        "quarter of the width, too."
    ),
    seeds=3,
    steps=10_000,
    run=agreement,
)
