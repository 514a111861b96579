"""The Fréchet distance against its closed form."""

from __future__ import annotations

import pytest
import torch

from gankit.base.errors import UserError
from gankit.evaluation.frechet import frechet_distance


def test_a_set_is_at_no_distance_from_itself() -> None:
    torch.manual_seed(0)
    features = torch.randn(500, 12) @ torch.randn(12, 12)
    assert frechet_distance(features, features) == pytest.approx(0, abs=1e-6)


def test_gaussians_in_one_dimension() -> None:
    """(m1 - m2)^2 + (s1 - s2)^2."""
    grid = torch.linspace(-1, 1, 2001, dtype=torch.float64)[:, None]
    sd = grid.std()
    assert frechet_distance(grid * 2, grid * 5 + 3) == pytest.approx(9 + float(3 * sd) ** 2, rel=1e-6)


def test_gaussians_with_covariances_that_do_not_commute() -> None:
    torch.manual_seed(0)
    first = torch.randn(4000, 3, dtype=torch.float64) @ torch.randn(3, 3, dtype=torch.float64)
    second = torch.randn(4000, 3, dtype=torch.float64) @ torch.randn(3, 3, dtype=torch.float64) + 1
    c1, c2 = first.T.cov(), second.T.cov()
    values, vectors = torch.linalg.eigh(c1)
    root = vectors @ values.sqrt().diag() @ vectors.T
    cross = torch.linalg.eigvalsh(root @ c2 @ root).sqrt().sum()
    expected = (first.mean(0) - second.mean(0)).square().sum() + c1.trace() + c2.trace() - 2 * cross
    assert frechet_distance(first, second) == pytest.approx(expected.item(), rel=1e-9)


def test_one_sample_is_refused() -> None:
    with pytest.raises(UserError, match="needs at least 2 real samples, not 1"):
        frechet_distance(torch.zeros(1, 3), torch.zeros(9, 3))
