"""Latents have the distribution their paper says."""

from __future__ import annotations

import math

import pytest
import torch

from gankit.errors import UserError
from gankit.prior import Normal, Uniform


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


def test_mistakes_are_named() -> None:
    with pytest.raises(UserError, match="Gaussian prior; this generator's is uniform"):
        Uniform(3).truncated(0.5)
    with pytest.raises(UserError, match="above 0"):
        Normal(3).truncated(0)
    with pytest.raises(UserError, match="at least one dimension"):
        Normal(0)
