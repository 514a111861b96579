"""Batches with two sides: pairs stay together, two domains go their own ways."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from gankit.base.errors import UserError
from gankit.data import Batches
from gankit.data.pack import Pack, Report
from gankit.game.batch import DataSpec, Images, Paired, Unpaired


def numbered(n: int, other: int, *, aligned: bool) -> Pack:
    """Two sides of 2x2 images whose left pixels say which they are, in 1 channel and in 3."""
    sides = []
    for count, channels in ((n, 1), (other, 3)):
        values = torch.zeros(count, 2, 2, channels, dtype=torch.uint8)
        values[:, :, 0] = torch.arange(count, dtype=torch.uint8).reshape(-1, 1, 1)
        spec = DataSpec(shape=(channels, 2, 2))
        sides.append(Pack("numbered", spec, values, None, "", "", Report()))
    spec = replace(sides[0].spec, other_shape=(3, 2, 2), aligned=aligned)
    return replace(sides[0], spec=spec, other=sides[1])


def numbers(images: torch.Tensor) -> list[int]:
    """Which images these are; what is flipped has the number at the right."""
    return ((images[:, 0] + 1) * 127.5).round().amax((1, 2)).int().tolist()


def test_pairs_stay_together_also_when_flipped() -> None:
    batches = Batches(numbered(10, 10, aligned=True), Paired, 4, seed=0, flip=True)
    seen = []
    for position in range(0, 20, 4):
        batch = batches.at(position)
        assert isinstance(batch, Paired)
        assert batch.images.shape == (4, 1, 2, 2)
        assert batch.target.shape == (4, 3, 2, 2)
        assert torch.equal(batch.images.expand(-1, 3, -1, -1), batch.target)
        seen += numbers(batch.images)
    assert sorted(seen) == sorted([*range(10), *range(10)])


def test_two_domains_have_an_order_and_an_epoch_each() -> None:
    batches = Batches(numbered(6, 4, aligned=False), Unpaired, 2, seed=0)
    first: list[int] = []
    second: list[int] = []
    for position in range(0, 12, 2):
        batch = batches.at(position)
        assert isinstance(batch, Unpaired)
        first += numbers(batch.images)
        second += numbers(batch.other)
    assert [sorted(first[:6]), sorted(first[6:])] == [[*range(6)]] * 2
    assert [sorted(second[k : k + 4]) for k in (0, 4, 8)] == [[*range(4)]] * 3
    assert first[:4] != second[:4]


def test_a_domain_smaller_than_a_batch_and_data_of_one_side_are_refused() -> None:
    with pytest.raises(UserError, match="3 images on a side, fewer than a batch of 4"):
        Batches(numbered(9, 3, aligned=False), Unpaired, 4, seed=0)
    with pytest.raises(UserError, match="needs pairs"):
        Batches(numbered(9, 9, aligned=False), Paired, 4, seed=0)
    one_sided = replace(numbered(9, 9, aligned=True), other=None, spec=DataSpec(shape=(1, 2, 2)))
    with pytest.raises(UserError, match="needs two domains"):
        Batches(one_sided, Unpaired, 4, seed=0)


def test_one_side_alone_can_be_drawn_from() -> None:
    assert isinstance(Batches(numbered(9, 9, aligned=True), Images, 4, seed=0).at(0), Images)
