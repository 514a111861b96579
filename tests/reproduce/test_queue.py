"""`gankit reproduce --next` and `--status`: the cheapest missing seed first, to the bit, each once, and what stands."""

from __future__ import annotations

import os
import re
import signal
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import gankit
from gankit.base.errors import UserError
from gankit.base.files import locked
from gankit.commands.main import main
from gankit.reproduce import evidence
from gankit.reproduce.deadline import deadline
from gankit.reproduce.evidence import summary, table
from gankit.reproduce.pace import Pace
from gankit.reproduce.play import play, reproduce
from gankit.reproduce.queue import status
from gankit.reproduce.recipe import Recipe, Target, Trial, Values
from gankit.reproduce.record import Record, keep, read_record
from gankit.training.log import read_log
from gankit.training.loop import DivergedError
from tests.processes import forked
from tests.reproduce.material import TINY, fixed_pace, listed, next_in_a_process, quiet, tiny, work


@pytest.fixture(autouse=True)
def _known_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    fixed_pace(monkeypatch)


def recorded_in(folder: Path, name: str = "tiny") -> Record:
    record = read_record(folder / "results" / f"{name}.json")
    assert record is not None
    return record


def taken(said: list[str]) -> list[str]:
    return [re.sub("takes (.*?): .*", r"\1", line) for line in said if line.startswith("takes ")]


def broken(seed: int, error: BaseException, *, at: int = 0) -> Recipe:
    """The tiny recipe, but for a seed that ends by `error` at a step."""

    def run(trial: Trial) -> Values:
        if trial.seed != seed:
            return tiny(trial)
        if at:
            tiny(replace(trial, steps=at))
        raise error

    return replace(TINY, run=run)


def test_the_cheapest_seed_comes_first_and_all_are_recorded(tmp_path: Path) -> None:
    short, middle = replace(TINY, name="short", steps=4, seeds=1), replace(TINY, name="middle", steps=9)
    with pytest.raises(KeyboardInterrupt):
        work(tmp_path, broken(1, KeyboardInterrupt(), at=15))
    (tmp_path / "results" / "tiny.json").unlink()
    said = work(tmp_path, TINY, middle, short)
    # Seed 0 of tiny is found and only not recorded; of seed 1 five steps are left, which by its log take less than 4 s.
    assert taken(said) == ["tiny, seed 0", "tiny, seed 1", "short, seed 0", "middle, seed 0", "middle, seed 1"]
    assert said[0] == "5 seeds of 3 recipes missing, 22 s of training here"
    assert re.match(r"recorded tiny: .* \(1 seed\), target reached", said[2])
    assert any("of training left by its log, the least of 4" in line for line in said)
    assert any("of training left by its trial, the least of 3" in line for line in said)
    assert recorded_in(tmp_path) == reproduce(TINY, out=tmp_path / "whole", say=quiet)
    assert list(recorded_in(tmp_path, "middle").seeds) == ["0", "1"]
    assert work(tmp_path, TINY, middle, short) == ["nothing is missing"]


def test_what_is_recorded_in_full_is_not_repeated_when_its_runs_are_gone(tmp_path: Path) -> None:
    work(tmp_path, replace(TINY, seeds=1))
    before = recorded_in(tmp_path)
    assert taken(work(tmp_path, TINY, runs="elsewhere")) == ["tiny, seed 1"]
    after = recorded_in(tmp_path)
    assert after.seeds["0"] == before.seeds["0"]
    assert list(after.seeds) == list(after.images) == ["0", "1"]
    assert after.command == "gankit reproduce tiny"


def reached(folder: Path) -> int:
    names = (path.name for path in folder.glob("runs/reproduce-tiny/seed*/checkpoints/step-*"))
    return max((int(name.removeprefix("step-")) for name in names), default=0)


def started(folder: Path, recipe: Recipe, step: int) -> Any:
    """The queue in a process of its own, which has just written a checkpoint of `step` or later."""
    process = forked().Process(target=next_in_a_process, args=(folder, recipe), daemon=True)
    process.start()
    end = time.monotonic() + 600
    while reached(folder) < step:
        assert process.is_alive()
        assert time.monotonic() < end
        time.sleep(0.001)
    return process


