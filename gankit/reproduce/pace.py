"""How long a seed of a recipe takes on this machine: by the logs of its runs or a short trial, the quicker."""

from __future__ import annotations

import io
import json
import math
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stderr, suppress
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from gankit.base.errors import UserError
from gankit.base.files import cache_root, write_text
from gankit.data.sources import toys
from gankit.data.sources.named import NAMED, at_hand
from gankit.game import Method
from gankit.reproduce.deadline import deadline
from gankit.reproduce.recipe import Recipe, Trial
from gankit.runs.directory import LOG
from gankit.runs.run import Run
from gankit.runs.status import run_directories
from gankit.training.log import read_log

SECONDS = 10.0
"""How long a trial lasts, from when the recipe is called."""
TRIED = 10
"""The few steps of the trial of a recipe that trains through no run; the more are ten times as many."""
LATELY = 20
"""Lines at the end of a log that tell how fast it goes."""


@dataclass(frozen=True)
class Pace:
    """What a seed of a recipe takes."""

    training: float
    """Seconds of one of its trainings, in full."""
    trainings: int
    by: Literal["log", "trial"]
    """What says so."""
    sources: tuple[str, ...] = ()
    """The data of the runs that say so."""

    @property
    def seed(self) -> float:
        """Seconds of a whole seed. What scoring takes is left out."""
        return self.training * self.trainings

    def at_hand(self) -> bool:
        """Whether this machine still has the data."""
        return all(map(_at_hand, self.sources))


def moves(method: Method[Any], steps: int) -> int:
    """Moves of both players in the first `steps` steps, which cost about the same each."""
    total = 0
    for turn in method.turns():
        played = range(0, steps, turn.every)
        total += turn.repeat * len(played) if isinstance(turn.repeat, int) else sum(map(turn.repeat, played))
    return total


def pace_of(recipe: Recipe, out: Path) -> Pace | None:
    """By the logs of the runs in `out`; none where they do not tell."""
    return _pace(recipe, [_runs(seed) for seed in out.glob("seed*/")], "log")


def _pace(recipe: Recipe, seeds: list[list[Run]], by: Literal["log", "trial"]) -> Pace | None:
    runs = [run for seed in seeds for run in seed]
    full = [pace * moves(run.method, recipe.steps) for run in runs if (pace := lately(run))]
    if not full:
        return None
    sources = tuple(sorted({run.config["data"]["source"] for run in runs}))
    return Pace(statistics.mean(full), max(recipe.trainings, *map(len, seeds)), by, sources)


def lately(run: Run) -> float | None:
    """Seconds that a move took by the end of the run's log; none where there is no line yet."""
    lines = [line for line in read_log(run.directory / LOG) if line.get("steps_per_second")]
    rows = [(0, 1.0), *((line["step"], line["steps_per_second"]) for line in lines)][-LATELY - 1 :]
    seconds = sum((after - before) / speed for (before, _), (after, speed) in pairwise(rows))
    played = moves(run.method, rows[-1][0]) - moves(run.method, rows[0][0])
    return seconds / played if played else None


def progress_of(recipe: Recipe, seed: Path, pace: Pace) -> tuple[float, float]:
    """Of the seed with the directory `seed`: the share of its training that is done, and seconds left of it."""
    runs, done = _runs(seed), 0.0
    ahead = max(pace.trainings - len(runs), 0)
    left = ahead * pace.training
    for run in runs:
        whole = moves(run.method, recipe.steps)
        played = min(moves(run.method, max(run.steps(), default=0)), whole)
        done += played / whole
        left += (whole - played) * min(lately(run) or math.inf, pace.training / whole)
    return done / (len(runs) + ahead), left


def trial_of(recipe: Recipe, say: Callable[[str], None]) -> Pace:
    """By a trial of a few seconds, kept in the cache: the same training as a seed's, cut off and thrown away.

    Raises `UserError` where the recipe can't be played on this machine.
    """
    path = cache_root() / "pace" / f"{recipe.name}.json"
    key = [platform.node(), os.cpu_count(), recipe.protocol, recipe.steps, recipe.trainings]
    with suppress(OSError, ValueError, KeyError, TypeError):
        content = json.loads(path.read_text(encoding="utf-8"))
        kept = Pace(**{**content["pace"], "sources": tuple(content["pace"]["sources"])})
        if content["of"] == key and kept.at_hand():
            return kept
    say(f"{recipe.name}: a trial of {SECONDS:g} seconds, to know how long it takes")
    try:
        pace = _tried(recipe) or _tried(recipe)  # data may have been decoded for the first time
    except Exception as error:
        raise UserError(str(error)) from error
    if pace is None:
        raise UserError(f"no training got anywhere within {SECONDS:g} seconds")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, json.dumps({"of": key, "pace": asdict(pace)}, indent=1) + "\n")
    return pace


def _tried(recipe: Recipe) -> Pace | None:
    if not recipe.trainings:
        return Pace(_foretold(recipe), 1, "trial")
    with tempfile.TemporaryDirectory() as folder:
        seconds, processor = time.monotonic(), time.process_time()
        with deadline(SECONDS):
            _rehearse(recipe, recipe.steps, Path(folder))
        ours = (time.process_time() - processor) / (time.monotonic() - seconds)
        pace = _pace(recipe, [_runs(Path(folder) / "seed0")], "trial")
    # What others took of the processor meanwhile is no part of it: the trial is kept for when they are gone.
    return replace(pace, training=pace.training * min(ours, 1.0)) if pace else None


def _foretold(recipe: Recipe) -> float:
    """Seconds of a seed that trains without runs, by a few steps and by some more; the very first time is left out."""
    few, more = min(TRIED, recipe.steps), min(10 * TRIED, recipe.steps)
    times = []
    for steps in (few, few, more):
        with tempfile.TemporaryDirectory() as folder:
            processor = time.process_time()
            _rehearse(recipe, steps, Path(folder))
            times.append(time.process_time() - processor)
    _, short, long = times
    return long + max(long - short, 0.0) / max(more - few, 1) * (recipe.steps - more)


def _rehearse(recipe: Recipe, steps: int, folder: Path) -> None:
    trial = Trial(seed=0, steps=steps, fraction=1.0, out=folder / "seed0", say=lambda line: None)
    with redirect_stderr(io.StringIO()):
        recipe.run(trial)


def _at_hand(source: str) -> bool:
    """Whether this machine still has the data called `source`."""
    if source in NAMED:
        return at_hand(source, "train", cache_root()) is not None
    return source in ("digits", *toys.NAMES) or Path(source).exists()


def _runs(seed: Path) -> list[Run]:
    """The runs in the directory of a seed that can be read today."""
    found = []
    for directory in run_directories(seed):
        with suppress(UserError):
            found.append(Run(directory))
    return found
