"""CatGAN's figures on MNIST: from 100 labels, and from none.

Springenberg, "Unsupervised and Semi-supervised Learning with Categorical Generative Adversarial Networks", 2015.
arXiv:1511.06390
"""

from __future__ import annotations

import gankit
from gankit.reproduce.recipe import Recipe, Target, Trial, Values


def scored(method: gankit.CatGAN, trial: Trial) -> gankit.Card:
    run = trial.train(method)
    return gankit.evaluate(run, metrics=("accuracy",), samples=2, say=trial.say)


def from_labels(trial: Trial) -> Values:
    """Test error in % with 100 labels."""
    return {"error": 100 * (1 - scored(gankit.CatGAN(labels=100), trial)["accuracy"].value)}


def by_convolutions(trial: Trial) -> Values:
    """Test error in % with 100 labels, by the convolutional pair."""
    from gankit.networks import ConvCatGAN

    method = gankit.CatGAN(labels=100, network=ConvCatGAN())
    return {"error": 100 * (1 - scored(method, trial)["accuracy"].value)}


def from_none(trial: Trial) -> Values:
    """Test error in % of 20 clusters named by 100 images."""
    card = scored(gankit.CatGAN(categories=20), trial)
    return {"error": 100 * (1 - card["two-step-accuracy"].value)}


NETWORKS = (
    "The paper's networks for permuted pixels, as far as they are known; rates, slope and latent are ours. Last "
    "weights, 10,000 test images."
)

LABELS = Recipe(
    name="catgan-100",
    method="catgan",
    figure="test error on MNIST with 100 labels, pixels in any order, %",
    paper="1.91 ± 0.10 over 10 draws of the labels (table 1)",
    targets=(Target("error", 1.91, "lower"),),
    protocol=f"{NETWORKS} 100 epochs; as many labels of each class, drawn by the seed.",
    seeds=3,
    steps=60_000,
    run=from_labels,
)

CONVOLUTIONS = Recipe(
    name="catgan-conv",
    method="catgan",
    figure="test error on MNIST with 100 labels, by convolutions, %",
    paper="1.39 ± 0.28",
    targets=(Target("error", 1.39, "lower"),),
    protocol=(
        "The paper's convolutional pair as it is told of, whose generator, pooling and 1x1 convolution are ours; "
        "rates, slope and latent are ours. Last weights, 10,000 test images. 100 epochs; as many labels of each class, "
        "drawn by the seed."
    ),
    seeds=3,
    steps=60_000,
    run=by_convolutions,
)

CLUSTERS = Recipe(
    name="catgan-clusters",
    method="catgan",
    figure="test error on MNIST of 20 clusters, named by 100 labelled images, %",
    paper="9.7 (table 1)",
    targets=(Target("error", 9.7, "lower"),),
    protocol=(
        f"{NETWORKS} 100 epochs without a label. A cluster is named by the most frequent label of its members among "
        "100 training images; the paper takes them from validation images."
    ),
    seeds=3,
    steps=60_000,
    run=from_none,
)
