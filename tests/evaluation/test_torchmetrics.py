"""The metrics that torchmetrics has, too: both give the same figure for the same features.

Ours are functions of features, take a tile of the distances at a time and draw from a seed of their own.
torchmetrics' classes hold all pairs at once, draw from the global generator and have no standard errors.
"""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from gankit.evaluation import frechet_distance, inception_score, kernel_distance, mifid
from gankit.evaluation.kernel import unbiased_mmd


class AsIs(nn.Module):
    """Features are given, so the feature network passes them on."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.num_features = width

    def forward(self, features: Tensor) -> Tensor:
        return features


def features(n: int, seed: int, width: int = 24) -> Tensor:
    random = torch.Generator().manual_seed(seed)
    mixed = torch.randn(n, width, generator=random) @ torch.randn(width, width, generator=random) / width**0.5
    return (mixed + 0.1 * seed).relu()


REAL, FAKE = features(600, 1), features(500, 2)
pytestmark = [
    pytest.mark.filterwarnings("ignore:Metric .* will save all extracted features:UserWarning"),
    pytest.mark.filterwarnings(r"ignore:std\(\). degrees of freedom:UserWarning"),
]


def theirs(metric: Any, real: Tensor = REAL, fake: Tensor = FAKE) -> Any:
    metric.update(real, real=True)
    metric.update(fake, real=False)
    return metric.compute()


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)


def test_frechet_distance() -> None:
    from torchmetrics.image.fid import FrechetInceptionDistance

    expected = theirs(FrechetInceptionDistance(AsIs(24)).set_dtype(torch.float64))
    assert frechet_distance(REAL, FAKE) == pytest.approx(float(expected), rel=1e-3)


def test_kernel_distance() -> None:
    from torchmetrics.image.kid import KernelInceptionDistance

    one = theirs(KernelInceptionDistance(AsIs(24), subsets=1, subset_size=500), REAL[:500])[0]
    assert float(unbiased_mmd(REAL[:500], FAKE)) == pytest.approx(float(one), rel=1e-3)
    many, _ = theirs(KernelInceptionDistance(AsIs(24), subsets=200, subset_size=100))
    ours = kernel_distance(REAL, FAKE, size=100)
    assert abs(ours.mean - float(many)) < 3 * ours.standard_error


def test_inception_score() -> None:
    from torchmetrics.image.inception import InceptionScore

    logits = features(1000, 3, width=10) * 4
    metric = InceptionScore(AsIs(10), splits=1)
    metric.update(logits)
    assert inception_score(logits.softmax(1), splits=1).mean == pytest.approx(float(metric.compute()[0]), rel=1e-3)


def test_mifid() -> None:
    """torchmetrics 1.9 averages over the real images, the paper over the generated: so the sets change places."""
    from torchmetrics.image.mifid import MemorizationInformedFrechetInceptionDistance

    for limit in (0.01, 1.0):
        metric = MemorizationInformedFrechetInceptionDistance(AsIs(24), cosine_distance_eps=limit)
        expected = theirs(metric, FAKE, REAL)
        assert mifid(REAL, FAKE, threshold=limit) == pytest.approx(float(expected), rel=1e-3)
