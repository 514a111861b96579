"""The recipe that fits a Gaussian to a mixture under each divergence: both of its ways, against what is known."""

from __future__ import annotations

import math

import pytest
import torch

from gankit.reproduce import one_gaussian as recipe


def moments() -> tuple[float, float]:
    parts = list(zip(recipe.WEIGHTS, recipe.MEANS, recipe.SDS, strict=True))
    mean = sum(w * m for w, m, _ in parts)
    return mean, math.sqrt(sum(w * (s**2 + m**2) for w, m, s in parts) - mean**2)


def test_kullback_leibler_matches_moments() -> None:
    """The Gaussian of least KL(P || Q) has the mixture's own mean and standard deviation."""
    _, mean, sd = recipe.direct("kl")
    assert (mean, sd) == pytest.approx(moments(), abs=1e-5)


@pytest.mark.parametrize("name", ["pearson", "neyman"])
def test_what_is_found_is_the_least(name: str) -> None:
    least, *best = recipe.direct(name)
    for move in ((0.02, 0.0), (-0.02, 0.0), (0.0, 0.02), (0.0, -0.02)):
        other = [torch.tensor(value + by, dtype=torch.float64) for value, by in zip(best, move, strict=True)]
        assert recipe.divergence(name, *other).item() > least


def test_the_integral_of_two_gaussians_is_the_closed_form(monkeypatch: pytest.MonkeyPatch) -> None:
    """KL(N(m, s^2) || N(0, 1)) = (s^2 + m^2 - 1) / 2 - log s."""
    monkeypatch.setattr(recipe, "mixture", lambda x: recipe.bell(x, 0.5, 1.5))
    zero, one = torch.zeros((), dtype=torch.float64), torch.ones((), dtype=torch.float64)
    expected = (1.5**2 + 0.5**2 - 1) / 2 - math.log(1.5)
    assert recipe.divergence("kl", zero, one).item() == pytest.approx(expected, rel=1e-6)


@pytest.mark.long
def test_the_game_comes_near_the_best_gaussian(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipe, "POINTS", 20_000)
    least, mean, sd = recipe.direct("js")
    bound, found_mean, found_sd = recipe.played("js", 250, 0)
    assert bound == pytest.approx(least, abs=0.02)
    assert found_mean == pytest.approx(mean, abs=0.1)
    assert found_sd == pytest.approx(sd, abs=0.1)
