"""Which files are translated, and where each goes."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gankit.base.errors import UserError
from gankit.data.pack.encoded import Page
from gankit.data.sources.located import Split
from gankit.translation.paths import file_of, outputs, picture_files
from tests.translation.material import paint, pipeline, run_files


def test_files_folders_and_patterns_each_once(tmp_path: Path) -> None:
    for name in ("a.png", "b.jpg", "c.gif", "inner/d.png", ".hidden.png"):
        paint(tmp_path / name)
    (tmp_path / "notes.txt").write_text("none")
    said: list[str] = []
    found = picture_files([str(tmp_path / "b.jpg"), str(tmp_path), f"{tmp_path}/**/*"], "A", said.append)
    assert [file.relative_to(tmp_path).as_posix() for file in map(file_of, found)] == [
        "b.jpg",
        "a.png",
        "c.gif",
        "inner/d.png",
    ]
    assert not said


def test_links_to_nowhere_and_pipes_are_handed_on_to_be_named(tmp_path: Path) -> None:
    paint(tmp_path / "a.png")
    (tmp_path / "loop.png").symlink_to("loop.png")
    (tmp_path / "gone.png").symlink_to("nowhere.png")
    (tmp_path / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "pipe.png")
    for given in (str(tmp_path), f"{tmp_path}/*"):
        found = picture_files([given], "A", print)
        assert [file_of(file).name for file in found] == ["a.png", "gone.png", "loop.png", "pipe.png"]
    answer, _ = run_files(tmp_path, pipeline(), {})
    assert [(file.name, why) for file, why in answer.skipped] == [
        ("gone.png", "no such file or directory"),
        ("loop.png", "too many levels of symbolic links"),
        ("pipe.png", "not a file: a folder, a pipe or a device"),
    ]
    assert [picture.job.source.name for picture in answer.pictures] == ["a.png"]


def test_a_folder_of_splits_gives_its_test(tmp_path: Path) -> None:
    for name in ("trainA/a.png", "testA/b.png", "testB/c.png"):
        paint(tmp_path / name)
    said: list[str] = []
    assert [file_of(file).name for file in picture_files([str(tmp_path)], "B", said.append)] == ["c.png"]
    assert "1 picture of testB/ taken" in said[0]
    with pytest.raises(UserError, match="no pictures in"):
        picture_files([str(tmp_path / "..")], "A", said.append)


@pytest.mark.parametrize(
    ("there", "split", "taken"),
    [
        (["train/A/1.png", "train/B/1.png", "val/A/2.png", "val/B/2.png"], None, "val/B/2.png"),
        (["trainA/1.png", "trainB/1.png", "valA/2.png", "valB/2.png"], None, "valB/2.png"),
        (["trainA/1.png", "trainB/1.png", "testA/2.png", "testB/2.png"], "train", "trainB/1.png"),
        (["A/1.png", "B/1.png"], None, "B/1.png"),
        (["A/train/1.png", "A/test/2.png", "B/train/1.png", "B/test/2.png"], "test", "B/test/2.png"),
        (["images/1.png", "masks/1.png"], None, "masks/1.png"),
        (["Train/1.png", "Validation/2.png"], None, "Validation/2.png"),
        (["train/1.png", "test/deep/2.png"], None, "test/deep/2.png"),
        (["train/1.png"], None, "train/1.png"),
    ],
)
def test_a_folder_of_data_gives_a_split_of_one_side(
    there: list[str], split: Split | None, taken: str, tmp_path: Path
) -> None:
    for name in there:
        paint(tmp_path / name)
    said: list[str] = []
    [found] = picture_files([str(tmp_path)], "B", said.append, split)
    assert file_of(found).relative_to(tmp_path).as_posix() == taken
    assert said


def test_a_split_that_is_not_there(tmp_path: Path) -> None:
    for name in ("deep/deeper/1.png", "other/2.png"):
        paint(tmp_path / name)
    with pytest.raises(UserError, match=r"no pictures in .*: name the folder that they lie in"):
        picture_files([str(tmp_path)], "A", print)
    with pytest.raises(UserError, match="has no test split"):
        picture_files([str(tmp_path)], "A", print, "test")


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


def test_pages_and_pictures_without_a_suffix_are_found(tmp_path: Path) -> None:
    frames = [Image.fromarray(np.full((8, 8, 3), 40 * index, np.uint8)) for index in range(3)]
    frames[0].save(tmp_path / "scan.tif", save_all=True, append_images=frames[1:])
    frames[0].save(tmp_path / "photo", "PNG")
    (tmp_path / "notes.txt").write_text("none")
    said: list[str] = []
    found = picture_files([str(tmp_path)], "A", said.append)
    assert found == [tmp_path / "photo", *(Page(tmp_path / "scan.tif", index) for index in range(3))]
    assert len(said) == 1
    assert "is a stack: 3 pictures" in said[0]
    names = [path.name for path in outputs(found, tmp_path / "out", 3, ())]
    assert names == ["photo.png", "scan-001.png", "scan-002.png", "scan-003.png"]
    assert picture_files([f"{tmp_path}/*"], "A", said.append) == found
