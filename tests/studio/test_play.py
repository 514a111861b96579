"""The Play page's pictures without a page: that they are what the commands beside them make, and what is refused."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image

import gankit
from gankit.base.errors import UserError
from gankit.commands.main import main
from gankit.studio import play
from gankit.studio.points import Point
from gankit.studio.shelf import KEPT, Shelf
from gankit.studio.states import PlayState
from tests.tiny import TINY

PINS = tuple(map(Point, range(6)))


@pytest.fixture
def shelf(tmp_path: Path, tiny_run: Callable[[str], gankit.Run]) -> Shelf:
    for name in ("dcgan", "infogan", "cgan", "points"):
        shutil.copytree(tiny_run(name).directory, tmp_path / "runs" / name)
    return Shelf(tmp_path / "runs")


def state(name: str, **fields: object) -> PlayState:
    return PlayState(run=name, **fields)  # pyright: ignore[reportArgumentType]


STATES = [
    state("dcgan", at=Point(4)),
    state("points", at=Point(4)),
    state("cgan", at=Point(2), label="3"),
    state("dcgan", at=Point(4).moved("pca-0", 2).moved("sefa-1", -1.5)),
    state("infogan", at=Point(1).coded("continuous-1", 0.5).coded("categorical-1", 3)),
    state("dcgan", view="sheet", at=Point(9)),
    state("dcgan", view="walk", pins=PINS[:3]),
    state("dcgan", view="walk", pins=(Point(1), Point(2).moved("pca-1", 1))),
    state("dcgan", view="sum", pins=PINS, plus=(0, 1, 2), minus=(3, 4, 5)),
    state("dcgan", view="game", at=Point(3)),
    state("dcgan", view="neighbours", at=Point(3)),
]


@pytest.mark.parametrize("asked", STATES, ids=lambda asked: f"{asked.run} {asked.view} {asked.at}")
def test_the_command_beside_a_picture_makes_it(asked: PlayState, shelf: Shelf, tmp_path: Path) -> None:
    drawing = play.drawing(shelf.opened(asked.run), asked)
    words = shlex.split(drawing.command)
    assert words[0] == "gankit"
    words = words[1 : words.index("--out")] if "--out" in words else words[1:]
    out = tmp_path / "again.png"
    assert main([*words, "--out", str(out)]) == 0
    again = Image.open(out)
    assert (again.size, again.tobytes()) == (drawing.picture.size, drawing.picture.tobytes())


def test_labels_and_codes_change_the_picture(shelf: Shelf) -> None:
    opened = shelf.opened("cgan")
    assert not torch.equal(*(play.images_of(opened, [Point(1)], label) for label in ("0", "7")))
    opened = shelf.opened("infogan")
    latent = play.latent_of(opened, Point(1).coded("categorical-1", 3))
    part = opened.generator.prior.slices()["categorical-1"]  # pyright: ignore[reportAttributeAccessIssue]
    assert latent[0, part].tolist() == [float(index == 3) for index in range(10)]


def test_a_found_latent_is_the_picture_that_was_found(shelf: Shelf, tmp_path: Path) -> None:
    opened = shelf.opened("dcgan")
    file = tmp_path / "given.png"
    play.sample(opened, state("dcgan", at=Point(8))).picture.save(file)
    point, words = play.found_for(opened, file)
    assert point.latent
    assert "error of" in words
    assert play.images_of(opened, [point]).shape == (1, 1, 8, 8)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (state("none"), "no run 'none'"),
        (state("../dcgan"), "no run"),
        (state("/etc"), "no run"),
        (state("dcgan", view="walk", pins=PINS[:1]), "pin two samples"),
        (state("dcgan", view="sum", pins=PINS, plus=(0, 1, 2)), "mark 3 pinned samples"),
        (state("dcgan", view="sum", pins=PINS, plus=(0,), minus=(1,)), "takes 3 seeds or more"),
        (state("dcgan", label="3"), "takes no labels"),
        (state("cgan", label="cat"), "no class 'cat'"),
        (state("cgan", at=Point(1).moved("label-0-1", 1)), "takes labels"),
        (state("dcgan", at=Point(1).moved("pca-999", 1)), "no direction"),
        (state("dcgan", at=Point(1).coded("continuous-1", 1)), "no code"),
        (state("infogan", at=Point(1).coded("categorical-1", 10)), "10 categories"),
        (state("dcgan", at=Point(latent="AACAPw")), "1 numbers"),
        (state("points", at=Point(1).moved("pca-0", 1)), "cloud"),
        (state("dcgan", view="neighbours", at=Point(1).moved("pca-0", 1)), "reset what was changed"),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_what_there_is_not_is_one_line(asked: PlayState, words: str, shelf: Shelf) -> None:
    with pytest.raises(UserError, match=words):
        play.drawing(shelf.opened(asked.run), asked)


def test_a_run_that_is_deleted_or_trained_on_is_noticed(shelf: Shelf) -> None:
    opened = shelf.opened("dcgan")
    assert shelf.opened("dcgan") is opened
    before = play.images_of(opened, [Point(0)])
    TINY["dcgan"].train(shelf.folder / "dcgan", steps=8)
    assert shelf.opened("dcgan") is not opened
    assert not torch.equal(play.images_of(shelf.opened("dcgan"), [Point(0)]), before)
    shutil.rmtree(shelf.folder / "dcgan")
    with pytest.raises(UserError, match="is there \\(any more\\)"):
        shelf.opened("dcgan")


def test_no_more_runs_than_so_many_are_kept_loaded(shelf: Shelf) -> None:
    for name in shelf.names():
        shelf.opened(name)
    assert len(shelf._kept) == KEPT


def test_what_somebody_sent_is_looked_at_and_nothing_else(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "another user's"))
    opened = shelf.opened("dcgan")
    assert not opened.is_made_here
    opened.run.config["data"]["source"] = "/etc"
    with pytest.raises(UserError, match="was not made here"):
        play.drawing(opened, state("dcgan", view="neighbours"))
    assert play.drawing(opened, state("dcgan")).picture
    own = Path(__file__).parents[1] / "kept" / "own"
    shutil.copytree(own, shelf.folder / "own")
    with pytest.raises(UserError, match="--trust"):
        shelf.opened("own")


def test_draws_only_what_the_state_needs() -> None:
    asked = state("dcgan", view="sheet", at=Point(9).moved("pca-0", 1), pins=PINS)
    assert replace(asked, pins=()).query() in asked.query().replace("&pins=0+1+2+3+4+5", "")
