"""The segmenter learns what photographs show, once; and its scores are Long et al.'s."""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch

from gankit.data import normalise
from gankit.evaluation import segmenter
from gankit.evaluation.segmenter import agreement, counts
from tests.evaluation.facades import labels, photographed

QUICK = partial(segmenter.train_segmenter, steps=60)


@pytest.mark.long
def test_it_sees_labels_in_photographs_it_has_not_seen() -> None:
    known, new = labels(60), labels(20, seed=1)
    network = QUICK(normalise(photographed(known)), known, 3)
    found = agreement(counts(network.labels(normalise(photographed(new, seed=1))), new, 3).sum(0))
    assert found.pixel > 0.95
    assert min(found.overlaps) > 0.8
    nothing = agreement(counts(network.labels(torch.zeros(20, 3, 24, 24)), new, 3).sum(0))
    assert nothing.overlap < 0.5


def test_it_is_the_same_every_time_and_leaves_chance_alone() -> None:
    known = labels(10)
    photos = normalise(photographed(known))
    torch.manual_seed(5)
    first = segmenter.train_segmenter(photos, known, 3, steps=2)
    drawn = torch.rand(1)
    torch.manual_seed(5)
    assert torch.equal(drawn, torch.rand(1))
    again = segmenter.train_segmenter(photos, known, 3, steps=2)
    for ours, theirs in zip(first.parameters(), again.parameters(), strict=True):
        assert torch.equal(ours, theirs)
        assert not ours.requires_grad


def test_it_is_trained_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trained = []

    def train(*arguments: Any) -> segmenter.Segmenter:
        trained.append(1)
        return QUICK(*arguments, steps=1)

    monkeypatch.setattr(segmenter, "train_segmenter", train)
    known = labels(4)
    photos = normalise(photographed(known))
    first = segmenter.trained_segmenter(photos, known, 3, "a", tmp_path)
    again = segmenter.trained_segmenter(photos, known, 3, "a", tmp_path)
    assert torch.equal(first.logits.weight, again.logits.weight)
    assert len(trained) == 1
    segmenter.trained_segmenter(photos, known, 3, "b", tmp_path)
    segmenter.trained_segmenter(photos, known, 4, "a", tmp_path)
    assert len(trained) == 3
    for path in (tmp_path / "features").iterdir():
        path.write_bytes(path.read_bytes()[:100])
    segmenter.trained_segmenter(photos, known, 3, "a", tmp_path)
    assert len(trained) == 4


@pytest.mark.parametrize("size", [(24, 24), (17, 40), (5, 9), (1, 1)])
@pytest.mark.parametrize("channels", [1, 2, 4])
def test_any_size_and_channels(size: tuple[int, int], channels: int) -> None:
    network = segmenter.Segmenter(channels, 5)
    assert network(torch.zeros(2, channels, *size)).shape == (2, 5, *size)
    assert 100_000 < sum(part.numel() for part in segmenter.Segmenter(3, 2).parameters()) < 300_000


def test_large_pictures_are_shrunk_and_keep_their_commonest_labels() -> None:
    known = labels(3).repeat_interleave(8, 1).repeat_interleave(6, 2)
    photos = segmenter.shrunk(torch.rand(3, 3, 192, 144))
    small = segmenter.shrunk_labels(known, 3)
    assert photos.shape == (3, 3, 64, 48)
    assert small.shape == (3, 64, 48)
    assert small.unique().tolist() == [0, 1, 2]
    assert torch.equal(small[:, 1::8, 0::2][:, :8], labels(3)[:, 0::3][:, :8])
    assert segmenter.shrunk(photos) is photos


def test_scores_are_those_of_their_definitions() -> None:
    wanted = torch.tensor([[[0, 0, 0, 0], [1, 1, 2, 2]], [[0, 0, 0, 0], [0, 0, 0, 0]]])
    found = torch.tensor([[[0, 0, 0, 1], [1, 1, 2, 0]], [[0, 0, 0, 0], [0, 0, 0, 3]]])
    table = counts(found, wanted, 5)
    assert table.shape == (2, 5, 5)
    assert table[0].tolist()[0] == [3, 1, 0, 0, 0]
    assert table[1].sum() == table[1][0].sum() == 8
    result = agreement(table.sum(0))
    assert result.pixel == pytest.approx(13 / 16)
    # Class 3 is found but never wanted, class 4 neither.
    assert result.by_class == pytest.approx((10 / 12 + 2 / 2 + 1 / 2) / 3)
    assert result.overlaps[:4] == pytest.approx([10 / 13, 2 / 3, 1 / 2, 0])
    assert math.isnan(result.overlaps[4])
    assert result.overlap == pytest.approx((10 / 13 + 2 / 3 + 1 / 2 + 0) / 4)
