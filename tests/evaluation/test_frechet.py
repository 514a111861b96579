"""The Fréchet distance against its closed form."""

from __future__ import annotations

import pytest
import torch

from gankit.base.errors import UserError
from gankit.evaluation.frechet import frechet_distance, frechet_error


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


@pytest.mark.parametrize("counts", [(5, 7), (5, 90), (90, 5), (15, 90), (24, 90), (60, 90), (90, 60)])
@pytest.mark.parametrize("dead", [0, 9])
def test_few_points_of_many_dimensions_are_at_the_distance_of_their_covariances(
    counts: tuple[int, int], dead: int
) -> None:
    """Fewer than the 24 dimensions, as many and more; `dead` of these are the same for all real points."""
    torch.manual_seed(0)
    real, fake = (torch.randn(n, 24, dtype=torch.float64) @ torch.rand(24, 24).double() for n in counts)
    real[:, :dead] = 3.0
    first, second = real.T.cov(), fake.T.cov()
    values, vectors = torch.linalg.eigh(first)
    root = vectors @ values.clamp(min=0).sqrt().diag() @ vectors.T
    cross = torch.linalg.eigvalsh(root @ second @ root).clamp(min=0).sqrt().sum()
    expected = (real.mean(0) - fake.mean(0)).square().sum() + first.trace() + second.trace() - 2 * cross
    assert frechet_distance(real, fake) == pytest.approx(expected.item(), rel=1e-6)
    assert frechet_distance(fake, real) == pytest.approx(expected.item(), rel=1e-6)


@pytest.mark.parametrize("counts", [(40, 60), (12, 60), (60, 9)])
def test_its_error_is_the_spread_over_sets_drawn_with_repetition(counts: tuple[int, int]) -> None:
    torch.manual_seed(0)
    real, fake = (torch.randn(n, 16, dtype=torch.float64) for n in counts)
    random = torch.Generator().manual_seed(3)
    sets = [
        [points[torch.randint(len(points), (len(points),), generator=random)] for points in (real, fake)]
        for _ in range(2)
    ]
    spread = torch.tensor([frechet_distance(*drawn) for drawn in sets]).std().item()
    assert frechet_error(real, fake, resamples=2, seed=3) == pytest.approx(spread, rel=1e-5)


def test_one_sample_is_refused() -> None:
    with pytest.raises(UserError, match="needs at least 2 real samples, not 1"):
        frechet_distance(torch.zeros(1, 3), torch.zeros(9, 3))
