"""Names of files, and files that are there as a whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from gankit.files import replacing, slug


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("mnist", "mnist"),
        ("data/My Photos.zip", "my-photos"),
        ("photos_2/", "photos-2"),
        ("hub:owner/Flowers", "flowers"),
        ("котики", "котики"),
        ("/", "data"),
    ],
)
def test_a_source_names_what_is_made_of_it(source: str, expected: str) -> None:
    assert slug(source) == expected


def test_the_folder_one_is_in_has_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cats").mkdir()
    monkeypatch.chdir(tmp_path / "cats")
    assert slug(".") == "cats"


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
