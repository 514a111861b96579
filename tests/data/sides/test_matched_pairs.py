"""Pictures of one name in two folders: a pair, or neither."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gankit.base.errors import UserError
from gankit.data.sides.opening import open_two_sides
from tests.data.material import pixels, second
from tests.images import Paint


def test_folders_paired_by_name(tmp_path: Path, paint: Paint) -> None:
    root = tmp_path / "maps"
    mine = {name: paint(root / "A" / f"{name}.png") for name in ("c", "x/b", "a", "only")}
    theirs = {name: paint(root / "B" / f"{name}.bmp", (8, 8)) for name in ("x/b", "a", "c", "1", "2", "3", "4", "5")}
    pack = open_two_sides(root, aligned=True)
    assert (pack.spec.shape, pack.spec.other_shape, pack.spec.classes) == ((3, 8, 8), (1, 8, 8), ())
    assert np.array_equal(pixels(pack), [mine[name] for name in ("a", "c", "x/b")])
    assert np.array_equal(pixels(second(pack))[..., 0], [theirs[name] for name in ("a", "c", "x/b")])
    notes = "\n".join(pack.report.notes)
    assert "1 picture of A/ without a partner left out: only.png" in notes
    assert "5 pictures of B/ without a partner left out: 1.bmp, 2.bmp, 3.bmp and 2 more" in notes
    assert len(second(open_two_sides(root, aligned=False))) == 8
    with pytest.raises(UserError, match="no test split"):
        open_two_sides(root, aligned=True, split="test")


def test_splits_inside_the_folders(tmp_path: Path, paint: Paint) -> None:
    for side in "AB":
        for split, names in (("train", "abc"), ("test", "de")):
            for name in names:
                paint(tmp_path / "maps" / side / split / f"{name}.png")
    assert len(open_two_sides(tmp_path / "maps", aligned=True)) == 3
    held = open_two_sides(tmp_path / "maps", aligned=False, split="test")
    assert (len(held), held.spec.aligned) == (2, True)
    assert not open_two_sides(tmp_path / "maps", aligned=False).spec.aligned
    assert open_two_sides(tmp_path / "maps", aligned=None).spec.aligned


def test_a_damaged_picture_takes_its_partner_along(tmp_path: Path, paint: Paint) -> None:
    root = tmp_path / "maps"
    mine = [paint(root / "trainA" / f"{index}.png") for index in range(4)]
    theirs = [paint(root / "trainB" / f"{index}.png") for index in range(4)]
    (root / "trainA" / "1.png").write_bytes(b"")
    (root / "trainB" / "2.png").write_text("hello")
    pack = open_two_sides(root, aligned=True)
    assert np.array_equal(pixels(pack), [mine[0], mine[3]])
    assert np.array_equal(pixels(second(pack)), [theirs[0], theirs[3]])
    assert dict(pack.report.unreadable)["2.png"] == "its partner can't be read: not a picture"
    assert dict(second(pack).report.unreadable) == {
        "1.png": "its partner can't be read: an empty file",
        "2.png": "not a picture",
    }
    mended = paint(root / "trainB" / "2.png")
    whole = open_two_sides(root, aligned=True)
    assert np.array_equal(pixels(whole), [mine[0], mine[2], mine[3]])
    assert np.array_equal(pixels(second(whole)), [theirs[0], mended, theirs[3]])
