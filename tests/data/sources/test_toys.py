"""Toys: what is drawn is what is said to be the truth."""

from __future__ import annotations

import math

import pytest
import torch

from gankit.data import open_data
from gankit.data.sources import toys


def test_the_ring_has_eight_distinct_modes() -> None:
    pack, truth = open_data("ring"), toys.truth("ring")
    assert truth is not None
    assert pack.labels is not None
    assert len({(round(x, 4), round(y, 4)) for x, y in truth.means.tolist()}) == 8
    torch.testing.assert_close(truth.means.norm(dim=1), torch.full((8,), math.sqrt(2)))
    assert torch.cdist(truth.means, truth.means).add(torch.eye(8) * 9).min() > 1
    for mode in range(8):
        points = pack.values[pack.labels == mode]
        assert abs(len(points) / 100_000 - 1 / 8) < 0.005
        torch.testing.assert_close(points.mean(0), truth.means[mode], atol=1e-3, rtol=0)
        assert points.std(0).sub(0.02 / math.sqrt(2)).abs().max() < 5e-4


def test_the_grid_has_twenty_five_modes() -> None:
    pack, truth = open_data("grid"), toys.truth("grid")
    assert truth is not None
    assert pack.labels is not None
    assert sorted({round(x, 3) for x in (truth.means[:, 0] * 2.828).tolist()}) == [-4, -2, 0, 2, 4]
    assert torch.cdist(truth.means, truth.means).add(torch.eye(25) * 9).min() > 0.7
    assert len(pack.spec.classes) == 25
    residue = pack.values - truth.means[pack.labels]
    assert residue.std(0).sub(0.05 / 2.828).abs().max() < 2e-4


def test_the_gaussian() -> None:
    pack = open_data("gaussian")
    assert (pack.spec.shape, pack.spec.classes, pack.labels) == ((1,), (), None)
    assert abs(pack.values.mean() - 4) < 0.02
    assert abs(pack.values.std() - 1.25) < 0.01


def test_the_swiss_roll_is_that_of_scikit_learn() -> None:
    from sklearn.datasets import make_swiss_roll

    theirs = torch.from_numpy(make_swiss_roll(100_000, noise=0.25, random_state=0)[0][:, [0, 2]] / 7.5).float()
    ours = open_data("swiss-roll").values
    assert toys.truth("swiss-roll") is None
    for few in (ours, theirs):
        assert few.shape == (100_000, 2)
    torch.testing.assert_close(ours.mean(0), theirs.mean(0), atol=0.02, rtol=0)
    torch.testing.assert_close(ours.T.cov(), theirs.T.cov(), atol=0.02, rtol=0)
    quantiles = torch.linspace(0.01, 0.99, 50)
    for side in range(2):
        torch.testing.assert_close(
            ours[:, side].quantile(quantiles), theirs[:, side].quantile(quantiles), atol=0.05, rtol=0
        )


@pytest.mark.parametrize("name", toys.NAMES)
def test_toys_are_unbounded_always_the_same_and_need_no_cache(name: str) -> None:
    one, again, test = open_data(name), open_data(name), open_data(name, split="test")
    assert not one.spec.bounded
    assert one.path is None
    assert (len(one), one.values.dtype) == (100_000, torch.float32)
    assert one.key == again.key
    assert torch.equal(one.values, again.values)
    assert test.key != one.key
    assert not torch.equal(test.values, one.values)


def test_density_integrates_to_one() -> None:
    step = 0.006
    side = torch.arange(-2, 2, step)
    for name in ("ring", "grid"):
        truth = toys.truth(name)
        assert truth is not None
        mass = sum(truth.density(part).sum() for part in torch.cartesian_prod(side, side).split(100_000)) * step**2
        assert abs(mass - 1) < 0.01
    truth = toys.truth("gaussian")
    assert truth is not None
    peak = truth.density(torch.tensor([[4.0]]))
    assert peak.tolist() == pytest.approx([1 / (1.25 * math.sqrt(2 * math.pi))])
