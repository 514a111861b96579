"""Street scenes from their labels and back: pix2pix's and CycleGAN's own tables, in small.

Isola et al., "Image-to-Image Translation with Conditional Adversarial Networks", 2016. arXiv:1611.07004 (table 1)
Zhu et al., "Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks", 2017. arXiv:1703.10593
(tables 2 to 5)
"""

from __future__ import annotations

from typing import Any

import gankit
from gankit.reproduce.pix2pix import scored, source
from gankit.reproduce.recipe import Recipe, Target, Trial, Values

TERMS: dict[str, dict[str, Any]] = {
    "l1": {"adversarial": 0.0},
    "gan": {"l1": 0.0, "conditional": False},
    "cgan": {"l1": 0.0},
    "l1-gan": {"conditional": False},
    "l1-cgan": {},
}
"""pix2pix's names of its losses (Table 1), and the fields that make them."""
LOSSES: dict[str, dict[str, Any]] = {
    "cyclegan": {},
    "gan": {"cycle": 0.0},
    "cycle": {"adversarial": 0.0},
}
"""CycleGAN's ablations (Tables 4 and 5) that are fields."""


def paired(trial: Trial) -> Values:
    """Labels to photos under every loss: their scores, and how far L1 + cGAN is above either of its parts."""
    from gankit.networks import UNetNetwork
    from gankit.reproduce.comparison import beside

    network = UNetNetwork(width=32, discriminator_width=32)
    runs = {name: _trained(gankit.Pix2Pix(network=network, **fields), name, trial) for name, fields in TERMS.items()}
    beside(runs, trial.out / "terms.png")
    found = {name: scored(run, trial) for name, run in runs.items()}
    both = found["l1-cgan"]["fcn-iou"]
    above = {f"over-{name}": both - found[name]["fcn-iou"] for name in ("l1", "cgan")}
    return {**above, **_flat(found), **_real(runs["l1-cgan"])}


def _real(run: gankit.Run) -> Values:
    """What the segmenter makes of the real photos."""
    from gankit.evaluation.card import read_card

    perfect = {figure.name: figure.perfect for figure in read_card(run.directory).figures}
    seen = {name.removeprefix("fcn-"): value for name, value in perfect.items() if name.startswith("fcn-")}
    return {f"real-{name}": value for name, value in seen.items() if value is not None}


def unpaired(trial: Trial) -> Values:
    """Both ways under every loss: the scores of photos, as FCN scores, and of labels."""
    from gankit.game.optimizers import Adam
    from gankit.networks import ResNetNetwork
    from gankit.reproduce.comparison import beside

    half = trial.steps // 2
    falling = Adam(lr=2e-4, betas=(0.5, 0.999), decay_after=half, decay_steps=trial.steps - half)
    network = ResNetNetwork(width=32, discriminator_width=32)
    runs: dict[str, gankit.Run] = {}
    for name, fields in LOSSES.items():
        method = gankit.CycleGAN(
            network=network, identity=0.0, generator_optimizer=falling, discriminator_optimizer=falling, **fields
        )
        runs[name] = _trained(method, name, trial)
    beside(runs, trial.out / "photos.png")
    found: dict[str, Values] = {}
    for name, run in runs.items():
        back = gankit.evaluate(run, metrics=("label-iou",), seed=trial.seed, backwards=True, say=trial.say)
        labels = ("label-accuracy", "label-class-accuracy", "label-iou")
        found[name] = {**scored(run, trial), **{figure: back[figure].value for figure in labels}}
    ours = found["cyclegan"]
    others = [values for name, values in found.items() if name != "cyclegan"]
    above = {
        "over-photo": ours["fcn-iou"] - max(values["fcn-iou"] for values in others),
        "over-label": ours["label-iou"] - max(values["label-iou"] for values in others),
    }
    return {**above, **_flat(found)}


def _trained(method: gankit.Method[Any], name: str, trial: Trial) -> gankit.Run:
    return trial.train(
        method,
        data=source("cityscapes"),
        size="64",
        preview_every=max(1, trial.steps // 4),
        name=name,
    )


def _flat(found: dict[str, Values]) -> Values:
    rows = ((name, figure.removeprefix("fcn-"), value) for name, of in found.items() for figure, value in of.items())
    return {f"{name}-{figure}": value for name, figure, value in rows}


STREETS = (
    "600 + 100 pairs of Cityscapes, where the papers have 2,975 + 500; 64x64, half the papers' width, batch 1, jitter "
    "and flips; the running average of the last step is scored. "
)
SEGMENTER = (
    "Pixel accuracy, class accuracy and class IoU of the 19 labels, without what Cityscapes does not score, by a small "
    "segmenter trained on the 600 real photos, on translations of the 100 test label maps; the papers' is an FCN-8s at "
    "full size. "
)

PAIRED = Recipe(
    name="pix2pix-cityscapes",
    method="pix2pix",
    figure="class IoU of the FCN score, L1 + cGAN less L1 alone",
    paper="IoU: L1 .11, GAN .01, cGAN .16, L1 + GAN .15, L1 + cGAN .17, ground truth .21 (Table 1)",
    targets=(Target("over-l1", 0.0), Target("over-cgan", 0.0)),
    protocol=STREETS
    + SEGMENTER
    + "Labels to photos, 12,000 updates of each loss: 20 epochs, a tenth of the paper's 200.",
    seeds=3,
    steps=12_000,
    run=paired,
    trainings=len(TERMS),
)
UNPAIRED = Recipe(
    name="cyclegan-cityscapes",
    method="cyclegan",
    figure="class IoU of the FCN score, CycleGAN less the better of GAN alone and cycle alone",
    paper="IoU, labels to photos and back: CycleGAN .11 and .16, GAN .08 and .07, cycle .02 and .02 (Tables 2 to 5)",
    targets=(Target("over-photo", 0.0), Target("over-label", 0.0)),
    protocol=(
        STREETS + SEGMENTER + "Photos to labels are scored pixel by pixel, by the nearest of Cityscapes' colours. The "
        "pairing is not shown. Without identity loss; 12,000 updates of each loss, 20 epochs of the paper's 200; the "
        "rate falls over the second half."
    ),
    seeds=3,
    steps=12_000,
    run=unpaired,
    trainings=len(LOSSES),
)
