"""Latents have the distribution their paper says."""

from __future__ import annotations

import math

import pytest
import torch

from gankit.base.errors import UserError
from gankit.game.prior import Codes, Normal, Uniform


def test_a_normal_prior_is_standard() -> None:
    torch.manual_seed(0)
    latents = Normal(4).draw(50_000)
    assert latents.shape == (50_000, 4)
    assert latents.mean(0).abs().max() < 0.02
    assert (latents.var(0) - 1).abs().max() < 0.03


def test_truncation_bounds_every_component_and_keeps_the_shape_inside() -> None:
    torch.manual_seed(0)
    latents = Normal(4).truncated(0.7).draw(20_000)
    assert latents.abs().max() <= 0.7
    # The variance of a standard normal cut at 0.7: 1 - 2 b phi(b) / (2 Phi(b) - 1).
    phi = math.exp(-0.245) / math.sqrt(2 * math.pi)
    expected = 1 - 2 * 0.7 * phi / math.erf(0.7 / math.sqrt(2))
    assert latents.var().item() == pytest.approx(expected, rel=0.03)


def test_a_uniform_prior_fills_its_interval() -> None:
    torch.manual_seed(0)
    latents = Uniform(3, math.sqrt(3)).draw(50_000)
    assert latents.abs().max() <= math.sqrt(3)
    assert latents.var().item() == pytest.approx(1, rel=0.02)


def test_a_uniform_prior_may_lie_off_the_centre() -> None:
    torch.manual_seed(0)
    latents = Uniform(3, 0.5, 0.5).draw(50_000)
    assert 0 <= latents.min() < 0.01
    assert 0.99 < latents.max() <= 1


def test_codes_are_noise_then_one_hot_vectors_then_numbers_all_independent() -> None:
    torch.manual_seed(0)
    prior = Codes(noise=3, categorical=(4, 2), continuous=2, bound=2.0)
    latents, parts = prior.draw(50_000), prior.slices()
    assert prior.size == latents.shape[1] == 3 + 4 + 2 + 2
    assert list(parts) == ["noise", "categorical-1", "categorical-2", "continuous-1", "continuous-2"]
    assert torch.cat([torch.arange(prior.size)[part] for part in parts.values()]).equal(torch.arange(prior.size))
    for name, categories in (("categorical-1", 4), ("categorical-2", 2)):
        chosen = latents[:, parts[name]]
        assert chosen.shape[1] == categories
        assert set(chosen.unique().tolist()) == {0.0, 1.0}
        assert chosen.sum(1).eq(1).all()
        torch.testing.assert_close(chosen.mean(0), torch.full((categories,), 1 / categories), atol=0.01, rtol=0)
    for name in ("noise", "continuous-1", "continuous-2"):
        numbers = latents[:, parts[name]]
        assert numbers.abs().max() <= 2
        assert numbers.mean().abs() < 0.02
        assert numbers.var().item() == pytest.approx(4 / 3, rel=0.02)
    # No part says anything about another; within a one-hot vector, components exclude each other.
    correlations = latents.T.corrcoef()
    for part in parts.values():
        correlations[part, part] = 0
    assert correlations.abs().max() < 0.02


def test_codes_of_the_paper_and_of_one_kind() -> None:
    assert Codes().size == 74
    assert Codes(0, (), 1).slices() == {"noise": slice(0, 0), "continuous-1": slice(0, 1)}
    assert Codes(0, (2,), 0).draw(5).sum(1).eq(1).all()


def test_mistakes_are_named() -> None:
    with pytest.raises(UserError, match="at least 2 categories, not 1"):
        Codes(categorical=(10, 1))
    with pytest.raises(UserError, match="needs at least one"):
        Codes(categorical=(), continuous=0)
    with pytest.raises(UserError, match="can't be negative"):
        Codes(noise=-1)
    with pytest.raises(UserError, match="this generator's is codes"):
        Codes().truncated(0.5)
    with pytest.raises(UserError, match="Gaussian prior; this generator's is uniform"):
        Uniform(3).truncated(0.5)
    with pytest.raises(UserError, match="above 0"):
        Normal(3).truncated(0)
    with pytest.raises(UserError, match="at least one dimension"):
        Normal(0)
