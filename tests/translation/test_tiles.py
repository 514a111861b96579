"""Tiles: windows that cover a side, and seams that don't show."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from gankit.translation.tiles import tiled, windows
from tests.translation.material import Negative, pipeline


@pytest.mark.parametrize(
    ("length", "tile", "overlap"), [(100, 32, 8), (33, 32, 16), (97, 16, 0), (20, 32, 4), (64, 32, 1)]
)
def test_windows_cover_a_side_with_weights_that_sum_to_one(length: int, tile: int, overlap: int) -> None:
    starts, weights = windows(length, tile, overlap)
    total = torch.zeros(length)
    for start, weight in zip(starts, weights, strict=True):
        total[start : start + len(weight)] += weight
    torch.testing.assert_close(total, torch.ones(length))
    assert starts[-1] + weights.shape[1] == length
    assert all(second - first <= max(tile - overlap, 1) for first, second in pairwise(starts))
    assert (weights >= 0).all()


def test_weights_fall_smoothly_towards_a_neighbour() -> None:
    _, weights = windows(56, 32, 8)
    assert weights[0].diff().abs().max() < 0.25
    assert weights[0, :24].min() == 1
    assert weights[0, 24:].diff().max() < 0


@pytest.mark.parametrize("size", [(70, 50), (33, 200), (16, 90)])
def test_tiles_of_a_pointwise_function_give_what_the_whole_gives(size: tuple[int, int]) -> None:
    images = torch.rand(2, 3, *size) * 2 - 1
    made = tiled(lambda part: part.pow(3).sum(1, keepdim=True), images, tile=32, overlap=8, batch=3)
    torch.testing.assert_close(made, images.pow(3).sum(1, keepdim=True), rtol=0, atol=1e-5)


def test_tiles_of_a_local_function_differ_from_the_whole_only_where_they_end() -> None:
    """A convolution sees zeros beyond the edge of a tile, where its weight is small; elsewhere nothing changes."""
    images, kernel = torch.rand(1, 3, 120, 90), torch.rand(2, 3, 3, 3)

    def local(part: Tensor) -> Tensor:
        return F.conv2d(part, kernel, padding=1)

    whole, made = local(images), tiled(local, images, tile=48, overlap=16, batch=4)
    off = (made - whole).abs().amax((0, 1))
    assert off.max() < 0.02 * whole.abs().max()
    assert (off < 1e-4).float().mean() > 0.8


def test_tiles_hold_no_more_than_was_asked() -> None:
    translator = Negative()
    pipeline(translator, tile=32, batch=3, scale="own")(torch.zeros(1, 3, 100, 40))
    assert {shape[2:] for shape in translator.seen} == {(32, 32)}
    assert max(shape[0] for shape in translator.seen) == 3
