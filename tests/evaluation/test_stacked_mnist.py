"""Stacked MNIST's own images by the metrics that published figures are of: what a perfect sampler gets."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

from gankit.data import open_data
from gankit.evaluation import class_modes
from gankit.evaluation.evaluator import Evaluator
from gankit.evaluation.inputs import spread
from gankit.evaluation.metrics import METRICS
from gankit.features import feature_network
from tests.evaluation.mnist import needs_mnist

N = 2000


@needs_mnist
def test_real_images_hit_every_mode_at_the_floor() -> None:
    """By their labels: the 26,000 of published figures, where the floor is 0.0192.

    As the classifier sees them, `gankit evaluate` finds 1,000 modes and 0.0231: it compares with the classes of 128,000
    training images, whose shares are drawn, too. With equal shares it would be 0.0245: digits are not equally frequent.
    """
    pack, digits = open_data("stacked-mnist", split="test"), open_data("mnist", split="test")
    assert pack.labels is not None
    assert digits.labels is not None
    assert METRICS["modes"].samples(pack) == len(pack) == 26_000
    shares = digits.labels.bincount().double()
    found = class_modes(pack.labels, 1000, torch.kron(torch.kron(shares, shares), shares))
    assert (found.hit, found.of) == (1000, 1000)
    assert found.kl == pytest.approx(found.floor, abs=3 * (2 * 999) ** 0.5 / (2 * len(pack)))  # 2N KL is chi-squared
    assert class_modes(pack.labels, 1000).kl == pytest.approx(0.02425, abs=1e-4)


@needs_mnist
def test_the_classifier_sees_the_modes_that_are_there(tmp_path: Path) -> None:
    pack = open_data("stacked-mnist", split="test")
    by = Evaluator(
        split=pack,
        train=pack,
        network=feature_network("auto", pack.spec, pack.source),
        split_name="test",
        metrics=("modes", "inception-score", "class-accuracy"),
        samples=N,
        cache=tmp_path,
        reference=False,
    )
    samples = spread(pack, N)
    assert pack.labels is not None
    assert samples.labels is not None
    figures, looked_at = by(samples, None, {}, say=lambda line: None)
    found = {figure.name: figure for figure in figures}
    truth = class_modes(samples.labels, 1000, pack.labels.bincount())
    assert found["class-accuracy"].value == pytest.approx(0.9858, abs=0.006)
    assert found["modes"].value == pytest.approx(truth.hit, abs=8)
    assert found["mode-kl"].value == pytest.approx(truth.kl, rel=0.03)
    assert found["mode-kl"].perfect == 999 / (2 * N)
    assert found["inception-score"].value > 150  # of 1,000, which the 200 images of each split can't reach

    # A sampler of five hundred: others are seen only where the classifier errs.
    logits = looked_at["modes"].fake.logits
    assert logits is not None
    kept = samples.labels < 500
    seen, truth = logits.argmax(1)[kept], class_modes(samples.labels[kept], 1000)
    half, outside = class_modes(seen, 1000), int((seen >= 500).sum())
    assert truth.hit <= 500
    assert truth.kl > math.log(2)
    assert outside <= 0.01 * len(seen)
    assert half.hit - outside == pytest.approx(truth.hit, abs=8)
    assert half.kl == pytest.approx(truth.kl, abs=0.03)