@pytest.mark.long
def test_killed_at_any_moment_it_ends_in_the_same_record(tmp_path: Path) -> None:
    recipe = replace(TINY, steps=200, seeds=1)
    for step in (5, 60):
        process = started(tmp_path, recipe, step)
        process.kill()
        process.join()
        assert process.exitcode == -signal.SIGKILL
    said = work(tmp_path, recipe)
    assert any("continues at step" in line for line in said)
    assert recorded_in(tmp_path) == reproduce(recipe, out=tmp_path / "whole", say=quiet)
    ways = [tmp_path / "whole", tmp_path / "runs" / "reproduce-tiny"]
    parts = [way / "seed0/checkpoints/step-000200/players.safetensors" for way in ways]
    assert len({part.read_bytes() for part in parts}) == 1


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), pytest.param(signal.SIGTERM, 143, marks=pytest.mark.long)]
)
def test_a_signal_leaves_a_checkpoint_and_its_status(number: signal.Signals, code: int, tmp_path: Path) -> None:
    process = started(tmp_path, replace(TINY, steps=100_000), 5)
    os.kill(process.pid, number)
    process.join(600)
    assert process.exitcode == code
    run = gankit.load(tmp_path / "runs" / "reproduce-tiny" / "seed0")
    assert run.steps()[-1] == read_log(run.directory / "log.jsonl")[-1]["step"] >= 5


def timed(scoring: bool) -> Recipe:
    """The tiny recipe, whose first training, or its scoring, lasts until the time is over."""

    def run(trial: Trial) -> Values:
        first = not trial.out.exists()

        def looked(generator: object) -> float:
            if first and not scoring:
                signal.raise_signal(signal.SIGALRM)
            return 0.0

        values = tiny(trial, evaluate=looked, evaluate_every=10)
        if first and scoring:
            signal.raise_signal(signal.SIGALRM)
            time.sleep(60)
            pytest.fail("the time is over")
        return values

    return replace(TINY, run=run, seeds=1)


@pytest.mark.parametrize("scoring", [False, True])
def test_when_the_hours_are_over_it_stops_and_can_go_on(tmp_path: Path, scoring: bool) -> None:
    recipe = timed(scoring)
    said = work(tmp_path, recipe, hours=2.5)
    assert said[-1] == "2.5 hours are over; the same command goes on"
    assert any("stopped by SIGTERM at step" in line for line in said) != scoring
    assert not list((tmp_path / "results").iterdir())
    step = reached(tmp_path)
    assert (step == 20) == scoring
    again = "already at step 20" if scoring else f"continues at step {step} "
    assert any(again in line for line in work(tmp_path, recipe))
    assert recorded_in(tmp_path) == reproduce(replace(recipe, run=tiny), out=tmp_path / "whole", say=quiet)
    with pytest.raises(UserError, match="hours must be above 0, not 0"):
        work(tmp_path, recipe, hours=0)


def test_a_deadline_within_another_leaves_the_outer_one(tmp_path: Path) -> None:
    begun = time.monotonic()
    with deadline(0.3):
        with deadline(0.1):
            time.sleep(60)
        assert time.monotonic() - begun < 30
        with deadline(30):
            pass
        time.sleep(60)
        pytest.fail("the outer deadline did not ring")
    with deadline(None), deadline(60):
        pass
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


@pytest.mark.long
def test_two_queues_take_different_seeds(tmp_path: Path) -> None:
    out = tmp_path / "runs" / "reproduce-tiny"
    with locked(out / "seed0.lock"):
        said = work(tmp_path, TINY)
        assert taken(said) == ["tiny, seed 0", "tiny, seed 1", "tiny, seed 0"]
        assert said[-1] == f"another process is at seed 0 of tiny in {out}"
        assert recorded_in(tmp_path).seeds.keys() == {"1"}
        assert recorded_in(tmp_path).command == "gankit reproduce tiny"
        with pytest.raises(UserError, match="another process is at seed 0"):
            reproduce(TINY, out=out, say=quiet)
    work(tmp_path, TINY)
    assert recorded_in(tmp_path).seeds == reproduce(TINY, out=tmp_path / "whole", say=quiet).seeds


@pytest.mark.long
def test_two_queues_at_once_share_the_seeds(tmp_path: Path) -> None:
    recipe = replace(TINY, seeds=3, steps=10)
    queues = [forked().Process(target=next_in_a_process, args=(tmp_path, recipe), daemon=True) for _ in range(2)]
    for process in queues:
        process.start()
    for process in queues:
        process.join(600)
        assert process.exitcode == 0
    whole = reproduce(recipe, out=tmp_path / "whole", say=quiet)
    assert recorded_in(tmp_path) == read_record(tmp_path / "runs/reproduce-tiny/result.json") == whole


def test_seeds_that_end_at_the_same_time_are_both_kept(tmp_path: Path) -> None:
    out = tmp_path / "runs" / "reproduce-tiny"

    def meanwhile(trial: Trial) -> Values:
        if trial.seed == 0:  # as another process would
            keep(play(TINY, 1, out, say=quiet), TINY, tmp_path / "results")
        return tiny(trial)

    assert taken(work(tmp_path, replace(TINY, run=meanwhile))) == ["tiny, seed 0"]
    assert recorded_in(tmp_path) == read_record(out / "result.json")
    assert list(recorded_in(tmp_path).seeds) == ["0", "1"]


