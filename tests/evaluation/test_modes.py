"""Modes: known truths, the floor of a perfect sampler, and modes that are dropped."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from gankit.base.errors import UserError
from gankit.data.sources import toys
from gankit.data.sources.toys import Mixture
from gankit.evaluation import class_modes, mixture_modes


def draw(mixture: Mixture, n: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    points, modes = mixture.draw(n, np.random.default_rng(seed))
    return torch.from_numpy(points).float(), torch.from_numpy(modes)


@pytest.mark.parametrize("name", ["ring", "grid"])
def test_a_perfect_sampler_of_a_toy(name: str) -> None:
    truth = toys.truth(name)
    assert truth is not None
    found = mixture_modes(draw(truth, 20_000)[0], truth)
    assert found.hit == found.of == len(truth.means)
    assert found.ceiling == pytest.approx(1 - math.exp(-4.5))
    assert found.quality == pytest.approx(found.ceiling, abs=0.003)
    assert found.floor == (len(truth.means) - 1) / 40_000
    assert found.kl < 3 * found.floor


def test_quality_is_within_three_standard_deviations_of_any_mean() -> None:
    mixture = Mixture(torch.tensor([[0.0], [10.0]]), 1.0)
    points = torch.tensor([[-3.1], [-2.9], [0.0], [2.9], [3.1], [6.9], [7.1]])
    found = mixture_modes(points, mixture)
    assert found.quality == pytest.approx(4 / 7)
    assert (found.hit, found.of) == (2, 2)
    assert mixture_modes(points[:6], mixture).hit == 1
    assert found.ceiling == pytest.approx(math.erf(3 / math.sqrt(2)))


def test_dropped_modes_are_counted_and_noise_is_low_quality() -> None:
    ring = toys.ring()
    points, modes = draw(ring, 4000)
    half = mixture_modes(points[modes % 2 == 0], ring)
    assert half.hit == 4
    assert half.kl == pytest.approx(math.log(2), abs=0.01)
    assert half.quality > 0.98
    noisy = mixture_modes(points + 0.1 * draw(Mixture(torch.zeros(1, 2), 1.0), 4000, 1)[0], ring)
    assert noisy.hit == 8
    assert noisy.quality < 0.2


def test_the_floor_is_what_a_perfect_sampler_gets() -> None:
    random = torch.Generator().manual_seed(0)
    found = [class_modes(torch.randint(50, (2000,), generator=random), 50) for _ in range(200)]
    assert {modes.hit for modes in found} == {50}
    floor = found[0].floor
    assert floor == 49 / 4000
    assert sum(modes.kl for modes in found) / 200 == pytest.approx(floor, rel=0.05)
    assert class_modes(torch.zeros(26_000, dtype=torch.int64), 1000).floor == pytest.approx(0.0192, abs=5e-5)


def test_closed_forms_of_labels() -> None:
    even = class_modes(torch.arange(10).repeat(5), 10)
    assert (even.hit, even.of, even.kl) == (10, 10, pytest.approx(0, abs=1e-12))
    assert class_modes(torch.zeros(7, dtype=torch.int64), 10).kl == pytest.approx(math.log(10))
    labels, wanted = torch.tensor([0, 0, 0, 1]), torch.tensor([1, 1, 0])
    found = class_modes(labels, 3, wanted)
    assert (found.hit, found.of) == (2, 2)
    assert found.kl == pytest.approx(0.75 * math.log(1.5) + 0.25 * math.log(0.5))
    unwanted = class_modes(torch.tensor([2, 0]), 3, wanted)
    assert (unwanted.hit, unwanted.of, unwanted.kl) == (1, 2, math.inf)


def test_what_cannot_be_counted_is_refused() -> None:
    with pytest.raises(UserError, match="from 0 to 10, where there are 10 classes"):
        class_modes(torch.arange(11), 10)
    with pytest.raises(UserError, match="at least 1 label"):
        class_modes(torch.zeros(0, dtype=torch.int64), 10)
    with pytest.raises(UserError, match="integers"):
        class_modes(torch.zeros(3), 10)
    with pytest.raises(UserError, match="3 numbers"):
        class_modes(torch.arange(3), 3, torch.zeros(3))
    with pytest.raises(UserError, match="generated samples have 3 values each, mixture ones 2"):
        mixture_modes(torch.zeros(9, 3), toys.ring())
