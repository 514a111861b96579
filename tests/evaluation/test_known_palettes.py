"""Cityscapes' labels by name: the rare ones too, whatever JPEG and shrinking do at edges, and void unscored."""

from __future__ import annotations

import torch

from gankit.data import normalise
from gankit.evaluation.known_palettes import CITYSCAPES, CITYSCAPES_VOID, KnownPalette, known_palette
from gankit.evaluation.palette import palette_of
from gankit.evaluation.segmenter import agreement, counts
from tests.evaluation.facades import as_jpeg, labels, painted

COLOURS = torch.tensor([*CITYSCAPES.values(), *CITYSCAPES_VOID], dtype=torch.uint8)


def scenes(n: int, size: int = 96) -> torch.Tensor:
    """Numbers of labels, int64 [n, size, size]: bands of the common ones, and now and then a square of a rare one."""
    random = torch.Generator().manual_seed(0)
    common = torch.tensor([10, 8, 2, 13, 1, 0])
    truth = common[torch.arange(size) * len(common) // size][None, :, None].expand(n, size, size).clone()
    for scene in truth:
        row, column = torch.randint(0, size - 12, (2,), generator=random).tolist()
        scene[row : row + 12, column : column + 12] = torch.randint(0, len(COLOURS), (), generator=random)
    return truth


def test_its_nineteen_labels_are_known_by_a_few_and_the_rest_is_void() -> None:
    truth = scenes(60)
    seen = as_jpeg(COLOURS[truth], 80)
    found = known_palette(palette_of([normalise(seen)]))
    assert isinstance(found, KnownPalette)
    assert found.of_labels
    assert found.names == [*CITYSCAPES, "void"]
    assert (len(found), found.scored) == (20, 19)
    right = found.labels(normalise(seen)) == truth.clamp(max=19)
    assert right.float().mean() > 0.98


def test_blends_at_edges_do_not_become_a_third_label() -> None:
    truth = scenes(20)
    small = torch.nn.functional.interpolate(normalise(COLOURS[truth]), (40, 40), mode="bilinear", antialias=True)
    found = known_palette(palette_of([normalise(COLOURS[truth])]))
    there = truth.clamp(max=19).unique()
    assert set(found.labels(small).unique().tolist()) <= set(there.tolist())


def test_other_label_maps_are_what_they_are() -> None:
    found = palette_of([normalise(painted(labels(40)))])
    assert known_palette(found) is found


def test_void_is_not_scored_but_predicting_it_is_wrong() -> None:
    true, predicted = torch.tensor([[[0, 0, 1, 2]]]), torch.tensor([[[0, 2, 1, 1]]])
    found = agreement(counts(predicted, true, 3)[:, :2].sum(0))
    assert found.pixel == 2 / 3
    assert found.overlaps == [1 / 2, 1]
