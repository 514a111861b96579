"""Label maps as they come: JPEG's noise, blended edges, and colours that were never seen in training."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from gankit.data import normalise
from gankit.evaluation import palette
from tests.evaluation.facades import as_jpeg, labels, painted, photographed


def images(values: Tensor) -> Tensor:
    return normalise(values)


def test_colours_are_found_whatever_jpeg_does() -> None:
    truth = labels(40).repeat_interleave(2, 1).repeat_interleave(2, 2)
    for values in (painted(truth), as_jpeg(painted(truth), 90), as_jpeg(painted(truth), 60)):
        found = palette.palette_of(images(values).split(7))
        assert found.names == ["blue", "red", "yellow"]
        assert found.of_labels
        assert (found.labels(images(values)) == truth).float().mean() > 0.97


def test_edges_blended_by_shrinking_are_no_colours() -> None:
    large = images(painted(labels(40)).repeat_interleave(4, 1).repeat_interleave(4, 2))
    small = torch.nn.functional.interpolate(large, (36, 36), mode="bilinear", antialias=True)
    assert len(small.flatten(2).mT.flatten(0, 1).mul(127.5).round().unique(dim=0)) > 10
    assert palette.palette_of([small]).names == ["blue", "red", "yellow"]


def test_photographs_are_no_labels() -> None:
    assert not palette.palette_of([images(photographed(labels(40)))]).of_labels
    smooth = torch.nn.functional.interpolate(torch.rand(20, 3, 3, 3) * 2 - 1, (48, 48), mode="bicubic").clamp(-1, 1)
    assert not palette.palette_of([smooth]).of_labels
    assert not palette.palette_of([torch.zeros(2, 3, 8, 8)]).of_labels


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_any_number_of_channels(channels: int) -> None:
    levels = torch.tensor([0, 120, 250], dtype=torch.uint8)[labels(10)]
    found = palette.palette_of([images(levels[..., None].expand(-1, -1, -1, channels))])
    assert len(found) == 3
    assert found.of_labels
    if channels == 1:
        assert found.names == ["black", "grey", "white"]


def test_colours_that_share_a_word_are_written_out() -> None:
    values = torch.tensor([(0, 0, 255), (255, 30, 0), (225, 0, 15)], dtype=torch.uint8)[labels(20)]
    found = palette.palette_of([images(values)])
    assert found.names == ["blue", "#ff1e00", "#e1000f"]


def test_a_label_never_seen_is_named() -> None:
    known = palette.palette_of([images(as_jpeg(painted(labels(40))))])
    others = painted(labels(6, seed=1))
    assert known.stranger(images(as_jpeg(others))) is None
    few = others.clone()
    few[2, :3, :3] = torch.tensor((0, 255, 0), dtype=torch.uint8)
    assert known.stranger(images(few)) is None
    many = others.clone()
    many[2:, :8, :8] = torch.tensor((0, 255, 0), dtype=torch.uint8)
    stripes = torch.where((torch.arange(24) % 2 == 0)[:, None, None], others[:, :1], others[:, -1:])
    small = torch.nn.functional.interpolate(images(stripes), (12, 12), mode="bilinear", antialias=True)
    assert known.stranger(small) is None
    found = known.stranger(images(as_jpeg(many)))
    assert found is not None
    number, colour, share = found
    assert number == 2
    assert 0.05 < share < 0.15
    levels = [int(colour[place : place + 2], 16) for place in (1, 3, 5)]
    assert levels == pytest.approx([0, 255, 0], abs=16)
