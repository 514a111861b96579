"""The calibration in small: games of a second each, of which the full ones are `gankit reproduce diagnosis`."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from gankit.reproduce.diagnosis import NAMES, Outcome, confusion, play, play_all, shares
from gankit.reproduce.diagnosis_games import BROKEN, HEALTHY, Game, bilinear, lsgan, plane, points
from gankit.reproduce.recipe import Trial
from tests.rows import rows


def small(name: str, planted: str | None) -> Game:
    games = {
        "too weak": lambda: points(d=1e-4, network=plane(generator_widths=(32,), discriminator_widths=(2,))),
        "oscillation": lambda: bilinear(rate=5e-3),
        "collapse": lambda: points(g=2e-2, network=plane(generator_widths=(32, 32))),
        "healthy": lambda: lsgan(g=1e-3, d=1e-3, batch_size=128),
    }
    return Game(name, planted, games[name], "ring", "ring", 400)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("name", rows(["too weak", "oscillation", "collapse"], ["too weak", "oscillation"]))
def test_a_game_that_is_broken_on_purpose_is_found_out(name: str, tmp_path: Path) -> None:
    outcome = play(small(name, name), "reporting", 0, tmp_path / "game")
    assert outcome.verdicts
    assert outcome.delay is not None
    assert 200 <= outcome.delay <= 400


def test_a_healthy_game_is_left_in_peace(tmp_path: Path) -> None:
    outcome = play(small("healthy", None), "reporting", 0, tmp_path / "game", care=True)
    assert (outcome.verdicts, outcome.helps) == ((), 0)


def test_what_was_said_of_all_games_is_kept(tmp_path: Path) -> None:
    trial = Trial(seed=0, steps=1, fraction=0.01, out=tmp_path, say=lambda line: None)
    outcomes = play_all([small("healthy", None)], "choosing", trial)
    assert len(json.loads((tmp_path / "outcomes.json").read_text())) == len(outcomes) == 1
    header, *_ = (tmp_path / "confusion.md").read_text().splitlines()
    assert header.startswith("| planted | games |")


def test_there_are_enough_games_of_enough_kinds() -> None:
    games = (*BROKEN, *HEALTHY)
    assert min(len(BROKEN), len(HEALTHY)) >= 12
    assert {game.planted for game in BROKEN} == set(NAMES)
    assert len({type(game.method()) for game in games}) >= 5
    assert {game.reporting for game in games} >= {"mnist", "fashion-mnist", "digits", "flowers", "ring", "grid"}
    assert len({game.name for game in games}) == len(games) == len({game.folder for game in games})


def test_what_a_table_counts() -> None:
    found = Outcome("a", "collapse", ("oscillation", "mode collapse"), 300)
    other = replace(found, verdicts=("oscillation",), delay=500)
    missed = replace(found, verdicts=(), delay=None)
    fine, alarmed = Outcome("b", None, (), None), Outcome("c", None, ("stalled",), 250)
    values = shares([found, other, missed, fine, alarmed])
    assert values["detection"] == pytest.approx(2 / 3)
    assert values["named"] == pytest.approx(1 / 3)
    assert values["false-alarms"] == 0.5
    assert values["delay"] == 400
    header, *rows = confusion([found, other, missed, fine, alarmed])
    collapse = dict(zip(header, rows[0], strict=True))
    assert (collapse["games"], collapse["mode collapse"], collapse["oscillation"], collapse["nothing"]) == (
        "3",
        "1",
        "1",
        "1",
    )
    assert dict(zip(header, rows[-1], strict=True))["stalled"] == "1"
