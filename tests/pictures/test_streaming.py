"""Many samples as files: in parts, by names, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
import torch

from gankit.base.errors import UserError
from gankit.data import open_data
from gankit.pictures.samples import Samples
from gankit.pictures.streaming import write_samples

CLASSES = ("cat", "T-shirt/top")


def parts(n: int, *, labels: bool = True, stop: int | None = None) -> Iterator[Samples]:
    """`n` samples of 2x2 pixels, three at a time: number i has the brightness i / n; an error after `stop`."""
    for start in range(0, n, 3):
        if stop is not None and start >= stop:
            raise RuntimeError("the power went")
        numbers = torch.arange(start, min(start + 3, n))
        values = (numbers / n * 2 - 1).view(-1, 1, 1, 1).expand(-1, 1, 2, 2)
        yield Samples(values, numbers % 2 if labels else None)


def test_numbers_are_those_of_all_parts(tmp_path: Path) -> None:
    done: list[int] = []
    path = write_samples(parts(8), 8, tmp_path / "x.npy", at=done.append)
    assert np.array_equal(np.load(path), Samples.joined(parts(8)).values.numpy())
    assert done == [3, 6, 8]


def test_pictures_have_their_number_and_class(tmp_path: Path) -> None:
    write_samples(parts(11), 11, tmp_path / "out", classes=CLASSES)
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names[:2] == ["00-cat.png", "01-T-shirt-top.png"]
    assert len(names) == 11
    write_samples(parts(2, labels=False), 2, tmp_path / "plain")
    assert sorted(path.name for path in (tmp_path / "plain").iterdir()) == ["0.png", "1.png"]


@pytest.mark.parametrize("name", ["folder", "all.zip"])
def test_a_folder_for_each_class_is_read_back_as_its_classes(tmp_path: Path, name: str) -> None:
    path = write_samples(parts(10), 10, tmp_path / name, classes=CLASSES, by_class=True)
    pack = open_data(path)
    assert pack.labels is not None
    assert pack.spec.classes == ("T-shirt-top", "cat")
    assert pack.labels.bincount().tolist() == [5, 5]


def test_an_archive_holds_every_picture(tmp_path: Path) -> None:
    with ZipFile(write_samples(parts(7), 7, tmp_path / "x.zip")) as archive:
        assert archive.namelist()[:2] == ["0-0.png", "1-1.png"]
        assert archive.testzip() is None
        assert len(archive.namelist()) == 7


@pytest.mark.parametrize("name", ["folder", "x.zip", "x.npy"])
def test_what_is_broken_off_leaves_nothing(tmp_path: Path, name: str) -> None:
    with pytest.raises(RuntimeError, match="the power went"):
        write_samples(parts(9, stop=6), 9, tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_mistakes_are_one_line_and_leave_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("precious")
    points = [Samples(torch.zeros(2, 2))]
    for given, name, by_class, why in (
        (parts(2), "full", False, "is there already"),
        (parts(2), "x.docx", False, "can't write .*x.docx: many samples go into a folder's name, .zip, or .npy"),
        (parts(2), "x.npy", True, "has no folders for classes"),
        (parts(2, labels=False), "new", True, "have no classes"),
        (points, "new", False, "points can't be separate pictures"),
    ):
        with pytest.raises(UserError, match=why):
            write_samples(given, 2, tmp_path / name, by_class=by_class)
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")) == ["full", "full/thesis.txt"]
