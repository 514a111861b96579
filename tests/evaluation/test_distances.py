"""Distances: exact, the same in tiles of any size, and 0 between equal points."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from gankit.base.errors import UserError
from gankit.evaluation import distances
from gankit.evaluation.distances import clouds, nearest, tiles


def whole(a: Tensor, b: Tensor) -> Tensor:
    table = torch.full((len(a), len(b)), torch.nan, dtype=torch.float64)
    for rows, columns, tile in tiles(a, b):
        table[rows, columns] = tile.double()
    return table


def naive(a: Tensor, b: Tensor) -> Tensor:
    return torch.stack([(a.double() - point.double()).square().sum(1) for point in b], 1)


def cloud(n: int, d: int, seed: int = 0) -> Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("width", [1, 2, 64, 65, 300])
def test_distances_in_tiles_are_those_of_the_definition(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = cloud(50, width) + 7, cloud(71, width, 1) + 7
    torch.testing.assert_close(whole(a, b), naive(a, b), rtol=1e-4, atol=1e-5)
    monkeypatch.setattr(distances, "ROWS", 9)
    monkeypatch.setattr(distances, "COLUMNS", 13)
    torch.testing.assert_close(whole(a, b), naive(a, b), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("k", [1, 4, 20])
@pytest.mark.parametrize("columns", [16384, 30, 13, 3])
def test_the_nearest_are_found_across_tiles(k: int, columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distances, "ROWS", 9)
    monkeypatch.setattr(distances, "COLUMNS", columns)
    a, b = cloud(20, 5), cloud(60, 5, 1)
    squares, indices = nearest(a, b, k)
    expected = naive(a, b).sort(1)
    torch.testing.assert_close(squares, expected.values[:, :k])
    assert torch.equal(indices, expected.indices[:, :k])
    squares, indices = nearest(b, k=k)
    expected = (naive(b, b) + torch.eye(60) * 1e9).sort(1)
    torch.testing.assert_close(squares, expected.values[:, :k])
    assert torch.equal(indices, expected.indices[:, :k])


@pytest.mark.parametrize("width", [2, 500])
def test_equal_points_are_at_no_distance_wherever_they_lie(width: int) -> None:
    points = cloud(1500, width) * torch.logspace(-2, 2, width) + 30
    assert whole(points, points).diagonal().eq(0).all()
    assert nearest(torch.cat([points, points]))[0].eq(0).all()


def test_points_close_together_and_far_from_zero_are_told_apart() -> None:
    """A toy's mode: 300 points of sd 0.001 at a distance of 1,000."""
    points = torch.randn(300, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) * 1e-3 + 1e3
    squares, indices = nearest(points)
    expected = (naive(points, points) + torch.eye(300)).min(1)
    assert torch.equal(indices[:, 0], expected.indices)
    torch.testing.assert_close(squares[:, 0], expected.values)


def test_bytes_are_numbers() -> None:
    pixels = torch.randint(256, (40, 100), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(whole(pixels, pixels), naive(pixels, pixels), rtol=1e-5, atol=1)


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(UserError, match=r"^KID needs at least 7 fake samples, not 3$"):
        clouds("KID", 7, real=torch.zeros(7, 2), fake=torch.zeros(3, 2))
    with pytest.raises(UserError, match="real samples have 12 values each, fake ones 9"):
        clouds("KID", 1, real=torch.zeros(7, 3, 2, 2), fake=torch.zeros(7, 9))
    with pytest.raises(UserError, match="fake samples hold NaN or infinity"):
        clouds("KID", 1, real=torch.zeros(7, 3), fake=torch.full((7, 3), torch.nan))
    with pytest.raises(UserError, match=r"fake is of shape \[7\]"):
        clouds("KID", 1, real=torch.zeros(7, 3), fake=torch.zeros(7))
