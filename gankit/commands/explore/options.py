"""Options that questions share, and what they name: the run, its players, its data and latents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import torch
import tyro
from torch import Tensor

from gankit.base.errors import UserError
from gankit.base.randomness import derive
from gankit.base.text import command_line
from gankit.commands.explore import QUESTIONS
from gankit.commands.parsing import docstring, parse
from gankit.data import Pack, images
from gankit.exploration import latents
from gankit.features import FeatureNetwork, feature_network
from gankit.game import Generator, Players
from gankit.pictures.grids import Times
from gankit.runs.run import Run, Weights

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Options:
    """What every question has."""

    run: tyro.conf.Positional[Path]
    """The run directory."""
    out: Path | None = None
    """The picture's name; the numbers go beside it as .json. By default in RUN/explore."""
    seed: int = 0
    """Equal seeds give equal answers."""
    trust: bool = False
    """Run the method.py of a run that was not made here: it is a program, so read it first."""

    @cached_property
    def loaded_run(self) -> Run:
        return Run(self.run, trust=self.trust)


@dataclass(frozen=True, kw_only=True)
class GeneratorOptions(Options):
    """What every question to a generator has."""

    out: Path | None = None
    """The picture's name; the numbers go beside it as .json. By default RUN/explore/QUESTION.png."""
    weights: Weights = "average"
    """The generator's running average, or its last weights."""
    device: str = "auto"
    """auto, cpu, cuda, xpu or mps, or one of several, as cuda:1."""
    scale: Times | None = None
    """Times that images are enlarged; by default as often as brings the sheet to about 800 pixels."""
    features: str = "auto"
    """The feature network that distances are seen through; 'gankit evaluate --help' lists them."""

    @cached_property
    def generator_and_step(self) -> tuple[Generator, int]:
        return self.loaded_run.generator_at(weights=self.weights, device=self.device)

    @property
    def generator(self) -> Generator:
        return self.generator_and_step[0]

    def feature_network(self) -> FeatureNetwork:
        run = self.loaded_run
        return feature_network(self.features, run.spec, run.config["data"]["source"]).to(self.generator.device)

    def class_number(self, label: str | None) -> int | None:
        return None if label is None else self.loaded_run.class_number(label, self.generator)


@dataclass(frozen=True, kw_only=True)
class LatentOptions(GeneratorOptions):
    """What every question about some latents has."""

    latents: Path | None = None
    """Take latents from this .npy file, such as 'gankit explore invert' writes: seeds are then numbers of its rows."""

    def latents_of(self, seeds: Sequence[int]) -> Tensor:
        """The latents of `seeds`, [n, size]."""
        if not seeds:
            raise UserError("no seeds were given: 'gankit explore seeds' shows which is what")
        if self.latents is None:
            return latents.of_seeds(self.generator, seeds)
        rows = latents.read_latents(self.latents, self.generator)
        for row in seeds:
            if not 0 <= row < len(rows):
                raise UserError(f"{str(self.latents)!r} has no row {row}: there are {len(rows)}, counted from 0")
        return rows[list(seeds)]

    def names_of(self, seeds: Sequence[int]) -> list[str]:
        return [f"{'row' if self.latents else 'seed'} {seed}" for seed in seeds]


@dataclass(frozen=True, kw_only=True)
class PlayersOptions(Options):
    """What every question to a discriminator, or to both players, has."""

    device: str = "auto"
    """auto, cpu, cuda, xpu or mps, or one of several, as cuda:1."""

    @cached_property
    def players(self) -> Players:
        return self.loaded_run.players(device=self.device)

    def random_images(self, pack: Pack, n: int) -> tuple[Tensor, Tensor | None]:
        """`n` images of `pack` that the seed draws, and their labels where they have any, on the players' device."""
        indices = torch.randperm(len(pack), generator=torch.Generator().manual_seed(derive(self.seed, "images")))[:n]
        device = self.players.generator.device
        return images(pack, indices).to(device), None if pack.labels is None else pack.labels[indices].to(device)

    def check_images(self) -> None:
        """Raise `UserError` where the run is about points."""
        if not self.loaded_run.spec.is_image:
            shown = command_line("explore", "game", self.run)
            raise UserError(f"{self.run} is about points, not images: {shown} shows those")


def parse_options(kind: type[T], question: Callable[[list[str]], None], arguments: list[str]) -> T:
    """The options of the question that the function `question` answers."""
    name = question.__name__
    return parse(kind, arguments, f"gankit explore {name}", f"{QUESTIONS[name]}\n\n{docstring(question)}")


def at_least_one(n: int) -> int:
    if n < 1:
        raise UserError(f"n must be at least 1, not {n}")
    return n


def own_data(run: Run) -> Pack:
    """What the run was trained on, at its size; `UserError` where its content has changed since, or where it is of two
    sides."""
    run.refuse_translator()
    return run.data()
