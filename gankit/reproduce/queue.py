"""The queue: whichever seed of a recipe is missing, the cheapest first, for as long as a machine is idle."""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path

import torch

from gankit.base.errors import UserError, warn
from gankit.base.files import LockedError, locked
from gankit.base.text import plural
from gankit.reproduce import RECIPES, recipe_called
from gankit.reproduce.deadline import deadline
from gankit.reproduce.evidence import Evidence, Missing, duration, evidence, summary, verdict
from gankit.reproduce.pace import Pace
from gankit.reproduce.play import RESULT, Say, place, play
from gankit.reproduce.recipe import Recipe
from gankit.reproduce.record import RECORDED, keep, read_record
from gankit.training.loop import DivergedError


def status(
    root: Path = Path("runs"),
    *,
    recipes: Iterable[Recipe] | None = None,
    results: Path = RECORDED,
    say: Say | None = None,
) -> list[Evidence]:
    """What stands for every recipe, by `results` and by the runs under `root`.

    How long something takes is told by the logs of its runs there, else by a trial of ten seconds, which is kept.
    """
    with one_thread():
        return [
            evidence(recipe, root, say=say or warn, results=results)
            for recipe in recipes or map(recipe_called, RECIPES)
        ]


def work(
    root: Path = Path("runs"),
    *,
    hours: float | None = None,
    recipes: Iterable[Recipe] | None = None,
    results: Path = RECORDED,
    say: Say | None = None,
) -> int:
    """Train and score missing seeds, the cheapest first, until none is missing or `hours` are over; returns how many.

    Every seed goes on where it was under `root`, on one thread, and its figures join `results` at once. Two of these
    at a time take different seeds. What can't be played here is passed over, and so is what fails, which is said.

    Raises `UserError` at the end where something failed. Ctrl-C, SIGTERM and the end of `hours` leave a checkpoint.
    """
    if hours is not None and not hours > 0:
        raise UserError(f"hours must be above 0, not {hours:g}")
    if not os.access(results, os.W_OK):
        raise UserError(f"what is found would be recorded in {results}, which can't be written to")
    root.mkdir(parents=True, exist_ok=True)
    queue = Queue(list(recipes or map(recipe_called, RECIPES)), root, results, say or warn)
    with deadline(None if hours is None else 3600 * hours) as over, one_thread():
        while not over() and queue.advance():
            pass
    if over():
        queue.say(f"{hours:g} hours are over; the same command goes on")
    if queue.failed:
        raise UserError(f"{plural(queue.finished, 'seed')} recorded; failed: {'; '.join(sorted(queue.failed))}")
    return queue.finished


@contextmanager
def one_thread() -> Iterator[None]:
    """Compute on one thread, as sums on another number of them differ in their last bits."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class Queue:
    """What is missing, and what has become of it so far."""

    def __init__(self, recipes: list[Recipe], root: Path, results: Path, say: Say) -> None:
        self.recipes, self.root, self.results, self.say = recipes, root, results, say
        self.finished = 0
        self.failed: set[str] = set()
        """Seeds that diverged, and recipes that broke: they are not tried again."""

    def advance(self) -> bool:
        """Play the cheapest seed that no other process is at; whether there was one."""
        found = [evidence(recipe, self.root, say=self.say, results=self.results) for recipe in self.recipes]
        for line in summary(found)[-1 if self.finished or self.failed else 0 :]:
            self.say(line)
        able = self.able(found)
        for recipe, missing, pace in able:
            name = f"{recipe.name}, seed {missing.seed}"
            reason = f"{duration(missing.left)} of training left by its {pace.by}, the least of {len(able)}"
            try:
                self._play(recipe, missing.seed, reason)
            except LockedError as error:
                self.say(str(error))
                continue
            except OSError:  # a full disk, say: nothing else would fare better
                raise
            except Exception as error:  # one that breaks should not keep the others waiting
                if not isinstance(error, UserError):
                    traceback.print_exc()
                self.say(f"{name} failed: {error}")
                self.failed.add(name if isinstance(error, DivergedError) else recipe.name)
            return True
        return False

    def able(self, found: Iterable[Evidence]) -> list[tuple[Recipe, Missing, Pace]]:
        """What can be played, the cheapest first; of equal ones, as recipes and their seeds are listed."""
        able = [
            (each.recipe, missing, each.pace)
            for each in found
            if each.pace and each.recipe.name not in self.failed
            for missing in each.missing
            if f"{each.recipe.name}, seed {missing.seed}" not in self.failed
        ]
        return sorted(able, key=lambda item: item[1].left)

    def _play(self, recipe: Recipe, seed: int, why: str) -> None:
        self.say(f"takes {recipe.name}, seed {seed}: {why}")
        out = place(recipe, self.root)
        self._set_aside(recipe, out)
        record = keep(play(recipe, seed, out, say=self.say), recipe, self.results)
        self.finished += 1
        self.say(f"recorded {recipe.name}: {record.text()}, target {verdict(recipe, record)}")

    def _set_aside(self, recipe: Recipe, out: Path) -> None:
        """Give another name to runs of an earlier protocol or length, so that today's have a place."""
        found = read_record(out / RESULT)
        if found is None or found.full(recipe):
            return
        with ExitStack() as stack:
            for lock in out.glob("seed*.lock"):
                stack.enter_context(locked(lock, f"another process is at runs of an earlier protocol in {out}"))
            former = next(path for n in count(1) if not (path := out.with_name(f"{out.name}-before-{n}")).exists())
            out.rename(former)
        self.say(f"{out} held {found.recipe} by an earlier protocol: now {former}")
