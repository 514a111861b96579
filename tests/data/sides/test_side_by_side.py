"""Pairs in one picture each: cut in the middle, or left out of both sides."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gankit.base.errors import UserError
from gankit.data import images
from gankit.data.sides.opening import open_two_sides
from gankit.game.batch import Paired, Unpaired, check_offer
from tests.data.material import DATA, needs, pixels, second
from tests.images import Paint


def test_side_by_side_pictures_are_pairs(folder: Path, halves: np.ndarray) -> None:
    pack = open_two_sides(folder, aligned=True)
    assert (pack.spec.shape, pack.spec.other_shape, pack.spec.aligned) == ((3, 8, 8), (3, 8, 8), True)
    assert np.array_equal(pixels(pack), halves[:, :, :8])
    assert np.array_equal(pixels(second(pack)), halves[:, :, 8:])
    check_offer(Paired, pack.spec, method="pix2pix", source=pack.source)
    check_offer(Unpaired, pack.spec, method="cyclegan", source=pack.source)
    assert pack.source == str(folder)
    left, right = open_two_sides(folder, aligned=True), open_two_sides(folder, aligned=True, direction="BtoA")
    assert np.array_equal(pixels(right), pixels(second(left)))
    assert np.array_equal(pixels(second(right)), pixels(left))
    assert (left.key, left.content) == (pack.key, pack.content)
    assert left.content != right.content


def test_any_even_width_is_cut_when_asked(folder: Path, paint: Paint) -> None:
    values = paint(folder / "a.png", (9, 10, 3))
    with pytest.raises(UserError, match=r"no two sides.*--pair colorize or --pair edges"):
        open_two_sides(folder, aligned=True)
    pack = open_two_sides(folder, aligned=True, pair="side-by-side")
    assert np.array_equal(pixels(second(pack))[0], values[:, 5:])


def test_odd_and_damaged_pictures_are_left_out_of_both_sides(folder: Path, halves: np.ndarray, paint: Paint) -> None:
    paint(folder / "1.png", (8, 17, 3))
    (folder / "3.png").write_bytes(b"")
    pack = open_two_sides(folder, aligned=True)
    assert np.array_equal(pixels(pack), halves[[0, 2, 4], :, :8])
    assert np.array_equal(pixels(second(pack)), halves[[0, 2, 4], :, 8:])
    reasons = [("1.png", "it is 17 pixels wide, which has no halves"), ("3.png", "an empty file")]
    assert pack.report.unreadable == second(pack).report.unreadable == reasons
    for path in folder.iterdir():
        paint(path, (8, 17, 3))
    with pytest.raises(UserError, match=r"none of the 5 pictures .* 17 pixels wide"):
        open_two_sides(folder, aligned=True)


def test_splits_of_side_by_side_pictures(folder: Path, paint: Paint) -> None:
    train, test = (paint(folder / split / "1.png", (8, 16, 3)) for split in ("train", "val"))
    paint(folder / "train" / "2.png", (8, 16, 3))
    assert np.array_equal(pixels(open_two_sides(folder, aligned=True))[0], train[:, :8])
    held = open_two_sides(folder, aligned=False, split="test")
    assert np.array_equal(pixels(held)[0], test[:, :8])
    assert held.spec.aligned
    unpaired = open_two_sides(folder, aligned=False)
    assert not unpaired.spec.aligned
    assert any("no use" in note for note in unpaired.report.notes)
    with pytest.raises(UserError, match="no test split"):
        open_two_sides(folder / "train", aligned=True, split="test")


@needs("facades")
def test_facades(tmp_path: Path) -> None:
    pack = open_two_sides(DATA / "facades", aligned=True, split="test", size=32, cache=tmp_path)
    assert (len(pack), len(second(pack)), pack.spec.other_shape) == (128, 128, (3, 32, 32))
    assert any("--direction BtoA" in note for note in pack.report.notes)
    mask = images(second(pack), list(range(128)))
    assert float((mask[:, 0] - mask[:, 2]).abs().gt(1).float().mean()) > 0.8
