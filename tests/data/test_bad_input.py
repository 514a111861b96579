"""What cannot be read is named; where nothing can, one line says so."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from gankit.base.errors import UserError
from gankit.data import open_data
from gankit.data.pack import encoded
from gankit.data.sides.layouts import two_sided
from gankit.data.sides.opening import open_two_sides
from tests.images import Paint


def test_bad_files_among_good_ones_are_skipped_and_named(folder: Path, paint: Paint) -> None:
    paint(folder / "a.png")
    (folder / "empty.png").write_bytes(b"")
    (folder / "text.png").write_text("hello")
    paint(folder / "long.jpg", (64, 64, 3))
    whole = (folder / "long.jpg").read_bytes()
    (folder / "long.jpg").write_bytes(whole[: len(whole) // 2])
    paint(folder / "z.png")
    pack = open_data(folder, size=8)
    reasons = dict(pack.report.unreadable)
    assert len(pack) == 2
    assert list(reasons) == ["empty.png", "long.jpg", "text.png"]
    assert reasons["empty.png"] == "an empty file"
    assert reasons["text.png"] == "not a picture"
    assert "truncated" in reasons["long.jpg"]


def test_labels_stay_with_their_pictures_when_some_are_skipped(folder: Path, paint: Paint) -> None:
    (folder / "a").mkdir()
    (folder / "a" / "bad.png").write_bytes(b"")
    paint(folder / "b" / "1.png")
    (folder / "b" / "2.png").write_bytes(b"")
    paint(folder / "c" / "1.png")
    pack = open_data(folder)
    assert pack.spec.classes == ("b", "c")
    assert pack.labels is not None
    assert pack.labels.tolist() == [0, 1]
    assert "classes without a readable picture left out: a" in pack.report.notes


def test_a_decompression_bomb_is_skipped(folder: Path, paint: Paint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoded, "ROOM", 4000)
    paint(folder / "a.png")
    paint(folder / "fits.png", (30, 30, 3))
    paint(folder / "large.png", (40, 40, 3))
    paint(folder / "refused.png", (400, 400, 3))
    pack = open_data(folder)
    assert len(pack) == 2
    assert [name for name, reason in pack.report.unreadable if "bomb" in reason] == ["large.png", "refused.png"]


def test_nothing_readable(folder: Path) -> None:
    for name in ("a.png", "b.png", "c.png"):
        (folder / name).write_text("x")
    with pytest.raises(UserError) as caught:
        open_data(folder)
    assert str(caught.value) == (
        f"none of the 3 pictures in {str(folder)!r} can be read: first one (a.png): not a picture"
    )


@pytest.mark.parametrize("split", ["train", "test"])
def test_an_unknown_name_gets_a_suggestion(split: str) -> None:
    with pytest.raises(UserError, match=r"no data set or file 'mnits' \(did you mean 'mnist'"):
        open_data("mnits", split=split)  # type: ignore[arg-type]


def test_a_missing_folder_gets_its_neighbour(folder: Path) -> None:
    with pytest.raises(UserError, match=r"did you mean .*photos"):
        open_data(folder.with_name("fotos"))


def test_a_home_folder_that_nobody_has() -> None:
    for read in (open_data, partial(open_two_sides, aligned=True), two_sided):
        with pytest.raises(UserError, match=r"^no home folder is known for '~nosuchuser/photos': write its whole"):
            read("~nosuchuser/photos")


def test_an_empty_name_is_not_the_current_folder(folder: Path, paint: Paint, monkeypatch: pytest.MonkeyPatch) -> None:
    paint(folder / "a.png")
    monkeypatch.chdir(folder)
    for read in (open_data, partial(open_data, sides="auto"), partial(open_two_sides, aligned=True), two_sided):
        with pytest.raises(UserError, match=r"^a name is empty \(''\): name a file or a folder"):
            read("")
    assert len(open_data(".")) == 1


@pytest.mark.parametrize("name", ["x" * 245, "画" * 81])
def test_a_long_name_fits(tmp_path: Path, paint: Paint, name: str) -> None:
    paint(tmp_path / name / "a.png")
    pack = open_data(tmp_path / name)
    assert pack.path is not None
    assert pack.path.name.rpartition("-")[0] in name
    assert open_data(tmp_path / name).path == pack.path


def test_an_empty_folder(folder: Path) -> None:
    (folder / "notes.txt").write_text("x")
    with pytest.raises(UserError, match="no pictures in"):
        open_data(folder)


def test_two_domains_are_not_classes(folder: Path, paint: Paint) -> None:
    paint(folder / "trainA" / "a.png")
    paint(folder / "trainB" / "b.png")
    with pytest.raises(UserError, match="two domains"):
        open_data(folder)


def test_files_of_other_kinds(tmp_path: Path, paint: Paint) -> None:
    paint(tmp_path / "a.png")
    with pytest.raises(UserError, match="single picture"):
        open_data(tmp_path / "a.png")
    (tmp_path / "a.md").write_text("x")
    with pytest.raises(UserError, match="put pictures into a folder"):
        open_data(tmp_path / "a.md")


@pytest.mark.parametrize("size", ["0", 0, -1, "-8", "x", "8x", "8x8x8", "axb", 4097, "1x5000", (0, 8), (8,), "", 1.5])
def test_sizes_that_make_no_sense(size: object) -> None:
    with pytest.raises(UserError, match="size"):
        open_data("digits", size=size)  # type: ignore[arg-type]


def test_vectors_have_no_size() -> None:
    with pytest.raises(UserError, match="leave --size away"):
        open_data("ring", size=8)
