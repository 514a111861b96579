"""Points with a known truth: who finds all modes of a ring or a grid, and covers a swiss roll.

Gulrajani et al., "Improved Training of Wasserstein GANs", 2017. arXiv:1704.00028 (section 5.1 and figure 2, right)
Mao et al., "Least Squares Generative Adversarial Networks", 2016. arXiv:1611.04076 (the ring of eight Gaussians)
Kodali et al., "On Convergence and Stability of GANs", 2017. arXiv:1705.07215
"""

from __future__ import annotations

from functools import partial
from typing import Any

import gankit
from gankit.reproduce.recipe import Recipe, Target, Trial, Values


def scored(method: gankit.Method[Any], data: str, metric: str, trial: Trial) -> gankit.Card:
    """Train `method` on a toy and score its last weights."""
    run = trial.train(
        method,
        data=data,
        precision="fp32",
        log_every=500,
        checkpoint_every=2500,
    )
    return gankit.evaluate(run, metrics=(metric,), weights="last", say=trial.say)


def modes(card: gankit.Card) -> Values:
    return {name: card[name].value for name in ("modes", "high-quality")}


def wgan_gp() -> gankit.WGANGP:
    """The released toys' settings, at a quarter of their width."""
    from dataclasses import replace

    toy = gankit.WGANGP.preset("toy")
    layers = replace(toy.network.mlp, generator_widths=(128,) * 3, discriminator_widths=(128,) * 3)
    return replace(toy, network=replace(toy.network, mlp=layers))


def wgan_gp_modes(data: str, trial: Trial) -> Values:
    return modes(scored(wgan_gp(), data, "modes", trial))


def wgan_gp_swiss(trial: Trial) -> Values:
    card = scored(wgan_gp(), "swiss-roll", "prdc", trial)
    return {name: card[name].value for name in ("coverage", "density", "precision", "recall")}


WGAN_GP = (
    "The released toys: He's weights, penalty 0.1, five critic updates, Adam at a constant 1e-4 with betas 0.5 and "
    "0.9, batches of 256, 100,000 generator updates, last weights; but three layers of 128 ReLU where they have 512."
)
POINTS = "2,500 points; a mode counts if a point is within 3 standard deviations."

WGAN_GP_RING = Recipe(
    name="wgan-gp-ring",
    method="wgan-gp",
    figure="modes of 8, and share of high-quality points",
    paper="all 8 in a picture (figure 2); no number",
    targets=(Target("modes", 8), Target("high-quality", 0.9)),
    protocol=f"{WGAN_GP} {POINTS}",
    seeds=5,
    steps=100_000,
    run=partial(wgan_gp_modes, "ring"),
)
WGAN_GP_GRID = Recipe(
    name="wgan-gp-grid",
    method="wgan-gp",
    figure="modes of 25, and share of high-quality points",
    paper="all 25 in a picture (figure 2); no number",
    targets=(Target("modes", 25), Target("high-quality", 0.9)),
    protocol=f"{WGAN_GP} {POINTS}",
    seeds=5,
    steps=100_000,
    run=partial(wgan_gp_modes, "grid"),
)
WGAN_GP_SWISS = Recipe(
    name="wgan-gp-swiss",
    method="wgan-gp",
    figure="coverage of a swiss roll by points",
    paper="covered in a picture (figure 2); no number",
    targets=(Target("coverage", 0.9),),
    protocol=f"{WGAN_GP} 10,000 samples beside 10,000 points that were not trained on; a perfect sampler gets 0.97.",
    seeds=5,
    steps=100_000,
    run=wgan_gp_swiss,
)


def on_ring(method: gankit.Method[Any], trial: Trial) -> Values:
    found = modes(scored(method, "ring", "modes", trial))
    return {"all-modes": float(found["modes"] == 8), **found}


