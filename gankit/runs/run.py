"""A run, looked at: what was trained, on what, and the players as they were saved."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import torch
from PIL import Image
from torch import Tensor, nn

from gankit import hub
from gankit.base import made_here
from gankit.base.config import build
from gankit.base.devices import pick_device
from gankit.base.errors import UserError, nearest, warn
from gankit.base.files import read_bytes
from gankit.base.modules import source_of, wording_own
from gankit.base.randomness import kept_chance
from gankit.base.spacing import spaced
from gankit.base.text import command_line
from gankit.data import DataSource, Pack, images, in_units, sides_of
from gankit.data.pack.values import Rule, as_rule
from gankit.data.sources.located import Split
from gankit.data.sources.opening import Size, Source, all_names
from gankit.evaluation.card import conditions, read_card, table
from gankit.game import DataSpec, Generator, Method, Players, Translator
from gankit.networks.batch_statistics import recalibrate
from gankit.pictures.notebook import as_html
from gankit.pictures.samples import Samples, draw
from gankit.runs.config import stated
from gankit.runs.directory import (
    CHECKPOINTS,
    CONFIG,
    PREVIEWS,
    is_published,
    read_config,
    refuse_other_config,
    written_later,
)
from gankit.runs.missing import refuse_moved, until_the_first
from gankit.runs.own_method import load_own_method
from gankit.training import checkpoint
from gankit.training.shards import of_a_shard
from gankit.training.weights import MODEL, read_weights

if TYPE_CHECKING:
    from gankit.runs.diagnose import Diagnosis

M = TypeVar("M", bound=nn.Module)
Weights = Literal["average", "last"]
SETTLING = 2000
"""Training images that a classifier's batch norms are given."""


