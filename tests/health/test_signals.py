"""Signals: each against what it must be where the answer is known."""

from __future__ import annotations

import math

import pytest
import torch

from gankit.health import signals
from gankit.health.reference import Reference


def cloud(n: int, seed: int = 0, d: int = 2) -> torch.Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed))


def test_ranking_knows_no_scale() -> None:
    scores = cloud(100)[:, 0]
    assert signals.ranked(scores, scores) == pytest.approx(0.5)
    assert signals.ranked(1e6 * (scores + 100), 1e6 * scores) == 1
    assert signals.ranked(scores, scores + 100) == 0


def test_a_simple_test_tells_apart_what_is_apart() -> None:
    assert signals.two_sample(cloud(300), cloud(300, 1)) == pytest.approx(0.5, abs=0.08)
    assert signals.two_sample(cloud(300), cloud(300, 1) + 50) == 1


def test_effective_bins() -> None:
    assert signals.effective(torch.tensor([5.0, 5.0, 5.0, 5.0])) == pytest.approx(4)
    assert signals.effective(torch.tensor([5.0, 0.0, 0.0])) == pytest.approx(1)


def test_a_norm_over_many_gradients_is_that_of_one_vector() -> None:
    parts = [torch.randn(3, 4), torch.randn(7), torch.randn(())]
    whole = torch.cat([part.flatten() for part in parts])
    assert signals.total_norm(parts) == pytest.approx(float(whole.norm()), rel=1e-6)


@pytest.mark.parametrize(
    ("curve", "low", "high"),
    [
        (torch.sin(torch.arange(512) * 2 * math.pi / 40), 0.95, 1.0),
        (torch.sin(torch.arange(512) * 2 * math.pi / 40) - torch.arange(512) / 50, 0.9, 1.0),
        (cloud(512)[:, 0], 0.0, 0.1),
        (torch.arange(512.0), 0.0, 1.0),
    ],
)
def test_a_period_is_a_peak_in_the_spectrum(curve: torch.Tensor, low: float, high: float) -> None:
    assert low <= float(signals.spectral_peak(curve)) <= high


def test_what_goes_round_comes_back_and_what_drifts_does_not() -> None:
    angles = torch.arange(16) * 2 * math.pi / 10
    circle = torch.stack([angles.cos(), angles.sin()], 1)[:, None].expand(-1, 8, -1)
    line = torch.arange(16.0)[:, None, None].expand(-1, 8, 2)
    still = cloud(8)[None].expand(16, -1, -1)
    assert signals.comes_back(circle) > 0.9
    assert signals.comes_back(line) == 0
    assert signals.comes_back(still.contiguous()) == 0
    wandering = cloud(16 * 64, d=64).reshape(16, 64, 64).cumsum(0)
    assert signals.comes_back(wandering) < 0.1


def test_corners_of_the_spectrum_show_a_checkerboard() -> None:
    board = torch.ones(2, 1, 16, 16)
    board[:, :, ::2, ::2] = board[:, :, 1::2, 1::2] = -1
    smooth = torch.linspace(-1, 1, 16).expand(2, 1, 16, 16)
    assert signals.corner_power(board) == pytest.approx(1)
    assert signals.corner_power(smooth) < 0.01


def test_a_reference_sees_a_collapse_and_nothing_in_more_data() -> None:
    centres = torch.tensor([[x, y] for x in (-1.0, 1.0) for y in (-1.0, 1.0)])
    data = centres[torch.arange(800) % 4] + 0.05 * cloud(800)
    reference = Reference(data, None, seed=0)
    fresh = centres[torch.arange(256) % 4] + 0.05 * cloud(256, 5)
    found = reference.signals(fresh, reference.features(fresh), seed=1)
    assert found["modes"] == pytest.approx(1, abs=0.1)
    assert found["diversity"] == pytest.approx(1, abs=0.1)
    assert found["two_sample"] < 0.65
    one = centres[:1] + 0.001 * cloud(256, 6)
    found = reference.signals(one, reference.features(one), seed=1)
    assert found["modes"] < 0.3
    assert found["diversity"] < 0.01
    assert found["two_sample"] > 0.9
    assert found["duplicates"] > 0.5
