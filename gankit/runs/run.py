"""A run, looked at: what was trained, on what, and the players as they were saved."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor

from gankit.base.config import build
from gankit.base.errors import UserError, nearest, warn
from gankit.base.modules import load_module
from gankit.base.spacing import spaced
from gankit.data import DataSource, Pack, images, in_units, sides_of
from gankit.data.pack.values import Rule, as_rule
from gankit.data.sources.opening import Size, Source, Split
from gankit.game import DataSpec, Generator, Method, Players, Translator
from gankit.networks.batch_statistics import settle
from gankit.pictures.samples import Samples, draw
from gankit.runs.config import decode
from gankit.runs.directory import CHECKPOINTS, CONFIG, METHOD
from gankit.training import checkpoint
from gankit.training.precision import pick_device

Weights = Literal["average", "last"]
SETTLING = 2000
"""Training images that a classifier's batch norms are given."""


class Run:
    """A run directory: what was trained, and its generator."""

    def __init__(self, directory: str | os.PathLike[str], *, method: Method[Any] | None = None) -> None:
        """`method` is only needed where its class can't be found, as one typed into a notebook that is closed."""
        self.directory = Path(directory)
        path = self.directory / CONFIG
        if not path.is_file():
            raise UserError(f"{self.directory} holds no run: there is no config.json")
        try:
            self.config: dict[str, Any] = json.loads(path.read_text())
            if method is None and (self.directory / METHOD).exists():
                load_module(self.directory / METHOD)
            self.method: Method[Any] = method or decode(self.config["method"])
            self.spec: DataSpec = decode(self.config["spec"])
        except (KeyError, TypeError, json.JSONDecodeError) as error:
            raise UserError(f"{path} can't be read: {error}") from None

    def refuse_changed(self, train: Pack) -> None:
        """Raise `UserError` where `train` goes by the name of what it was trained on, and holds something else."""
        stated = self.config["data"]
        if train.source == stated["source"] and train.content != stated["content"]:
            raise UserError(f"{train.source!r} is no longer what {self.directory} was trained on: its content changed")

    def source(
        self,
        data: Source | None = None,
        *,
        size: Size | None = None,
        backwards: bool = False,
        say: Callable[[str], None] | None = None,
    ) -> DataSource:
        """What the run was trained on, or other `data` in the same way: at the run's size, where no other is asked for,
        and with its sides, `backwards` the second first."""
        stated = self.config["data"]
        form: dict[str, Any] = {}
        if data is None:
            size = size or stated.get("size")
            form = {name: stated.get(name) for name in ("labels", "layout")}
        elif self.spec.is_image:
            size = size or "{1}x{2}".format(*self.spec.shape)
        rules = self.values[::-1] if backwards else self.values
        how: dict[str, Any] = {"size": size, "range": rules[0], "other_range": rules[1], "say": say or warn, **form}
        if self.spec.other_shape:
            how["direction"] = "BtoA" if (stated["direction"] == "BtoA") != backwards else "AtoB"
            how |= {"sides": sides_of(self.method.batch_type), "pair": stated["pair"]}
        return DataSource(source=stated["source"] if data is None else data, **how)

    @property
    def values(self) -> tuple[Rule, Rule]:
        """What became of the values of its data, and of the second side (`Report.values`)."""
        stated = self.config["data"]
        return as_rule(stated.get("values", {})), as_rule(stated.get("other_values", {}))

    def data(self, split: Split = "train", *, say: Callable[[str], None] | None = None) -> Pack:
        """What the run was trained on, at its size, with two sides where it had them; or another split of it.

        Raises `UserError` where its content has changed since, or there is no such split.
        """
        pack = self.source(say=say).open(split)
        if split == "train":
            self.refuse_changed(pack)
        return pack

    def generator(self, *, weights: Weights = "average", device: str = "auto") -> Generator:
        """The trained generator in evaluation mode, from the newest checkpoint that is whole."""
        return self.generator_at(weights=weights, device=device)[0]

    def generator_at(self, *, weights: Weights = "average", device: str = "auto") -> tuple[Generator, int]:
        """The same, with the step it is from."""
        self.refuse_translator()
        found, step = self._trained(weights, device)
        assert isinstance(found, Generator)
        return found, step

    def refuse_translator(self) -> None:
        """Raise `UserError` where the run has no latents: it translates pictures."""
        if self.spec.other_shape:
            raise UserError(f"{self.directory} translates pictures: gankit translate {self.directory} PICTURES")

    def translator(self, *, weights: Weights = "average", device: str = "auto") -> Translator:
        """The trained translator in evaluation mode, from the newest checkpoint that is whole."""
        return self.translator_at(weights=weights, device=device)[0]

    def translator_at(self, *, weights: Weights = "average", device: str = "auto") -> tuple[Translator, int]:
        """The same, with the step it is from."""
        found, step = self._trained(weights, device)
        if not isinstance(found, Translator):
            raise UserError(f"{self.directory} makes pictures from noise: gankit sample {self.directory}")
        return found, step

    def _trained(self, weights: Weights, device: str) -> tuple[Generator | Translator, int]:
        part = "average" if weights == "average" else "players"
        found = checkpoint.newest(self.directory / CHECKPOINTS, warn, part)
        if found is None:
            raise UserError(f"{self.directory} has no checkpoint yet: train it first")
        with torch.random.fork_rng():
            generator = self.method.players(self.spec).generator
        prefix = "" if weights == "average" else "generator."
        state = found[0][part]
        generator.load_state_dict({k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)})
        return generator.to(pick_device(device)).eval().requires_grad_(False), found[1]["step"]

    def steps(self) -> list[int]:
        """The steps of its checkpoints, oldest first."""
        found = checkpoint.listed(self.directory / CHECKPOINTS)
        return [int(path.name.removeprefix("step-")) for path in found]

    def players(self, *, device: str = "auto", step: int | None = None) -> Players:
        """Both players with the weights they had after `step`, by default their last, in evaluation mode: what
        `method.classify` takes."""
        checkpoints = self.directory / CHECKPOINTS
        if step is None:
            found = checkpoint.newest(checkpoints, warn, "players")
        else:
            found = checkpoint.read(checkpoints / f"step-{step:06d}", "players")
        if found is None:
            raise UserError(f"{self.directory} has no checkpoint yet: train it first")
        with torch.random.fork_rng():
            players = self.method.start(self.spec)
        players.load_state_dict(found[0]["players"])
        return players.to(pick_device(device)).eval().requires_grad_(False)

    def classifier(self, *, device: str = "auto", pack: Pack | None = None) -> Callable[[Tensor], Tensor]:
        """The classifier that the method trained, with its last weights: from images [n, C, H, W] in [-1, 1] to logits
        [n, K] on the CPU.

        In training its batch norms saw data and samples, each normalised by their own; so their running statistics are
        taken anew from 2,000 images of `pack`, by default of the data trained on. Raises `UserError` where the method
        trains none.
        """
        players, pack = self.players(device=device), pack or self.data()
        where = next(players.parameters()).device
        seen = images(pack, spaced(len(pack), SETTLING)).to(where)
        settle(players.discriminator, lambda: self.method.classify(players, seen))

        def logits(given: Tensor) -> Tensor:
            with torch.inference_mode():
                return self.method.classify(players, given.to(where)).float().cpu()

        return logits

    def sample(
        self,
        n: int = 64,
        *,
        label: int | str | None = None,
        seed: int = 0,
        truncation: float | None = None,
        weights: Weights = "average",
        device: str = "auto",
    ) -> Samples:
        """`n` samples, vectors in the units of the data. `label` is a class's name, or its number where names are no
        numbers; `truncation` bounds a Gaussian prior's components."""
        if n < 1:
            raise UserError(f"the number of samples must be at least 1, not {n}")
        generator = self.generator(weights=weights, device=device)
        labels = None if label is None else torch.full((n,), self.class_number(label, generator))
        prior = None if truncation is None else generator.prior.truncated(truncation)
        made = Samples.joined(draw(generator, n, seed=seed, labels=labels, prior=prior))
        return replace(made, values=in_units(made.values, self.values[0]), classes=self.spec.classes)

    def translate(self, image: Any, *, weights: Weights = "average", device: str = "auto", **manner: Any) -> Any:
        """What the trained translator makes of `image`, in its own size; `manner` is the fields of
        `gankit.translation.Manner`, `backwards=True` say.

        A PIL picture, a file's path or a uint8 array [H, W, C] gives a PIL picture; a tensor [C, H, W] or [n, C, H, W]
        in [-1, 1] gives a tensor.
        """
        from gankit.translation import Manner, Passage, translate

        asked = build(Manner, manner)
        translator = self.translator(weights=weights, device=device)
        return translate(Passage(translator, self.spec, asked, self.values), image)

    def class_number(self, label: int | str, generator: Generator) -> int:
        """The number of the class `label`, by its name, or by number where names are no numbers; `UserError` where
        there is none."""
        if not generator.classes:
            raise UserError(f"{self.directory} has a generator that takes no labels")
        names = self.spec.classes
        if str(label) in names:
            return names.index(str(label))
        numbers = all(name.lstrip("-").isdecimal() for name in names)
        if not numbers and str(label).isdecimal() and int(label) < generator.classes:
            return int(label)
        raise UserError(f"no class {label!r}{nearest(str(label), names)}: the classes are {', '.join(names)}")


def load(directory: str | os.PathLike[str], *, method: Method[Any] | None = None) -> Run:
    """The run in `directory`."""
    return Run(directory, method=method)
