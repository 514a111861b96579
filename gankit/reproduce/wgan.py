"""WGAN's claims in numbers: a distance with a slope where the first game has none, and a loss that follows quality.

Arjovsky, Chintala and Bottou, "Wasserstein GAN", 2017. arXiv:1701.07875
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gankit
from gankit.reproduce.recipe import Recipe, Target, Trial, Values

if TYPE_CHECKING:
    from pathlib import Path

    from PIL import Image

THETAS = (-2.0, -1.0, -0.25, 0.25, 1.0, 2.0)
LOOKS = 25
"""How often the correlated run is scored."""


def lines(trial: Trial) -> Values:
    import math

    from gankit import pictures
    from gankit.game.optimizers import Adam, RMSProp
    from gankit.reproduce.lines import against, picture

    wgan = gankit.WGAN(discriminator_optimizer=RMSProp(lr=1e-3))
    gan = gankit.GAN(objective="minimax", discriminator_optimizer=Adam(lr=3.0, betas=(0.5, 0.999)))
    far = [theta for theta in THETAS if abs(theta) >= 1]
    clipped = {theta: against(wgan, theta, trial.steps, trial.seed) for theta in THETAS}
    first = {theta: against(gan, theta, trial.steps, trial.seed) for theta in far}
    distances = {theta: value / wgan.clip for theta, (value, _) in clipped.items()}
    divergences = {theta: (value + math.log(4)) / 2 for theta, (value, _) in first.items()}
    pictures.save(picture(distances, divergences), trial.out / "lines.png")
    return {
        "distance-error": max(abs(distances[theta] / abs(theta) - 1) for theta in distances),
        "slope-error": max(abs(slope / math.copysign(wgan.clip, theta) - 1) for theta, (_, slope) in clipped.items()),
        "js-error": max(abs(value / math.log(2) - 1) for value in divergences.values()),
        "js-slope": max(abs(slope) for _, slope in first.values()),
    }


def correlation(trial: Trial) -> Values:
    """Between what the critic said in the steps before a look, and the Frechet distance at it."""
    from scipy.stats import spearmanr

    from gankit import pictures
    from gankit.networks import ConvOrMLP, DCGANNetwork

    method = gankit.WGAN(
        long_phases=True,
        network=ConvOrMLP(conv=DCGANNetwork(width=16, prior="normal")),
    )
    every = max(1, trial.steps // LOOKS)
    run = trial.train(
        method,
        precision="fp32",
        ema=0.0,
        log_every=every,
        checkpoint_every=every,
        evaluate_every=every,
        metrics=("frechet",),
    )
    looks, estimates, distances = followed(run.directory / "log.jsonl")
    pictures.save(picture_of(looks, estimates, distances), trial.out / "followed.png")
    found: Any = spearmanr(estimates, distances)
    return {"spearman": float(found.statistic), "last-frechet": distances[-1], "looks": len(looks)}


def followed(log: Path) -> tuple[list[int], list[float], list[float]]:
    """Steps of a run's log that have both numbers, the critic's estimates, and the Fréchet distances."""
    from gankit.training.log import read_log

    estimates, distances = {}, {}
    for entry in read_log(log):
        if "discriminator/wasserstein" in entry:
            estimates[entry["step"]] = -entry["discriminator/wasserstein"]
        if "frechet" in entry:
            distances[entry["step"]] = entry["frechet"]
    looks = sorted(estimates.keys() & distances.keys())
    return looks, [estimates[step] for step in looks], [distances[step] for step in looks]


def picture_of(steps: list[int], estimates: list[float], distances: list[float]) -> Image.Image:
    """Both numbers along training, as in figure 3 of the paper, and one against the other."""
    from matplotlib.figure import Figure

    from gankit import pictures

    canvas = Figure(figsize=(7, 2.6), dpi=100, layout="constrained")
    along, against = canvas.subplots(1, 2)
    along.plot(steps, estimates, color="tab:blue")
    along.set(xlabel="step", ylim=(0, None))
    along.set_ylabel("critic's estimate", color="tab:blue")
    other = along.twinx()
    other.plot(steps, distances, color="tab:green")
    other.set_ylabel("Fréchet distance", color="tab:green")
    other.set_ylim(0, None)
    against.plot(estimates, distances, "o", color="black", markersize=3)
    against.set(xlabel="critic's estimate", ylabel="Fréchet distance")
    return pictures.figure_to_pil(canvas)


def normless() -> dict[str, gankit.Method[Any]]:
    """WGAN and the first game with one network, whose generator has no batch norm.

    From N(0, 0.02) such a generator starts with samples of a standard deviation of 0.002, and at this width neither
    game moves it; from He's weights they start at 0.7.
    """
    from dataclasses import replace

    from gankit.networks import ConvOrMLP, DCGANNetwork

    network = DCGANNetwork(width=16, prior="normal", generator_norm="none", init_sd=None)
    return {
        "wgan": gankit.WGAN(long_phases=True, network=ConvOrMLP(conv=network)),
        "gan": replace(gankit.DCGAN(), network=network, batch_size=64),
    }


def without_norm(trial: Trial) -> Values:
    """Fréchet distances of WGAN and of the first game when the generator has no batch norm, and their ratio."""
    found: Values = {}
    for name, method in normless().items():
        run = trial.train(
            method,
            name=name,
        )
        card = gankit.evaluate(run, metrics=("frechet", "modes"), weights="last", say=trial.say)
        found |= {f"frechet-{name}": card["frechet"].value, f"modes-{name}": card["modes"].value}
    return {"ratio": found["frechet-wgan"] / found["frechet-gan"], **found}


LINES = Recipe(
    name="wgan-lines",
    method="wgan",
    figure="worst relative error of the distance of two lines",
    paper="0: the distance is |theta|, and JS is log 2 (example 1)",
    targets=(
        Target("distance-error", 0.01, "lower"),
        Target("slope-error", 0.01, "lower"),
        Target("js-error", 0.01, "lower"),
        Target("js-slope", 0.01, "lower"),
    ),
    protocol=(
        "A linear critic against the line at theta, six values from -2 to 2; its estimate over the clip is compared "
        "with |theta|, and the generator's slope with the sign of theta. Beside it a linear discriminator of the "
        "minimax game, where |theta| is at least 1: its value against log 2, and the slope that is left. Steps are "
        "the critic's."
    ),
    seeds=5,
    steps=500,
    run=lines,
    trainings=0,
)
CORRELATION = Recipe(
    name="wgan-correlation",
    method="wgan",
    figure="Spearman's rank correlation of estimate and Fréchet distance",
    paper="a picture: the estimate falls as samples get better (figure 3)",
    targets=(Target("spearman", 0.9),),
    protocol=(
        "DCGAN's networks at width 16 on MNIST, RMSProp at 5e-5, clip 0.01 and the released code's long critic phases. "
        "25 looks at even distances: the critic's estimate, a mean over the steps before, and the Fréchet distance of "
        "2,000 samples of the last weights to training images, by mnist-cnn."
    ),
    seeds=3,
    steps=5_000,
    run=correlation,
)
WITHOUT_NORM = Recipe(
    name="wgan-normless",
    method="wgan",
    figure="Fréchet distance over the first game's, when the generator has no batch norm",
    paper="pictures: WGAN makes samples where the first game fails (figure 6)",
    targets=(Target("ratio", 0.5, "lower"), Target("modes-wgan", 10)),
    protocol=(
        "DCGAN's networks at width 16 on MNIST, 32 and 16 channels, without batch norm in the generator; the paper's "
        "are deeper and have as many filters in every layer. Both players of both methods start with He's weights: "
        "from N(0, 0.02) no signal passes a generator so narrow. WGAN with RMSProp at 5e-5, clip 0.01 and long critic "
        "phases; GAN as dcgan's defaults have it. Batches of 64, 20,000 generator updates of each; last weights, by "
        "mnist-cnn."
    ),
    seeds=3,
    steps=20_000,
    run=without_norm,
    trainings=2,
)