def released(name: str) -> gankit.Method[Any]:
    """`gan`, `lsgan` or `dragan` as in LSGAN's released toy."""
    from gankit.game.optimizers import Adam
    from gankit.networks import MLP

    sides: dict[str, Any] = {"generator_widths": (128, 128), "discriminator_widths": (128, 128), "dropout": 0.0}
    layers = MLP(latent=256, activation="tanh", init="orthogonal", **sides)
    return _game(
        name,
        layers,
        batch_size=512,
        at_once=True,
        generator_optimizer=Adam(lr=1e-3, betas=(0.5, 0.999)),
        discriminator_optimizer=Adam(lr=1e-4, betas=(0.5, 0.999)),
    )


def small(name: str) -> gankit.Method[Any]:
    """`gan`, `lsgan` or `dragan` under one small network and one optimiser of ours."""
    from gankit.game.optimizers import Adam
    from gankit.networks import MLP

    layers = MLP(generator_widths=(128, 128), discriminator_widths=(128, 128), latent=2, leak=0.0, dropout=0.0)
    rate = Adam(lr=1e-3, betas=(0.5, 0.999))
    return _game(name, layers, batch_size=256, generator_optimizer=rate, discriminator_optimizer=rate)


def _game(name: str, layers: Any, **same: Any) -> gankit.Method[Any]:
    from gankit.networks import ConvOrMLP

    if name == "gan":
        return gankit.GAN(network=layers, **same)
    if name == "lsgan":
        return gankit.LSGAN(network=ConvOrMLP(mlp=layers), **same)
    network = ConvOrMLP(conv=gankit.DRAGAN().network.conv, mlp=layers)
    return gankit.DRAGAN(penalty=0.1, network=network, **same)


def released_on_ring(name: str, trial: Trial) -> Values:
    return on_ring(released(name), trial)


def small_on_ring(name: str, trial: Trial) -> Values:
    return on_ring(small(name), trial)


RELEASED = (
    "The toy of LSGAN's released code: latents N(0, I) of 256, two hidden layers of 128 tanh in both players, "
    "orthogonal weights of gain 1.4, batches of 512, Adam with beta1 0.5, at 1e-4 for the discriminator and 1e-3 for "
    "the generator, both moving at once, 35,000 updates, last weights; the same for gan, lsgan and dragan (penalty "
    f"0.1). {POINTS} The ring is theirs but 1.414 times as large, and has eight modes, where theirs has one of seven "
    "twice."
)
SMALL = (
    "Two hidden layers of 128 ReLU in both players, Adam at 1e-3 with betas 0.5 and 0.999, batches of 256, 3,000 "
    f"updates, last weights, the same for gan, lsgan and dragan (whose penalty is 0.1). {POINTS} The sizes are ours."
)


def ring(method: str, paper: str, *targets: Target, of: str) -> Recipe:
    """All modes of a ring, under the released toy's protocol or the small one."""
    under_released = of == "released"
    return Recipe(
        name=f"{method}-ring" if under_released else f"{method}-ring-small",
        method=method,
        figure="share of seeds with all 8 modes of a ring",
        paper=paper,
        targets=targets,
        protocol=RELEASED if under_released else SMALL,
        seeds=10,
        steps=35_000 if under_released else 3_000,
        run=partial(released_on_ring if under_released else small_on_ring, method),
    )


BESIDE = "none: it stands beside lsgan-ring and dragan-ring"
PICTURE = "all 8 in a picture, where gan loses some; no number"
FEWER = "fewer collapses than gan; no number on a ring"
MOST = Target("all-modes", 0.9)
GAN_RING = ring("gan", BESIDE, of="released")
LSGAN_RING = ring("lsgan", PICTURE, Target("all-modes", 1.0), of="released")
DRAGAN_RING = ring("dragan", FEWER, Target("all-modes", 1.0), of="released")
GAN_RING_SMALL = ring("gan", BESIDE, of="small")
LSGAN_RING_SMALL = ring("lsgan", PICTURE, MOST, of="small")
DRAGAN_RING_SMALL = ring("dragan", FEWER, MOST, of="small")
