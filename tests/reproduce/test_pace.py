"""How long a seed takes: by moves, by the logs of its runs, by a trial; and what a trial can't say."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import gankit
from gankit.base.errors import UserError
from gankit.reproduce import pace, recipe_called
from gankit.reproduce.evidence import duration, evidence, summary
from gankit.reproduce.pace import Pace, lately, moves, pace_of, progress_of, trial_of
from gankit.reproduce.recipe import Trial, Values
from tests.reproduce.material import TINY, quiet, tiny, work
from tests.tiny import TINY as METHODS


@pytest.fixture(autouse=True)
def _short_and_not_kept(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    monkeypatch.setenv("GANKIT_CACHE", str(tmp_path_factory.mktemp("cache")))
    monkeypatch.setattr(pace, "SECONDS", 0.5)


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("steps", [0, 1, 30])
def test_moves_are_those_that_are_played(name: str, steps: int) -> None:
    method = METHODS[name].method
    assert moves(method, steps) == sum(turn.moves(step) for step in range(steps) for turn in method.turns())


def trained(out: Path, steps: int, speed: float) -> None:
    """A run of the tiny recipe whose log says that it went at `speed` steps a second."""
    tiny(Trial(seed=0, steps=steps, fraction=1.0, out=out, say=quiet))
    logged(out, [{"step": step, "steps_per_second": speed} for step in range(5, steps + 1, 5)])


def logged(out: Path, lines: list[dict[str, Any]]) -> None:
    (out / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def test_the_end_of_a_log_tells_the_pace(tmp_path: Path) -> None:
    run = METHODS["gan"].train(tmp_path)  # three moves a step
    logged(
        tmp_path,
        [{"step": 10, "steps_per_second": 2.0}, {"step": 10, "score": 1}, {"step": 30, "steps_per_second": 4.0}],
    )
    assert lately(run) == pytest.approx((10 / 2 + 20 / 4) / 90)
    logged(tmp_path, [{"step": 10 * n, "steps_per_second": 1.0 if n <= 10 else 5.0} for n in range(1, 31)])
    assert lately(run) == pytest.approx(1 / 5 / 3)
    logged(tmp_path, [])
    assert lately(run) is None


def test_a_seed_is_as_long_as_its_trainings_and_what_is_played_is_behind_it(tmp_path: Path) -> None:
    recipe = replace(TINY, trainings=3)
    out = tmp_path / "reproduce-tiny"
    assert pace_of(recipe, out) is None
    trained(out / "seed0" / "a", 20, speed=2.0)
    trained(out / "seed0" / "b", 5, speed=1.0)
    found = pace_of(recipe, out)
    assert found is not None
    assert (found.training, found.trainings, found.by, found.sources) == (pytest.approx(15), 3, "log", ("ring",))
    assert found.seed == pytest.approx(45)
    # One is played, one has 15 steps left and was slower than others, which is the machine's doing, one is to come.
    assert progress_of(recipe, out / "seed0", found) == (pytest.approx(1.25 / 3), pytest.approx(15 * 0.75 + 15))
    assert progress_of(recipe, out / "seed1", found) == (0, pytest.approx(45))
    trained(out / "seed1" / "c" / "d", 20, speed=2.0)
    (out / "seed1" / "c" / "d" / "config.json").write_text("{")
    assert progress_of(recipe, out / "seed1", found) == (0, pytest.approx(45)), (
        "a run that can't be read counts as none"
    )
    fewer = pace_of(replace(recipe, trainings=1), out)
    assert fewer is not None
    assert fewer.trainings == 2, "as many as were seen"


def test_a_trial_is_cut_off_thrown_away_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    played: list[Path] = []

    def run(trial: Trial) -> Values:
        played.append(trial.out)
        assert (trial.steps, trial.fraction) == (10_000_000, 1.0)
        return tiny(trial)

    recipe, said = replace(TINY, steps=10_000_000, run=run), []
    found = trial_of(recipe, said.append)
    assert (found.trainings, found.by, found.sources) == (1, "trial", ("ring",))
    assert found.training > 1
    assert said == ["tiny: a trial of 0.5 seconds, to know how long it takes"]
    assert not played[0].exists()
    assert list(tmp_path.iterdir()) == []
    assert trial_of(recipe, said.append) == found
    assert len(said) == 1
    trial_of(replace(recipe, protocol="Another."), said.append)
    assert len(said) == 2, "a trial of another protocol says nothing"


def test_what_trains_without_a_run_is_timed_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = 0.0

    def run(trial: Trial) -> Values:
        nonlocal clock
        clock += 3 + 0.5 * trial.steps + (7 if clock == 0 else 0)
        (trial.out.parent / "written").touch()
        return {"a": 1.0}

    monkeypatch.setattr(pace.time, "process_time", lambda: clock)
    found = trial_of(replace(TINY, steps=1000, trainings=0, run=run), quiet)
    assert found == Pace(3 + 0.5 * 1000, 1, "trial")
    clock = 0.0
    assert trial_of(replace(TINY, steps=4, trainings=0, run=run), quiet) == Pace(3 + 0.5 * 4, 1, "trial")


def test_what_others_take_of_the_processor_is_no_part_of_a_trial(monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = replace(TINY, steps=50)
    monkeypatch.setattr(pace, "lately", lambda run: 0.25)
    monkeypatch.setattr(pace.time, "process_time", lambda: time.monotonic() / 5)
    assert trial_of(recipe, quiet).training == pytest.approx(0.25 * moves(METHODS["dcgan"].method, 50) / 5, rel=0.01)


@pytest.mark.parametrize("name", ["ebgan-grid", "fgan-kde", "sgan-labels", "wgan-normless"])
def test_a_recipe_takes_as_many_trainings_as_it_says(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = []
    card = defaultdict(lambda: SimpleNamespace(value=0.5))
    monkeypatch.setattr(gankit, "train", lambda method, **options: places.append(options["out"]))
    monkeypatch.setattr(gankit, "evaluate", lambda run, **options: card)
    recipe = recipe_called(name)
    recipe.run(Trial(seed=0, steps=7, fraction=1.0, out=tmp_path, say=quiet))
    assert recipe.trainings == len(set(places)) == len(places)


def lacking(trial: object) -> Values:
    raise UserError("no such folder: facades")


def test_what_lacks_its_data_is_said_and_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    absent = replace(TINY, name="absent", run=lacking)
    said = work(tmp_path, absent, replace(TINY, seeds=1))
    assert said[:3] == [
        "absent: a trial of 0.5 seconds, to know how long it takes",
        "tiny: a trial of 0.5 seconds, to know how long it takes",
        "absent can't be played here: no such folder: facades",
    ]
    assert [path.name for path in (tmp_path / "results").iterdir()] == ["tiny.json"]
    assert not (tmp_path / "runs" / "reproduce-absent").exists()


def test_what_several_lack_is_said_once(tmp_path: Path) -> None:
    found = [replace(evidence(TINY, tmp_path, say=quiet, results=tmp_path), obstacle="no data")] * 2
    assert summary(found)[0] == "tiny, tiny can't be played here: no data"


def test_data_that_went_away_are_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "points.npy"
    monkeypatch.setattr(pace, "_tried", lambda recipe: Pace(20.0, 1, "trial", (str(source),)))
    source.touch()
    assert trial_of(TINY, quiet).at_hand()
    assert evidence(TINY, tmp_path, say=quiet, results=tmp_path).obstacle == ""
    source.unlink()
    monkeypatch.setattr(pace, "_tried", lacking)
    found = evidence(TINY, tmp_path, say=quiet, results=tmp_path)
    assert (found.obstacle, found.pace) == ("no such folder: facades", None)
    assert [missing.seed for missing in found.missing] == [0, 1]
    monkeypatch.setenv("GANKIT_DATA", str(tmp_path))
    assert not Pace(1, 1, "trial", ("mnist",)).at_hand()
    assert Pace(1, 1, "trial", ("ring", "digits")).at_hand()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "0 s"), (89, "89 s"), (90, "2 min"), (3600, "60 min"), (5400, "1.5 h"), (36e4, "100 h")],
)
def test_durations_are_read_at_a_glance(seconds: float, words: str) -> None:
    assert duration(seconds) == words
