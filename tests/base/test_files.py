"""Names of files, and files that are there as a whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from gankit.base.errors import UserError
from gankit.base.files import path_of, replacing, slug


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("mnist", "mnist"),
        ("data/My Photos.zip", "my-photos"),
        ("photos_2/", "photos-2"),
        ("hub:owner/Flowers", "flowers"),
        ("котики", "котики"),
        ("/", "data"),
        ("ж" * 80, "ж" * 50),
    ],
)
def test_a_source_names_what_is_made_of_it(source: str, expected: str) -> None:
    assert slug(source) == expected


def test_a_home_that_nobody_has_is_said_in_a_line() -> None:
    with pytest.raises(UserError, match="no home folder is known for '~nosuchuser/photos'"):
        path_of("~nosuchuser/photos")


def test_the_folder_one_is_in_has_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cats").mkdir()
    monkeypatch.chdir(tmp_path / "cats")
    assert slug(".") == "cats"


def test_two_writers_are_not_in_each_other_s_way(tmp_path: Path) -> None:
    path = tmp_path / "shared.txt"
    with replacing(path) as first, replacing(path) as second:
        first.write_text("first")
        second.write_text("second")
    assert [(found.name, found.read_text()) for found in tmp_path.iterdir()] == [("shared.txt", "first")]


def test_a_file_that_failed_half_way_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "kept.txt"
    path.write_text("old")

    def fail() -> None:
        with replacing(path) as partial:
            partial.write_text("ne")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert [(found.name, found.read_text()) for found in tmp_path.iterdir()] == [("kept.txt", "old")]
