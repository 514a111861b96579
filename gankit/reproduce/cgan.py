"""Conditional GANs on MNIST: the paper's likelihood, and whether samples show the digit they were asked for.

Mirza and Osindero, "Conditional Generative Adversarial Nets", 2014. arXiv:1411.1784
"""

from __future__ import annotations

import gankit
from gankit.reproduce.recipe import Recipe, Target, Trial, Values


def convolutional(trial: Trial, *, as_released: bool = False) -> gankit.Run:
    """The conditional MNIST networks of DCGAN's released code with its optimiser, L2 included; `as_released`, the rate
    falls over the second half and samples are normalised by their batch, too. Both players move on every batch, where
    the code moves one."""
    from gankit.game.optimizers import Adam
    from gankit.networks import ConditionalDCGAN

    width, hidden = (64, 1024) if trial.fraction == 1 else (32, 512)
    half = trial.steps // 2
    fall = {"decay_after": half, "decay_steps": trial.steps - half} if as_released else {}
    optimizer = Adam(lr=2e-4, betas=(0.5, 0.999), weight_decay=2.5e-5, **fall)
    return trial.train(
        gankit.CGAN(
            network=ConditionalDCGAN(width=width, hidden=hidden, sample_norm="batch" if as_released else "running"),
            batch_size=128,
            generator_optimizer=optimizer,
            discriminator_optimizer=optimizer,
        ),
    )


def agreement(trial: Trial) -> Values:
    card = gankit.evaluate(convolutional(trial), metrics=("class-accuracy",), weights="last", say=trial.say)
    return {"agreement": card["class-accuracy"].value}


def parzen(trial: Trial) -> Values:
    """Of the last weights, as in the paper."""
    run = trial.train(
        gankit.CGAN(),
    )
    card = gankit.evaluate(run, metrics=("parzen", "class-accuracy"), weights="last", say=trial.say)
    return {"parzen": card["parzen"].value, "agreement": card["class-accuracy"].value}


AGREEMENT = Recipe(
    name="cgan-agreement",
    method="cgan",
    figure="share of samples that a classifier of real MNIST sees the asked digit in",
    paper="none: the paper shows a picture (figure 2)",
    targets=(Target("agreement", 0.95),),
    protocol=(
        "Networks, Adam and batches of 128 of DCGAN's released conditional code; but the rate stays, and both players "
        "move on every batch, where the code moves one. Last weights, 1,000 samples of each class, by mnist-cnn. A "
        "reduced run has half of the widths, too."
    ),
    seeds=3,
    steps=39_000,
    run=agreement,
)

PARZEN = Recipe(
    name="cgan-parzen",
    method="cgan",
    figure="Parzen log-likelihood of MNIST, nats",
    paper="132 ± 1.8 (table 1; ± over test images)",
    targets=(Target("parzen", 132),),
    protocol=(
        "The paper's networks and SGD; what it leaves open as in the first GAN's released code: latents of unit "
        "variance, small initial weights, half of the discriminator's loss, both players moving at once and under one "
        "dropout mask. 500 epochs of 600 updates, by the end of which the rate is near its floor, where the paper "
        "stops by the validation likelihood. Last weights, 1,000 samples of each class, width from 10 between 0.1 and "
        "1 by 1,000 validation images, 10,000 test images."
    ),
    seeds=1,
    steps=300_000,
    run=parzen,
)
