"""What questions to a generator have in common: the run, where the answer goes, and which latents are meant."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import tyro
from torch import Tensor

from gankit.base.errors import UserError
from gankit.commands.explore.questions import QUESTIONS
from gankit.commands.parsing import docstring, parse
from gankit.exploration import latents
from gankit.features import FeatureNetwork, find
from gankit.game import Generator
from gankit.runs.run import Run, Weights

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What every question to a generator has."""

    run: tyro.conf.Positional[Path]
    """The run directory."""
    out: Path | None = None
    """The picture's name; the numbers go beside it as .json. By default RUN/explore/QUESTION.png."""
    seed: int = 0
    """Equal seeds give equal answers."""
    weights: Weights = "average"
    """The generator's running average, or its last weights."""
    device: str = "auto"
    """auto, cpu or cuda."""
    features: str = "auto"
    """The feature network that distances are seen through; 'gankit evaluate --help' lists them."""

    @cached_property
    def opened(self) -> Run:
        return Run(self.run)

    @cached_property
    def found(self) -> tuple[Generator, int]:
        return self.opened.generator_at(weights=self.weights, device=self.device)

    @property
    def generator(self) -> Generator:
        return self.found[0]

    def network(self) -> FeatureNetwork:
        network = find(self.features, self.opened.spec, self.opened.config["data"]["source"])
        return network.to(self.generator.device)

    def class_of(self, label: str | None) -> int | None:
        return None if label is None else self.opened.class_number(label, self.generator)


@dataclass(frozen=True, kw_only=True)
class FromLatents(Asked):
    """A question about some latents."""

    latents: Path | None = None
    """Take latents from this .npy file, such as 'gankit explore invert' writes: seeds are then numbers of its rows."""

    def chosen(self, seeds: Sequence[int]) -> Tensor:
        """The latents of `seeds`, [n, size]."""
        if not seeds:
            raise UserError("no seeds were given: 'gankit explore seeds' shows which is what")
        if self.latents is None:
            return latents.of_seeds(self.generator, seeds)
        rows = latents.read(self.latents, self.generator)
        for row in seeds:
            if not 0 <= row < len(rows):
                raise UserError(f"{str(self.latents)!r} has no row {row}: there are {len(rows)}, counted from 0")
        return rows[list(seeds)]

    def names(self, seeds: Sequence[int]) -> list[str]:
        return [f"{'row' if self.latents else 'seed'} {seed}" for seed in seeds]


def ask(kind: type[T], command: Callable[[list[str]], None], arguments: list[str]) -> T:
    """The options of the question that `command` answers."""
    name = command.__name__
    return parse(kind, arguments, f"gankit explore {name}", f"{QUESTIONS[name].about}\n\n{docstring(command)}")


def at_least_one(n: int) -> int:
    if n < 1:
        raise UserError(f"n must be at least 1, not {n}")
    return n