class Run:
    """A run directory: what was trained, and its generator."""

    def __init__(
        self, directory: str | os.PathLike[str], *, method: Method[Any] | None = None, trust: bool = False
    ) -> None:
        """`method` is only needed where its class can't be found, as one typed into a notebook that is closed.

        `trust` lets a run that was not made here execute its `method.py`; nothing else in a run is ever executed.
        """
        self.directory = hub.fetch(str(directory)) if is_on_hub(directory) else Path(directory)
        self.config: dict[str, Any] = read_config(self.directory)
        if method is None:
            load_own_method(self.directory, self.config, trust=trust)
        try:
            self.method: Method[Any] = method or stated(self.config["method"], Method)
            self.spec: DataSpec = stated(self.config["spec"], DataSpec)
        except UserError as error:
            raise UserError(f"{self.directory / CONFIG} can't be read: {error}{written_later(self.config)}") from error

    def refuse_changed(self, train: Pack) -> None:
        """Raise `UserError` where `train` goes by the name of what it was trained on, and holds something else."""
        known = self.config["data"]
        if train.source == known["source"] and train.content != known["content"]:
            raise UserError(
                f"{train.source!r} is no longer what {self.directory} was trained on: its content changed; put back "
                "what it held (where there is a --data, that takes it as it is now, and any other pictures)"
            )

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
        known = self.config["data"]
        form: dict[str, Any] = {}
        if data is None:
            size = size or known.get("size")
            form = {name: known.get(name) for name in ("labels", "layout")}
            refuse_moved(self.directory, self.config)
            self._show_source(say or warn)
        elif self.spec.is_image:
            size = size or "{1}x{2}".format(*self.spec.shape)
        form |= {name: known[name] for name in ("fit", "channels") if name in known}
        rules = self.values[::-1] if backwards else self.values
        how: dict[str, Any] = {"size": size, "range": rules[0], "other_range": rules[1], "say": say or warn, **form}
        if self.spec.other_shape:
            how["direction"] = "BtoA" if (known["direction"] == "BtoA") != backwards else "AtoB"
            how |= {"sides": sides_of(self.method.batch_type), "pair": known["pair"]}
        return DataSource(source=known["source"] if data is None else data, **how)

    def _show_source(self, say: Callable[[str], None]) -> None:
        """Say where the data lie that are about to be read, where somebody else named the place."""
        source = self.config["data"]["source"]
        if source not in all_names() and not made_here.is_made_here(read_bytes(self.directory / CONFIG)):
            say(f"{self.directory} was not made here: its config.json names the data {source!r}, which are read now")

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
            raise UserError(
                f"{self.directory} translates pictures: {command_line('translate', self.directory, 'PICTURES')}"
            )

    def translator(self, *, weights: Weights = "average", device: str = "auto") -> Translator:
        """The trained translator in evaluation mode, from the newest checkpoint that is whole."""
        return self.translator_at(weights=weights, device=device)[0]

    def translator_at(self, *, weights: Weights = "average", device: str = "auto") -> tuple[Translator, int]:
        """The same, with the step it is from."""
        found, step = self._trained(weights, device)
        if not isinstance(found, Translator):
            raise UserError(f"{self.directory} makes pictures from noise: {command_line('sample', self.directory)}")
        return found, step

    def weights(self, weights: Weights = "average") -> tuple[dict[str, Tensor], int]:
        """The tensors of the generator or translator by name, and the step they are of."""
        if is_published(self.directory):
            state, facts = read_weights(self.directory / MODEL)
            refuse_other_config(self.directory, facts)
            if facts["weights"] != weights:
                raise UserError(f"{self.directory} holds one set of weights: take --weights {facts['weights']}")
            return state, facts["step"]
        part = "average" if weights == "average" else "players"
        found = self._newest(part)
        prefix = "" if weights == "average" else "generator."
        return {k.removeprefix(prefix): v for k, v in found[0][part].items() if k.startswith(prefix)}, found[1]["step"]

    def _trained(self, weights: Weights, device: str) -> tuple[Generator | Translator, int]:
        state, step = self.weights(weights)
        generator = self._filled(lambda: self.method.players(self.spec).generator, state)
        return generator.to(pick_device(device)).eval().requires_grad_(False), step

    def _newest(self, *parts: str) -> tuple[checkpoint.Tensors, dict[str, Any]]:
        found = checkpoint.newest(self.directory / CHECKPOINTS, warn, *parts)
        if found is None:
            if checkpoint.listed(self.directory / CHECKPOINTS):
                raise UserError(f"no checkpoint in {self.directory} can be read")
            if is_published(self.directory):
                raise UserError(f"{self.directory} was published with its generator alone: it holds no discriminator")
            raise UserError(
                f"{self.directory} has no checkpoint yet: {until_the_first(self.directory, self.config, self.method)}"
            )
        refuse_other_config(self.directory, found[1])
        return found

    def _filled(self, make: Callable[[], M], state: dict[str, Tensor]) -> M:
        """What `make` makes, with the tensors of `state`. Raises `UserError` where they are not its own: config.json
        may ask for any network, and is believed only as far as its checkpoint goes."""
        try:
            with kept_chance(torch.device("cpu")), wording_own(type(self.method)):
                known = source_of(type(self.method)) is not None  # a program of one's own, which takes what it takes
                with torch.device("cpu" if known else "meta"):
                    shapes = {name: (value.shape, value.dtype) for name, value in make().state_dict().items()}
                if shapes == {name: (value.shape, value.dtype) for name, value in state.items()}:
                    made = make()
                    made.load_state_dict(state)
                    return made
        except UserError:
            raise
        except Exception as error:  # whatever sizes that do not go together make of a network
            raise UserError(f"{self.directory / CONFIG} states no network that can be made: {error}") from error
        raise UserError(f"{self.directory / CONFIG} states another network than its checkpoints hold")

    def steps(self) -> list[int]:
        """The steps of its checkpoints, oldest first."""
        found = checkpoint.listed(self.directory / CHECKPOINTS)
        return list(map(checkpoint.step_of, found))

    def players(self, *, device: str = "auto", step: int | None = None) -> Players:
        """Both players with the weights they had after `step`, by default their last, in evaluation mode: what
        `method.classify` takes."""
        if step is None:
            found = self._newest("players")
        else:
            found = checkpoint.read(self.directory / CHECKPOINTS / f"step-{step:06d}", "players")
            refuse_other_config(self.directory, found[1])
        method = of_a_shard(self.method, self.config.get("shards", 1))
        players = self._filled(lambda: method.start(self.spec), found[0]["players"])
        return players.to(pick_device(device)).eval().requires_grad_(False)

    def classifier(self, *, device: str = "auto", pack: Pack | None = None) -> Callable[[Tensor], Tensor]:
        """The classifier that the method trained, with its last weights or their average, if the method keeps one: from
        images [n, C, H, W] in [-1, 1] to logits [n, K] on the CPU.

        In training its batch norms saw data and samples, each normalised by their own; so their running statistics are
        taken anew from 2,000 images of `pack`, by default of the data trained on. Raises `UserError` where the method
        trains none.
        """
        players, pack = self.players(device=device), pack or self.data()
        where = next(players.parameters()).device
        seen = images(pack, spaced(len(pack), SETTLING)).to(where)
        recalibrate(players, lambda: self.method.classify(players, seen))

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
        numbers, or the names of attributes ("Smiling,Young": those, and no others); `truncation` bounds a Gaussian
        prior's components."""
        how: dict[str, Any] = {"label": label, "seed": seed, "truncation": truncation}
        return Samples.joined(self.sample_parts(n, **how, weights=weights, device=device))

    def sample_parts(
        self,
        n: int,
        *,
        label: int | str | None = None,
        seed: int = 0,
        truncation: float | None = None,
        weights: Weights = "average",
        device: str = "auto",
    ) -> Iterator[Samples]:
        """The same samples, some at a time, for more than memory holds."""
        if n < 1:
            raise UserError(f"the number of samples must be at least 1, not {n}")
        generator = self.generator(weights=weights, device=device)
        labels = None if label is None else self.labels_called(label, n, generator)
        prior = None if truncation is None else generator.prior.truncated(truncation)
        for part in draw(generator, n, seed=seed, labels=labels, prior=prior):
            yield replace(part, values=in_units(part.values, self.values[0]), classes=self.spec.classes)

    def translate(self, image: Any, *, weights: Weights = "average", device: str = "auto", **options: Any) -> Any:
        """What the trained translator makes of `image`, in its own size; `options` is the fields of
        `gankit.translation.TranslationOptions`, `backwards=True` say.

        A PIL picture, a file's path or a uint8 array [H, W, C] gives a PIL picture; a tensor [C, H, W] or [n, C, H, W]
        in [-1, 1] gives a tensor.
        """
        from gankit.translation import Pipeline, TranslationOptions, translate

        asked = build(TranslationOptions, options)
        translator = self.translator(weights=weights, device=device)
        return translate(Pipeline(translator, self.spec, asked, self.values), image)

    def export(self, to: Any = "onnx", **options: Any) -> Path:
        """Write its generator or translator as a file that needs no gankit: see `gankit.runs.export.export`."""
        from gankit.runs.export import export

        return export(self, to, **options)

    def push(self, name: str, **options: Any) -> str:
        """Send it to the hub as "owner/name", and return its address: see `gankit.runs.publish.push`."""
        from gankit.runs.publish import push

        return push(self, name, **options)

    def report(self, **options: Any) -> Path:
        """Write its page, by default report.html in it, and return where that is; `options` are those of
        `gankit.report`."""
        from gankit.runs.report import report

        return report(self, **options)

    def _repr_html_(self) -> str:
        """Of a notebook: what it is, how far, its newest preview and its figures."""
        step = max(self.steps(), default=0)
        parts: list[Any] = [f"{self.directory}: {type(self.method).__name__} on {self.config['data']['source']}"]
        parts.append(f"step {step:,}" if step else "no checkpoint yet")
        for path in sorted((self.directory / PREVIEWS).glob("step-*.png"))[-1:]:
            with Image.open(path) as picture:
                parts.append(picture.copy())
        figures = read_card(self.directory).figures
        return as_html(*parts, *([table(figures), *conditions(figures)] if figures else []))

    def labels_called(self, label: int | str, n: int, generator: Generator) -> Tensor:
        """`n` labels of the class `label`, [n]; or where labels are attributes, of the names in `label`, with commas
        between them, [n, K]."""
        names = self.spec.classes
        if not generator.rates or str(label) in names:
            asked = [self.class_number(label, generator)]
        else:
            asked = [self.class_number(name.strip(), generator) for name in str(label).split(",") if name.strip()]
        if not generator.rates:
            return torch.full((n,), asked[0])
        return torch.zeros(n, len(names), dtype=torch.int64).index_fill(1, torch.tensor(asked), 1)

    def diagnose(self) -> Diagnosis:
        """How its game stands: what `gankit diagnose` says."""
        from gankit.runs.diagnose import diagnose

        return diagnose(self)

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


def is_on_hub(directory: str | os.PathLike[str]) -> bool:
    """Whether `directory` is no folder but a name on the hub."""
    return str(directory).startswith(hub.PREFIX)


def load(directory: str | os.PathLike[str], *, method: Method[Any] | None = None, trust: bool = False) -> Run:
    """The run in `directory`, or "hub:owner/name"; for `method` and `trust` see `Run`."""
    return Run(directory, method=method, trust=trust)
