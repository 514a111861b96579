"""Two folders of pictures, a domain each, wherever they lie."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from gankit.base.errors import UserError
from gankit.data import open_data
from gankit.data.sides.opening import open_two_sides
from tests.data.material import DATA, needs, pixels, second
from tests.images import Paint


def test_two_domains(domains: Path) -> None:
    pack = open_two_sides(domains, aligned=False)
    assert (len(pack), len(second(pack)), pack.spec.aligned) == (5, 4, False)
    assert np.array_equal(pixels(pack), pixels(open_data(domains / "trainA")))
    assert np.array_equal(pixels(second(pack)), pixels(open_data(domains / "trainB")))
    swapped = open_two_sides(domains, aligned=False, direction="BtoA")
    assert (len(swapped), len(second(swapped))) == (4, 5)
    held = open_two_sides(domains, aligned=False, split="test")
    assert (len(held), len(second(held)), held.spec.aligned) == (2, 2, False)
    with pytest.raises(UserError, match=r"share no names \('a0.png' and 'b0.png', say\).*cyclegan needs no pairs"):
        open_two_sides(domains, aligned=True)
    with pytest.raises(UserError, match="holds two domains"):
        open_data(domains)


def test_domains_may_lie_in_a_folder_for_each_split(domains: Path, tmp_path: Path) -> None:
    for split in ("train", "test"):
        for side in "AB":
            shutil.copytree(domains / f"{split}{side}", tmp_path / "split" / split / side)
    for split in ("train", "test"):
        expected, got = (open_two_sides(root, aligned=False, split=split) for root in (domains, tmp_path / "split"))
        assert np.array_equal(pixels(got), pixels(expected))
        assert np.array_equal(pixels(second(got)), pixels(second(expected)))
    shutil.rmtree(tmp_path / "split" / "test")
    with pytest.raises(UserError, match="has no test split: put test/A/ and test/B/ in it"):
        open_two_sides(tmp_path / "split", aligned=False, split="test")


def test_domains_that_are_none(domains: Path, paint: Paint, tmp_path: Path) -> None:
    for path in (domains / "trainB").iterdir():
        path.unlink()
    with pytest.raises(UserError, match=r"no pictures in '.*trainB'"):
        open_two_sides(domains, aligned=False)
    paint(domains / "trainB" / "b.png")
    with pytest.raises(UserError, match=r"trainB.* has a single picture .* at least 2"):
        open_two_sides(domains, aligned=False)
    paint(tmp_path / "one" / "trainA" / "a.png")
    with pytest.raises(UserError, match="holds trainA/ but no trainB/"):
        open_two_sides(tmp_path / "one", aligned=False)
    paint(tmp_path / "two" / "trainA" / "a.png")
    paint(tmp_path / "two" / "trainB" / "a.png")
    with pytest.raises(UserError, match="no test split: put testA/ and testB/"):
        open_two_sides(tmp_path / "two", aligned=True, split="test")


@needs("summer2winter")
def test_summer2winter(tmp_path: Path) -> None:
    pack = open_two_sides(DATA / "summer2winter", aligned=False, split="test", size=32, cache=tmp_path)
    assert (len(pack), len(second(pack)), pack.spec.aligned) == (60, 60, False)
    assert not any("--direction" in note for note in pack.report.notes)