def test_what_fails_does_not_keep_the_others_waiting(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = replace(TINY, name="other", seeds=1)
    with pytest.raises(UserError, match=r"2 seeds recorded; failed: tiny, seed 0$"):
        work(tmp_path, broken(0, DivergedError("a weight became NaN")), other)
    assert recorded_in(tmp_path).seeds.keys() == {"1"}
    assert "Traceback" not in capsys.readouterr().err
    with pytest.raises(UserError, match=r"0 seeds recorded; failed: tiny$"):
        work(tmp_path, broken(0, ZeroDivisionError("a bug")), other)
    assert "ZeroDivisionError: a bug" in capsys.readouterr().err
    with pytest.raises(OSError, match="no space"):
        work(tmp_path, broken(0, OSError("no space left")), other)


@pytest.mark.long
def test_runs_by_an_earlier_protocol_make_room(tmp_path: Path) -> None:
    work(tmp_path, TINY)
    before = recorded_in(tmp_path)
    today = replace(TINY, protocol="Eight units, thirty steps.", steps=30)
    said = work(tmp_path, today)
    out = tmp_path / "runs" / "reproduce-tiny"
    assert f"{out} held tiny by an earlier protocol: now {out}-before-1" in said
    assert recorded_in(tmp_path) == reproduce(today, out=tmp_path / "whole", say=quiet)
    assert read_record(out.with_name("reproduce-tiny-before-1") / "result.json") == before


def row_of(recipe: Recipe, folder: Path) -> tuple[str, str]:
    """What the status says of a recipe, and of all."""
    found = status(folder / "runs", recipes=[recipe], results=folder / "results", say=quiet)
    assert table(found)[0] == ["recipe", "seeds", "trained", "recorded", "target", "missing", "left", "by"]
    return " | ".join(table(found)[1]), "\n".join(summary(found))


def test_the_status_of_a_recipe_from_nothing_to_everything(tmp_path: Path) -> None:
    results = tmp_path / "results"
    assert row_of(TINY, tmp_path) == (
        "tiny | 0 of 2 | 0 % | - | - | 2 seeds | 40 s | trial",
        "2 seeds of 1 recipe missing, 40 s of training here",
    )
    reduced = keep(reproduce(TINY, seeds=1, fraction=0.5, out=tmp_path / "half", say=quiet), TINY, results)
    assert reduced.text().endswith("(1 seed; reduced, 50 %)")
    assert row_of(TINY, tmp_path)[0] == f"tiny | 0 of 2 | 0 % | {reduced.text()} | reached | 2 seeds | 40 s | trial"

    with pytest.raises(KeyboardInterrupt):
        work(tmp_path, broken(0, KeyboardInterrupt(), at=10))
    cells = row_of(TINY, tmp_path)[0].split(" | ")
    assert cells[:6] == ["tiny", "0 of 2", "25 %", reduced.text(), "reached", "2 seeds"]
    assert cells[-1] == "log"
    with pytest.MonkeyPatch.context() as patch:  # the log is of a busy hour
        patch.setattr(evidence, "trial_of", lambda recipe, say: Pace(1e-9, 1, "trial"))
        assert row_of(TINY, tmp_path)[0].endswith(" | 0 s | trial")

    work(tmp_path, replace(TINY, seeds=1))
    first = recorded_in(tmp_path)
    assert first.text().endswith("(1 seed)")
    assert row_of(TINY, tmp_path)[0].startswith(f"tiny | 1 of 2 | 50 % | {first.text()} | reached | 1 seed | ")
    assert keep(reduced, TINY, results) == recorded_in(tmp_path) == first  # the weaker figure changes nothing

    work(tmp_path, TINY)
    both = recorded_in(tmp_path).text()
    row = f"tiny | 2 of 2 | 100 % | {both} | reached | nothing | - | -"
    assert row_of(TINY, tmp_path) == (row, "nothing is missing")
    harder = replace(TINY, targets=(Target("kl", -1, "lower"),))
    assert row_of(harder, tmp_path)[0] == row.replace("reached", "not reached")
    other = replace(TINY, protocol="Nine units.", targets=(Target("another", 1),))
    old = f"{both}, by an earlier protocol"
    assert row_of(other, tmp_path)[0] == f"tiny | 0 of 2 | 0 % | {old} | - | 2 seeds | 40 s | trial"
    (results / "tiny.json").write_text("{")
    assert "can't be played here: " in row_of(TINY, tmp_path)[1]
    assert "move it away" in row_of(TINY, tmp_path)[1]


def test_the_status_is_a_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    listed(monkeypatch, TINY, tmp_path)
    assert main(["reproduce", "--status", "--out", str(tmp_path / "runs")]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == [
        "tiny    0 of 2      0 %  -         -       2 seeds  40 s  trial",
        "2 seeds of 1 recipe missing, 40 s of training here",
    ]
    assert not (tmp_path / "runs").exists()
