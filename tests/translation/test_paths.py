"""Which files are translated, and where each goes."""

from __future__ import annotations

from pathlib import Path

import pytest

from gankit.base.errors import UserError
from gankit.translation.paths import outputs, picture_files
from tests.translation.material import paint


def test_files_folders_and_patterns_each_once(tmp_path: Path) -> None:
    for name in ("a.png", "b.jpg", "c.gif", "inner/d.png", ".hidden.png"):
        paint(tmp_path / name)
    (tmp_path / "notes.txt").write_text("none")
    said: list[str] = []
    found = picture_files([str(tmp_path / "b.jpg"), str(tmp_path), f"{tmp_path}/**/*"], "A", said.append)
    assert [file.relative_to(tmp_path).as_posix() for file in found] == ["b.jpg", "a.png", "c.gif", "inner/d.png"]
    assert not said


def test_a_folder_of_splits_gives_its_test(tmp_path: Path) -> None:
    for name in ("trainA/a.png", "testA/b.png", "testB/c.png"):
        paint(tmp_path / name)
    said: list[str] = []
    assert [file.name for file in picture_files([str(tmp_path)], "B", said.append)] == ["c.png"]
    assert "1 picture of testB/ taken" in said[0]
    with pytest.raises(UserError, match="no pictures in"):
        picture_files([str(tmp_path / "..")], "A", said.append)


def test_names_are_kept_where_the_format_can_hold_the_output(tmp_path: Path) -> None:
    names = ["a.png", "b.JPG", "c.webp", "d.tiff"]
    files = [Path("in") / name for name in names]
    assert [path.name for path in outputs(files, tmp_path, 3, ())] == ["a.png", "b.JPG", "c.webp", "d.png"]
    assert [path.name for path in outputs(files, tmp_path, 4, ())] == ["a.png", "b.png", "c.webp", "d.png"]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (["x/a.png", "y/a.png"], "'y/a.png' would be written as a.png, and so would 'x/a.png'"),
        (["x/a.png", "x/a.bmp"], "'x/a.bmp' would be written as a.png"),
        (["x/taken.png"], "what the command itself writes"),
    ],
)
def test_two_outputs_of_one_name_are_refused(files: list[str], message: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=message):
        outputs([Path(file) for file in files], tmp_path / "out", 3, ["taken.png"])


def test_an_input_is_never_replaced(tmp_path: Path) -> None:
    paint(tmp_path / "a.png")
    with pytest.raises(UserError, match="would be replaced by a translation: take another --out"):
        outputs([tmp_path / "a.png"], tmp_path / "x" / "..", 3, ())
    with pytest.raises(UserError, match="is no folder"):
        outputs([tmp_path / "a.png"], tmp_path / "a.png", 3, ())
