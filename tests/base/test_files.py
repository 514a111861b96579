"""Names of files, and files that are there as a whole or not at all."""

from __future__ import annotations

import os
import resource
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gankit.base.errors import UserError
from gankit.base.files import (
    beneath,
    new_folder,
    path_of,
    read_bytes,
    read_json,
    replacing,
    slug,
    sweep_partials,
    write_array,
    write_text,
)


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


@pytest.mark.parametrize("shape", [(), (0, 3), (5,), (3, 4, 2)])
def test_an_array_is_read_back(shape: tuple[int, ...], tmp_path: Path) -> None:
    values = np.asfortranarray(np.random.default_rng(0).normal(size=shape))
    write_array(tmp_path / "x.npy", values)
    found = np.load(tmp_path / "x.npy")
    assert found.dtype == values.dtype
    assert np.array_equal(found, values)


@pytest.mark.parametrize("room", [0, 100, 8191, 8192, 8200, 80_112])
def test_a_disk_that_is_full_for_the_last_bytes_is_noticed(room: int, tmp_path: Path) -> None:
    """numpy hands the end of a file to C's buffer, and does not ask whether it was written."""
    write_text(tmp_path / "x.npy", "old")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            write_array(tmp_path / "x.npy", np.zeros(10_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("x.npy", "old")]


def test_what_a_killed_writer_left_is_swept_and_what_is_being_written_is_not(tmp_path: Path) -> None:
    for name, age in ((".a.png.12345678.partial", 7200), (".b.png.12345678.partial", 0), ("c.partial", 7200)):
        (tmp_path / name).write_text("")
        then = (tmp_path / name).stat().st_mtime - age
        os.utime(tmp_path / name, (then, then))
    sweep_partials(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".b.png.12345678.partial", "c.partial"]
    sweep_partials(tmp_path / "none")


@pytest.mark.parametrize("content", [b"\xff", b"", b"{", b"[" * 100_000, b"1" * 5000, b"\xff\xfe{\0}\0"])
def test_what_is_no_json_is_said_in_a_line(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_bytes(content)
    with pytest.raises(UserError, match=r"x\.json can't be read \(.*\): delete it$"):
        read_json(tmp_path / "x.json", "delete it")


def test_only_plain_files_are_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path, Path("/dev/zero"), tmp_path / "none"):
        with pytest.raises(UserError, match=r"is no plain file|can't be read"):
            read_bytes(path)


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("precious")
    (tmp_path / "link").symlink_to(tmp_path / "precious")
    write_text(tmp_path / "link", "new")
    assert (tmp_path / "precious").read_text() == "precious"
    assert (tmp_path / "link").read_text() == "new"


@pytest.mark.parametrize("writer", [replacing, new_folder])
def test_a_full_disk_names_the_place_that_was_asked_for(writer: Any, tmp_path: Path) -> None:
    def fail(error: OSError) -> None:
        with writer(tmp_path / "made") as partial:
            if error.filename:
                error.filename = f"{partial}/0.png"
            raise error

    for error in (OSError(28, "No space left on device"), PermissionError(13, "Permission denied", "partial")):
        with pytest.raises(type(error)) as caught:
            fail(error)
        assert caught.value.filename == str(tmp_path / "made")
    with pytest.raises(OSError, match="cannot write mode") as caught:
        fail(OSError("cannot write mode F as JPEG"))
    assert caught.value.filename is None
    assert not list(tmp_path.iterdir())


def test_what_is_taken_away_while_a_folder_is_walked_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a/.step-5.partial/x", "a/step-4/x", "b"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "elsewhere").symlink_to(tmp_path / "a")
    scandir = os.scandir

    def meanwhile(path: Any) -> Any:
        if str(path).endswith(".partial"):
            shutil.rmtree(path)
        return scandir(path)

    monkeypatch.setattr("os.scandir", meanwhile)
    found = {str(path.relative_to(tmp_path)) for path in beneath(tmp_path)}
    assert found == {"a", "b", "elsewhere", "a/.step-5.partial", "a/step-4", "a/step-4/x"}
    assert list(beneath(tmp_path / "nowhere")) == []
