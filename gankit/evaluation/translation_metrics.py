"""The metrics of translators alone: what each picture became, beside what it should have become."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from gankit.evaluation import pairs, segmenter
from gankit.evaluation.estimate import Estimate
from gankit.evaluation.inputs import MetricInputs
from gankit.evaluation.metric import RESAMPLES, Better, Metric, Number, normal, percentiles
from gankit.evaluation.segmenter import Agreement, agreement
from gankit.features import lpips


def beside_target(
    name: str, distance: Callable[[Tensor, Tensor], Tensor], better: Better
) -> Callable[[MetricInputs], list[Number]]:
    """The metric that is the mean of `distance`, [n] of images and their targets in [0, 1]."""

    def run(inputs: MetricInputs) -> list[Number]:
        assert inputs.translation is not None
        both = inputs.translation.beside(inputs.samples)
        estimate = Estimate.of(torch.cat([distance((image + 1) / 2, (target + 1) / 2) for image, target in both]))
        return [normal(name, estimate.mean, estimate.standard_error, "standard error over images", better)]

    return run


def perceptual(inputs: MetricInputs) -> list[Number]:
    network = lpips.weights_path()

    def distance(images: Tensor, targets: Tensor) -> Tensor:
        batches = zip((images * 2 - 1).split(16), (targets * 2 - 1).split(16), strict=True)
        with torch.inference_mode():
            return torch.cat([network(*pair) for pair in batches])

    return beside_target("lpips", distance, "lower")(inputs)


def _no_targets(inputs: MetricInputs) -> str:
    if inputs.translation is None:
        return "it needs a run that translates pictures"
    return "" if inputs.translation.targets else "nothing tells what these pictures should become"


def labels_seen(inputs: MetricInputs) -> list[Number]:
    assert inputs.translation is not None
    tables, real_tables = inputs.translation.segmented(inputs.samples, inputs.cache)
    best = agreement(real_tables.sum(0))
    return [
        _agreed(inputs, "fcn-pixel-accuracy", tables, lambda of: of.pixel, best.pixel),
        _agreed(inputs, "fcn-class-accuracy", tables, lambda of: of.by_class, best.by_class),
        _agreed(inputs, "fcn-iou", tables, lambda of: of.overlap, best.overlap),
    ]


def labels_painted(inputs: MetricInputs) -> list[Number]:
    assert inputs.translation is not None
    tables = inputs.translation.repainted(inputs.samples)
    figures = [
        _agreed(inputs, "label-accuracy", tables, lambda of: of.pixel, 1.0),
        _agreed(inputs, "label-class-accuracy", tables, lambda of: of.by_class, 1.0),
        _agreed(inputs, "label-iou", tables, lambda of: of.overlap, 1.0),
    ]
    colours = inputs.translation.target_palette
    for number, name in enumerate(colours.names[: colours.scored]):
        if math.isfinite(agreement(tables.sum(0)).overlaps[number]):
            figures.append(_agreed(inputs, f"iou-{name}", tables, lambda of, k=number: of.overlaps[k], 1.0))
    return figures


def _agreed(
    inputs: MetricInputs, name: str, tables: Tensor, figure: Callable[[Agreement], float], perfect: float
) -> Number:
    """A figure of the counts [n, R, K] of all images, and of resampled ones."""
    n, random = len(tables), torch.Generator().manual_seed(inputs.seed)
    drawn = [torch.randint(n, (n,), generator=random) for _ in range(10 * RESAMPLES * inputs.intervals)]
    resamples = [figure(agreement(tables[chosen].sum(0))) for chosen in drawn]
    value = figure(agreement(tables.sum(0)))
    return percentiles(name, value, [each for each in resamples if math.isfinite(each)], "higher", perfect=perfect)


def _no_input_labels(inputs: MetricInputs) -> str:
    if lack := _no_targets(inputs):
        return lack
    assert inputs.translation is not None
    if not inputs.translation.train.spec.aligned:
        return "there are no training pairs that a segmenter could learn from"
    if inputs.translation.input_palette.of_labels:
        return ""
    return "what is translated has too many colours for labels; label-iou is for pictures that become labels"


def _no_target_labels(inputs: MetricInputs) -> str:
    if lack := _no_targets(inputs):
        return lack
    assert inputs.translation is not None
    if inputs.translation.target_palette.of_labels:
        return ""
    return "what it should become has too many colours for labels; fcn-score is for labels that become pictures"


OF_TRANSLATIONS: dict[str, Metric] = {
    "l1": Metric(
        about="mean absolute error, of values in [0, 1], from what a picture should become",
        run=beside_target("l1", pairs.absolute_error, "lower"),
        lack=_no_targets,
        network=False,
        usual_of_translators=True,
        of_data=False,
    ),
    "psnr": Metric(
        about="peak signal-to-noise ratio in decibels, the mean over pictures",
        run=beside_target("psnr", pairs.psnr, "higher"),
        lack=_no_targets,
        protocol=lambda inputs: {"ceiling": pairs.CEILING},
        network=False,
        usual_of_translators=True,
        of_data=False,
    ),
    "ssim": Metric(
        about="structural similarity to what a picture should become",
        run=beside_target("ssim", pairs.ssim, "higher"),
        lack=_no_targets,
        protocol=lambda inputs: {"window": pairs.WINDOW, "sd": pairs.WINDOW_SD, "k1": pairs.K1, "k2": pairs.K2},
        network=False,
        usual_of_translators=True,
        of_data=False,
    ),
    "lpips": Metric(
        about="how different it looks from what it should become, to VGG-16",
        run=perceptual,
        lack=_no_targets,
        protocol=lambda inputs: {"lpips": lpips.weights_path().hash},
        network=False,
        of_data=False,
    ),
    "fcn-score": Metric(
        about="whether a segmenter sees the labels that a photograph was made from; real ones stand under perfect",
        run=labels_seen,
        lack=_no_input_labels,
        protocol=lambda inputs: {"segmenter": segmenter.VERSION, "segmenter_side": segmenter.SIDE},
        network=False,
        of_data=False,
    ),
    "label-iou": Metric(
        about="overlap of the labels it paints with the true ones, of all and of each colour",
        run=labels_painted,
        lack=_no_target_labels,
        network=False,
        of_data=False,
    ),
}
