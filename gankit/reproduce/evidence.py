"""What stands for each recipe, what is missing, and what that will take on this machine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gankit.base.errors import UserError
from gankit.base.text import plural
from gankit.reproduce.pace import Pace, pace_of, progress_of, trial_of
from gankit.reproduce.play import RESULT, Say, place
from gankit.reproduce.recipe import Recipe
from gankit.reproduce.record import RECORDED, Record, read_record


@dataclass(frozen=True)
class Missing:
    """A seed that is not recorded in full."""

    seed: int
    share: float
    """Of its training, what is done."""
    left: float
    """Seconds of training that it will take."""


@dataclass(frozen=True)
class Evidence:
    """What stands for a recipe."""

    recipe: Recipe
    record: Record | None
    """What is recorded."""
    missing: tuple[Missing, ...] = ()
    pace: Pace | None = None
    """What a seed takes; none where none is missing, or none can be played."""
    obstacle: str = ""
    """Why what is missing can't be played on this machine."""

    @property
    def full(self) -> int:
        """Seeds of those wanted that are recorded in full."""
        return self.recipe.seeds - len(self.missing)

    @property
    def share(self) -> float:
        """Of the training of all seeds, what is done."""
        return (self.full + sum(missing.share for missing in self.missing)) / self.recipe.seeds

    @property
    def left(self) -> float:
        """Seconds of training that are missing."""
        return sum(missing.left for missing in self.missing)

    def figure(self) -> str:
        """What is recorded of the headline, in which length, and whether by today's protocol."""
        if not self.record:
            return "-"
        return self.record.text() + ("" if self.record.of(self.recipe) else ", by an earlier protocol")


def evidence(recipe: Recipe, root: Path, *, say: Say, results: Path = RECORDED) -> Evidence:
    """What is recorded in `results`, and how far the runs under `root` are with the rest."""
    try:
        record = read_record(results / f"{recipe.name}.json")
        own = read_record(place(recipe, root) / RESULT)
    except UserError as error:
        return Evidence(recipe, None, _unknown(range(recipe.seeds)), obstacle=str(error))
    full = set(record.seeds) if record and record.full(recipe) else set()
    wanted = [seed for seed in range(recipe.seeds) if str(seed) not in full]
    if not wanted:
        return Evidence(recipe, record)
    out = place(recipe, root)
    if own and not own.full(recipe):
        own = None
    try:
        pace = trial_of(recipe, say)
        if own and (logged := pace_of(recipe, out)):
            pace = min(pace, logged, key=lambda each: each.seed)  # a log also knows how busy the machine was
        missing = [_missing(recipe, seed, own, out, pace) for seed in wanted]
    except UserError as error:
        return Evidence(recipe, record, _unknown(wanted), obstacle=str(error))
    return Evidence(recipe, record, tuple(missing), pace)


def _missing(recipe: Recipe, seed: int, own: Record | None, out: Path, pace: Pace) -> Missing:
    if own is None:
        return Missing(seed, 0.0, pace.seed)
    if str(seed) in own.seeds:  # it is found already, and only not recorded
        return Missing(seed, 1.0, 0.0)
    return Missing(seed, *progress_of(recipe, out / f"seed{seed}", pace))


def _unknown(seeds: Iterable[int]) -> tuple[Missing, ...]:
    return tuple(Missing(seed, 0.0, 0.0) for seed in seeds)


def verdict(recipe: Recipe, record: Record | None) -> str:
    """Whether `record` reaches the target."""
    if not recipe.targets:
        return "none"
    if not record or not record.mean.keys() >= {target.figure for target in recipe.targets}:
        return "-"
    return "reached" if recipe.reached(record.mean, record.median) else "not reached"


def table(found: Sequence[Evidence]) -> list[list[str]]:
    """A row a recipe: what is recorded, and what is missing."""
    rows = [["recipe", "seeds", "trained", "recorded", "target", "missing", "left", "by"]]
    for each in found:
        left, by = (duration(each.left), each.pace.by) if each.pace else ("-", "-")
        rows.append(
            [
                each.recipe.name,
                f"{each.full} of {each.recipe.seeds}",
                f"{100 * each.share:.3g} %",
                each.figure(),
                verdict(each.recipe, each.record),
                plural(len(each.missing), "seed") if each.missing else "nothing",
                left,
                by,
            ]
        )
    return rows


def summary(found: Sequence[Evidence]) -> list[str]:
    """What can't be played here and why, and the whole of what is missing."""
    obstacles: dict[str, list[str]] = {}
    for each in found:
        if each.obstacle:
            obstacles.setdefault(each.obstacle, []).append(each.recipe.name)
    lines = [f"{', '.join(names)} can't be played here: {why}" for why, names in obstacles.items()]
    lacking = [each for each in found if each.missing]
    if not lacking:
        return ["nothing is missing"]
    able = [each for each in lacking if each.pace]
    seeds, left = sum(len(each.missing) for each in able), sum(each.left for each in able)
    total = f"{plural(seeds, 'seed')} of {plural(len(able), 'recipe')} missing, {duration(left)} of training here"
    return [*lines, total]


def duration(seconds: float) -> str:
    """`40 s`, `25 min`, `3.4 h`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 90 * 60 else f"{seconds / 3600:.3g} h"
