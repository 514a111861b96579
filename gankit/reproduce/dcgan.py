"""DCGAN's conditional samples of MNIST as a training set for a nearest-neighbour classifier.

Radford et al., "Unsupervised Representation Learning with Deep Convolutional Generative Adversarial Networks",
2015. arXiv:1511.06434 (table 3)
"""

from __future__ import annotations

import gankit
from gankit.reproduce.cgan import convolutional
from gankit.reproduce.recipe import Recipe, Target, Trial, Values


def nearest(trial: Trial) -> Values:
    card = gankit.evaluate(convolutional(trial, falling=True), metrics=("1nn-error",), weights="last", say=trial.say)
    error = card["1nn-error"]
    real = error.training_images
    assert real is not None
    return {"error": 100 * error.value, "error-of-real": 100 * real}


NEAREST = Recipe(
    name="dcgan-1nn",
    method="dcgan",
    figure="test error of the nearest of 50,000 labelled samples on MNIST, %",
    paper="2.98; 1.48 with 10 million samples, 3.1 with real images, 6.28 with a GAN's (table 3)",
    targets=(Target("error", 2.98, "lower"),),
    protocol=(
        "cgan with the networks, batches of 128 and Adam of the released conditional code: L2 of 2.5e-5, and a rate "
        "that falls to 0 over the second half. The code moves either player 39,000 times, in turns on different "
        "batches; here both move on every batch. Samples are normalised by running averages, there by their own batch. "
        "Last weights, distance of pixels, 10,000 test images. A reduced run has half of the widths, too."
    ),
    seeds=1,
    steps=39_000,
    run=nearest,
)
