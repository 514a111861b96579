"""What may be named: sets at hand and the folders that were given, by no other way; trainings that are started so."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

import gankit
from gankit.base.errors import UserError
from gankit.runs.directory import is_training
from gankit.studio.overview import Overview, pages
from gankit.studio.shelf import Shelf
from gankit.studio.sources import Sources, size_in_words
from gankit.studio.trainings import Trainings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "given" / "pictures"
    place.mkdir(parents=True)
    for index in range(4):
        Image.new("L", (8, 8), index * 50).save(place / f"{index}.png")
    (tmp_path / "secret").mkdir()
    (tmp_path / "given" / "way-out").symlink_to(tmp_path / "secret")
    return place


def test_sets_and_what_lies_in_the_given_folders_may_be_named(folder: Path) -> None:
    sources = Sources((folder.parent,))
    assert sources.checked("digits") == "digits"
    assert sources.checked(str(folder)) == str(folder)
    assert str(folder) in sources.names()
    lines, sheet = sources.described(str(folder))
    assert "4 images" in lines[0]
    assert sheet.command.startswith(f"gankit data {folder}")


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/etc",
        "..",
        "{given}/..",
        "{given}/../secret",
        "{given}/way-out",
        "hub:owner/name",
        "~",
        "a\0b",
        "mnist",
    ],
)
def test_nothing_else_may(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GANKIT_DATA", raising=False)
    with pytest.raises(UserError, match="in no folder that this studio was given"):
        Sources((folder.parent,)).checked(name.format(given=folder.parent))


@pytest.mark.parametrize("size", ["0", "64x64x64", "9999", "x", "-4", "64; rm"])
def test_a_size_that_is_none_is_one_line(size: str) -> None:
    with pytest.raises(UserError, match="a size is N or"):
        size_in_words(size)


@pytest.fixture
def trainings(tmp_path: Path, folder: Path, tiny_run: Callable[[str], gankit.Run]) -> Trainings:
    runs = tmp_path / "runs"
    shutil.copytree(tiny_run("dcgan").directory, runs / "dcgan")
    return Trainings(Shelf(runs), Sources((folder.parent,)))


@pytest.mark.parametrize(
    ("name", "method", "data", "words"),
    [
        ("../up", "dcgan", "digits", "letters, digits"),
        (".hidden", "dcgan", "digits", "letters, digits"),
        ("", "dcgan", "digits", "letters, digits"),
        ("dcgan", "dcgan", "digits", "is there"),
        ("new", "own.py:Own", "digits", "no method"),
        ("new", "dcgan", "/etc", "in no folder"),
    ],
)
def test_what_can_not_be_trained_is_one_line(
    name: str, method: str, data: str, words: str, trainings: Trainings
) -> None:
    with pytest.raises(UserError, match=words):
        trainings.start(name, method, data, size="", steps=5, batch_size=None)
    assert not trainings.begun()


def test_a_run_goes_on_and_one_that_fails_says_why(trainings: Trainings, folder: Path) -> None:
    with pytest.raises(UserError, match="more steps than that"):
        trainings.go_on("dcgan", 6)
    with pytest.raises(UserError, match="not being trained"):
        trainings.stop("dcgan")
    words = trainings.go_on("dcgan", 8)
    assert "--steps 8" in words
    trainings.start("bad", "pix2pix", str(folder), size="7", steps=5, batch_size=None)
    _until(lambda: gankit.load(trainings.shelf.folder / "dcgan").steps()[-1] == 8)
    _until(lambda: "error" in trainings.begun().get("bad", ""))
    _until(lambda: not is_training(trainings.shelf.folder / "dcgan"))
    table = Overview(trainings.shelf, trainings).table()
    assert "dcgan" in table
    assert "gankit: error" in table


def test_pages_and_names_can_hold_anything(trainings: Trainings) -> None:
    assert "<script" not in pages(["<script>&\"'"])


def _until(done: Callable[[], bool]) -> None:
    """Wait for another process, as long as a busy machine may take."""
    for _ in range(1200):
        if done():
            return
        time.sleep(0.1)
    raise AssertionError("it did not come to pass")
