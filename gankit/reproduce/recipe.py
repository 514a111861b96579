"""What a recipe is: a published figure, and how ours is found under a protocol that was fixed before."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from gankit.base.files import read_json, write_text

if TYPE_CHECKING:
    import gankit

Values = dict[str, float]
"""The figures of one seed by name; the first is the headline."""


@dataclass(frozen=True)
class Target:
    """A bound on the mean, or the median, over seeds of one of a recipe's figures."""

    figure: str
    """Name among the values of a seed."""
    value: float
    better: Literal["higher", "lower"] = "higher"
    over_seeds: Literal["mean", "median"] = "mean"

    def reached(self, found: float) -> bool:
        return found >= self.value if self.better == "higher" else found <= self.value

    def __str__(self) -> str:
        median = "median " if self.over_seeds == "median" else ""
        return f"{median}{self.figure} {'at least' if self.better == 'higher' else 'at most'} {self.value:g}"


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One seed of a recipe that is being run."""

    seed: int
    steps: int
    """Generator updates: the recipe's own number, or a fraction of it."""
    fraction: float
    """That fraction, above 0; 1 for a full run."""
    out: Path
    """The seed's own directory. What trains inside it through `gankit.train` continues when it is repeated."""
    say: Callable[[str], None]

    def train(self, method: gankit.Method[Any], *, name: str = "", **options: Any) -> gankit.Run:
        """Train `method` for the steps of this trial in its directory, or below it as `name`, on MNIST; `options` are
        other ones of `gankit.train`."""
        import gankit

        own = {"data": "mnist", "steps": self.steps, "seed": self.seed, "preview_every": 0, "say": self.say}
        return gankit.train(method, out=self.out / name, **{**own, **options})

    def noted(self, name: str, find: Callable[[], float]) -> float:
        """What `find` finds on the way of a run that goes on from there: found once, and known when it is repeated."""
        path = self.out / "noted.json"
        known: Values = read_json(path) if path.exists() else {}
        if name not in known:
            known[name] = find()
            write_text(path, json.dumps(known, indent=1) + "\n")
        return known[name]


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A published figure of one method, and how ours is found.

    A module that declares one imports nothing heavy at its top: a list of recipes should be quick.
    """

    name: str
    method: str
    """Name in `METHODS`."""
    figure: str
    """What is measured, with its unit."""
    paper: str
    """The published figure, with the table or section it is in."""
    targets: tuple[Target, ...]
    """What ours should reach, all of them; none for a figure that only stands beside others."""
    protocol: str
    """How ours is found, in a sentence or two, and where that differs from the paper."""
    seeds: int
    """Seeds by default, from 0 on."""
    steps: int
    """Generator updates of a full run."""
    run: Callable[[Trial], Values]
    """Trains and scores one seed."""
    trainings: int = 1
    """Runs of `steps` that a seed takes, by which its time is foretold; 0 where it trains without `gankit.train`."""

    def reached(self, mean: Values, median: Values | None = None) -> bool:
        """Whether means and medians over seeds reach every target; without medians, of one seed, it is both."""
        over = {"mean": mean, "median": median or mean}
        return all(target.reached(over[target.over_seeds][target.figure]) for target in self.targets)

    def steps_of(self, fraction: float) -> int:
        """Generator updates of a run of this share of the full length."""
        return max(1, round(self.steps * fraction))

    def command(self, seeds: int, fraction: float) -> str:
        """What finds the figures of the first `seeds` seeds."""
        words = ["gankit reproduce", self.name]
        words += [f"--seeds {seeds}"] if seeds != self.seeds else []
        words += [f"--fraction {fraction:g}"] if fraction != 1 else []
        return " ".join(words)
