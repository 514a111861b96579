"""pix2pix on facades: what each term of its loss adds, and what the size of the discriminator's patches does.

Isola et al., "Image-to-Image Translation with Conditional Adversarial Networks", 2016. arXiv:1611.07004
"""

from __future__ import annotations

from typing import Any, Literal

import gankit
from gankit.reproduce.recipe import Recipe, Target, Trial, Values

TERMS: dict[str, dict[str, Any]] = {
    "l1-cgan": {},
    "cgan": {"l1": 0.0},
    "l1": {"adversarial": 0.0},
}
"""The paper's names of its ablations (Table 1), and the fields that make them."""
SCORES = ("fcn-score", "frechet", "l1")


def facades(
    trial: Trial, name: str, *, size: int, steps: int, direction: Literal["AtoB", "BtoA"] = "BtoA", **fields: Any
) -> gankit.Run:
    """A run of its own in the trial's directory, at half the paper's width."""
    from gankit.networks import UNetNetwork

    network = UNetNetwork(width=32, discriminator_width=32, patch=fields.pop("patch", "auto"))
    return trial.train(
        gankit.Pix2Pix(network=network, **fields),
        data=source("facades"),
        direction=direction,
        size=str(size),
        steps=steps,
        preview_every=max(1, steps // 4),
        name=name,
    )


def source(name: str) -> str:
    """The folder `name` in $GANKIT_DATA."""
    import os

    from gankit.base.errors import UserError

    root = os.environ.get("GANKIT_DATA")
    if not root:
        raise UserError(f"{name} is a folder of pictures of your own: set GANKIT_DATA to the folder above {name}/")
    return f"{root}/{name}"


def scored(run: gankit.Run, trial: Trial, metrics: tuple[str, ...] = ()) -> Values:
    card = gankit.evaluate(run, metrics=metrics or SCORES, features="pixels", seed=trial.seed, say=trial.say)
    return {figure.name: figure.value for figure in card.figures}


def terms(trial: Trial) -> Values:
    from gankit.reproduce.comparison import beside

    runs = {name: facades(trial, name, size=64, steps=trial.steps, **fields) for name, fields in TERMS.items()}
    beside(runs, trial.out / "terms.png")
    found = {name: scored(run, trial) for name, run in runs.items()}
    distance = {name: values["frechet"] for name, values in found.items()}
    values = {f"nearer-than-{name}": distance[name] - distance["l1-cgan"] for name in ("l1", "cgan")}
    for name, scores in found.items():
        values |= {f"{name}-{figure.removeprefix('fcn-')}": value for figure, value in scores.items()}
    return values


def patches(trial: Trial) -> Values:
    from gankit.reproduce.comparison import beside

    runs = {
        f"patch-{patch}": facades(trial, f"patch-{patch}", size=128, steps=trial.steps, patch=patch)
        for patch in (70, 1, 16, "full")
    }
    beside(runs, trial.out / "patches.png")
    return {
        f"{name}-{figure.removeprefix('fcn-')}": value
        for name, run in runs.items()
        for figure, value in scored(run, trial).items()
    }


def windows(trial: Trial) -> Values:
    run = facades(trial, "labels", size=64, steps=trial.steps, direction="AtoB")
    found = scored(run, trial, ("label-iou", "l1"))
    return {"iou-red": found.pop("iou-red"), **found}


FACADES = (
    "The facades are 476 + 128 photos with a mask of their windows, not the paper's twelve labels; 64x64, half the "
    "paper's width, batch 1, jitter and flips. "
)
SEGMENTER = (
    "FCN scores are of a small segmenter trained on the real photos, on translations of the 128 test masks; Frechet "
    "distances are of pixels. "
)

TERMS_OF_THE_LOSS = Recipe(
    name="pix2pix-terms",
    method="pix2pix",
    figure="Fréchet distance of pixels, L1 alone less L1 + cGAN",
    paper="Cityscapes, IoU: L1 .11, cGAN .16, L1 + cGAN .17 (Table 1); no distance",
    targets=(Target("nearer-than-l1", 0.0), Target("nearer-than-cgan", 0.0)),
    protocol=(
        f"{FACADES}{SEGMENTER}Masks to photos. The distance orders the losses: two labels can't, as a segmenter reads "
        "a dark blur as a window more surely than a real one."
    ),
    seeds=3,
    steps=5000,
    run=terms,
    trainings=len(TERMS),
)
PATCHES = Recipe(
    name="pix2pix-patches",
    method="pix2pix",
    figure="pixel accuracy of the FCN score with patches of 70",
    paper="Cityscapes, pixel accuracy: patch 1 .39, 16 .65, 70 .66, 286 .42 (Table 3)",
    targets=(),
    protocol=FACADES.replace("64x64", "128x128") + SEGMENTER + "full is a patch of 142, the whole image.",
    seeds=1,
    steps=4000,
    run=patches,
    trainings=4,
)
WINDOWS = Recipe(
    name="pix2pix-windows",
    method="pix2pix",
    figure="IoU of windows that photos are translated to",
    paper="none; Cityscapes photo to labels, L1 + cGAN: class IoU .22 (Table 6)",
    targets=(),
    protocol=FACADES + "Photos to masks; every pixel takes the nearer of the mask's two colours.",
    seeds=3,
    steps=4000,
    run=windows,
)
