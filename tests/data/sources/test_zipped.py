"""A .zip file of pictures is the folder that it was made of."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest

from gankit.base.errors import UserError
from gankit.data import open_data
from gankit.data.sides.opening import open_two_sides
from tests.images import Paint


@pytest.fixture
def classes(folder: Path, paint: Paint) -> Path:
    """Two classes of three pictures, a hidden file, and one that is no picture."""
    for index in range(3):
        paint(folder / "cats" / f"{index}.png")
        paint(folder / "dogs" / f"{index}.png")
    (folder / "cats" / ".DS_Store").write_text("x")
    (folder / "cats" / "notes.txt").write_text("x")
    return folder


def zipped(folder: Path, root: Path | None = None) -> Path:
    """`folder` as a file beside it, with names from `root`."""
    root = root or folder
    base = str(folder.parent / f"packed-{folder.name}")
    return Path(shutil.make_archive(base, "zip", root, None if root == folder else folder.relative_to(root)))


@pytest.mark.parametrize("around", [False, True])
def test_it_is_its_folder(classes: Path, around: bool) -> None:
    path = zipped(classes, classes.parent if around else None)
    expected, got = open_data(classes), open_data(path)
    assert np.array_equal(got.values.numpy(), expected.values.numpy())
    assert got.labels is not None
    assert expected.labels is not None
    assert got.labels.tolist() == expected.labels.tolist()
    assert (got.spec.classes, got.report.notes) == (("cats", "dogs"), expected.report.notes)


def test_it_may_be_divided(folder: Path, paint: Paint) -> None:
    made = {split: paint(folder / split / "a.png") for split in ("train", "test")}
    path = zipped(folder, folder.parent)
    for split, values in made.items():
        assert np.array_equal(open_data(path, split=split).values.numpy()[0], values)  # type: ignore[arg-type]


def test_what_a_mac_adds_is_left_out(folder: Path, paint: Paint) -> None:
    paint(folder / "a.png")
    path = folder.parent / "mac.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(folder / "a.png", "photos/a.png")
        archive.writestr("__MACOSX/photos/._a.png", "x")
        archive.writestr("photos/._a.png", "x")
    pack = open_data(path)
    assert (len(pack), pack.spec.classes, pack.report.unreadable) == (1, (), [])


def test_side_by_side_pairs_may_be_packed(folder: Path, paint: Paint) -> None:
    values = paint(folder / "a.png", (8, 16, 3)), paint(folder / "b.png", (8, 16, 3))
    pack = open_two_sides(zipped(folder), aligned=True)
    assert pack.other is not None
    assert np.array_equal(pack.other.values.numpy(), np.stack(values)[:, :, 8:])


def test_a_damaged_member_is_skipped_and_named(folder: Path, paint: Paint) -> None:
    paint(folder / "a.png", (64, 64, 3))
    paint(folder / "b.png", (64, 64, 3))
    path = zipped(folder)
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        start = archive.getinfo("a.png").header_offset
    content[start + 200] ^= 255
    path.write_bytes(content)
    pack = open_data(path)
    assert (len(pack), dict(pack.report.unreadable)) == (1, {"a.png": "not a picture"})


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_so_is_one_that_was_packed_another_way(folder: Path, paint: Paint, method: int) -> None:
    path = folder.parent / "a.zip"
    with zipfile.ZipFile(path, "w", method) as archive:
        for name in ("a.png", "b.png", "c.png"):
            paint(folder / name, (64, 64, 3))
            archive.write(folder / name, name)
        start = archive.getinfo("b.png").header_offset
    content = bytearray(path.read_bytes())
    content[start + 40 : start + 400] = bytes(255 - byte for byte in content[start + 40 : start + 400])
    path.write_bytes(content)
    pack = open_data(path)
    assert (len(pack), dict(pack.report.unreadable)) == (2, {"b.png": "not a picture"})


def test_names_as_other_programs_write_them(classes: Path) -> None:
    expected = open_data(classes)
    for written in ("./photos/{}/{}", "photos\\{}\\{}", "/photos//{}/{}"):
        path = classes.parent / "a.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for file in classes.glob("*/*.png"):
                archive.writestr(written.format(file.parent.name, file.name), file.read_bytes())
        pack = open_data(path)
        assert pack.spec.classes == ("cats", "dogs")
        assert np.array_equal(pack.values.numpy(), expected.values.numpy())


@pytest.mark.parametrize("names", ["A B", "train/A train/B", "train/A train/B test/A test/B", "trainA trainB"])
def test_two_sides_are_those_of_the_folder(folder: Path, paint: Paint, names: str) -> None:
    for name in names.split():
        paint(folder / name / "a.png")
        paint(folder / name / "b.png")
    for aligned in (True, False):
        packed, plain = (open_two_sides(source, aligned=aligned) for source in (zipped(folder, folder.parent), folder))
        assert packed.other is not None
        assert plain.other is not None
        assert packed.spec == plain.spec
        assert np.array_equal(packed.values.numpy(), plain.values.numpy())
        assert np.array_equal(packed.other.values.numpy(), plain.other.values.numpy())
    if "test/A" in names:
        assert len(open_two_sides(zipped(folder), aligned=True, split="test")) == 2
    else:
        with pytest.raises(UserError, match="has no test split"):
            open_two_sides(zipped(folder), aligned=True, split="test")
    if names == "A B":
        assert open_data(zipped(folder)).spec.classes == ("A", "B")
        paint(folder / "C" / "a.png")
        with pytest.raises(UserError, match="has no two sides"):
            open_two_sides(zipped(folder), aligned=True)


def test_an_archive_that_is_not_understood(folder: Path, paint: Paint) -> None:
    paint(folder / "a.png")
    path = zipped(folder)
    content = path.read_bytes()
    entry = content.index(b"PK\x01\x02")
    path.write_bytes(content[: entry + 6] + b"\x63" + content[entry + 7 :])
    with pytest.raises(UserError, match=r"cannot read '.*\.zip' \(zip file version 9\.9\): unpack it"):
        open_data(path)
    flagged = content[: entry + 9] + b"\x08" + content[entry + 10 :].replace(b"a.png", b"\xff.png")
    path.write_bytes(flagged)
    with pytest.raises(UserError, match=r"\(a name in it is damaged\): unpack it"):
        open_data(path)


def test_what_is_wrong_with_it_is_said(folder: Path, paint: Paint) -> None:
    path = folder / "a.zip"
    path.write_text("text")
    with pytest.raises(UserError, match=r"a\.zip': it is no \.zip file, or not all of one"):
        open_data(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("notes.txt", "x")
    with pytest.raises(UserError, match="no pictures in"):
        open_data(path)
    with pytest.raises(UserError, match="has no test split"):
        open_data(path, split="test")
    for side in "AB":
        paint(folder / "two" / f"train{side}" / "a.png")
    with pytest.raises(UserError, match="holds two domains: unpack it"):
        open_data(zipped(folder / "two"))
    path = zipped(folder / "two" / "trainA")
    path.write_bytes(path.read_bytes().replace(b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01"))
    with pytest.raises(UserError, match="takes a password"):
        open_data(path)
