"""Whom an evaluation is of: a run, its translator, a generator, or samples that somebody else made."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gankit.base.errors import UserError
from gankit.base.text import plural
from gankit.data import DataSource, Pack, from_units, open_data
from gankit.data.pack.values import Rule, parse_range
from gankit.data.sources.opening import Size
from gankit.evaluation.evaluator import Evaluator
from gankit.evaluation.inputs import Classifier, StoredImages, as_stored, spread
from gankit.evaluation.shared import drawn
from gankit.evaluation.translations import Translation, translated
from gankit.game import Generator, Images, Method
from gankit.networks.colours import as_channels, conversion
from gankit.pictures.samples import Samples
from gankit.runs.protocol import Protocol
from gankit.runs.run import Run, is_on_hub

Given = Run | Generator | Samples | Tensor | np.ndarray | str | Path
"""What can be scored."""
Say = Callable[[str], None]


@dataclass(frozen=True, eq=False, kw_only=True)
class Reference:
    """The data that samples are held against."""

    source: DataSource
    whole: Pack
    """The split, with both sides where it has two."""
    whole_train: Pack
    trained_on: Pack
    """The same as it is trained on: vectors with their columns standardised, where all else here is in the data's
    units."""
    name: str
    """train or test."""

    @property
    def split(self) -> Pack:
        """The images that samples should look like."""
        return self.whole.other or self.whole

    @property
    def train(self) -> Pack:
        """Those of the training data: `split` itself, where there is no other."""
        return self.whole_train.other or self.whole_train


@dataclass(frozen=True, eq=False, kw_only=True)
class Made:
    """What is scored, and what there is to say of it."""

    images: StoredImages
    about: dict[str, Any]
    generator: Generator | None = None
    classifier: Classifier | None = None
    translation: Translation | None = None


def subject_of(given: Given, protocol: Protocol) -> Subject:
    """`given` as what can be scored. Raises `UserError` where it is nothing, or can't be asked for the way back."""
    run = _as_run(given, protocol.trust)
    if run is not None and run.spec.other_shape:
        return OfTranslator(protocol, run)
    if protocol.backwards:
        raise UserError("backwards is for runs that translate pictures, and this is none")
    if run is not None:
        return OfRun(protocol, run)
    return OfGenerator(protocol, given) if isinstance(given, Generator) else OfSamples(protocol, given)


def _as_run(given: Given, trust: bool) -> Run | None:
    if isinstance(given, Run):
        return given
    if isinstance(given, str | Path):
        if is_on_hub(given):
            return Run(given, trust=trust)
        path = Path(given)
        if not path.exists():
            raise UserError(f"no run or folder {str(path)!r}")
        if (path / "config.json").is_file():
            return Run(path, trust=trust)
    return None


@dataclass(frozen=True, eq=False)
class Subject(ABC):
    """Whom an evaluation is of."""

    protocol: Protocol

    @property
    def directory(self) -> Path | None:
        """Where its card goes, if it has a place of its own."""
        return None

    @property
    def pretrained(self) -> str:
        """The collection that a network learned from which it was trained through, if one was."""
        return ""

    def source(self, data: Any, size: Size | None, say: Say) -> DataSource:
        """The data it is scored against."""
        if data is None:
            raise UserError("samples are scored against data: say which with --data")
        return DataSource(source=data, size=size, range=parse_range(self.protocol.range), say=say)

    def check(self, reference: Reference, *, own: bool) -> None:  # noqa: B027
        """Raise `UserError` where it makes nothing like `reference`, or where its `own` data have changed."""

    def translates(self, reference: Reference) -> dict[str, Any] | None:
        """Of a translator: what must be equal for the figures of another to stand beside its own."""
        return None

    @abstractmethod
    def samples(self, evaluator: Evaluator, reference: Reference, say: Say) -> Made:
        """As many samples as `evaluator` needs."""


@dataclass(frozen=True, eq=False)
class OfGenerator(Subject):
    generator: Generator

    def samples(self, evaluator: Evaluator, reference: Reference, say: Say) -> Made:
        return _drawn(self.generator, evaluator, reference)


def _drawn(
    generator: Generator, evaluator: Evaluator, reference: Reference, classifier: Classifier | None = None
) -> Made:
    evaluator.check(generator, classifier)
    rule = reference.trained_on.report.values
    how = {"seed": evaluator.seed, "like": reference.split, "rule": rule, "ranks": evaluator.ranks}
    images = drawn(generator, evaluator.wanted(), **how)
    return Made(images=images, generator=generator, about={"source": "generator"}, classifier=classifier)


@dataclass(frozen=True, eq=False)
class _OfADirectory(Subject):
    run: Run

    @property
    def directory(self) -> Path:
        return self.run.directory

    @property
    def pretrained(self) -> str:
        return self.run.method.pretrained

    def source(self, data: Any, size: Size | None, say: Say) -> DataSource:
        if self.protocol.range:
            raise UserError("a run's data are taken as the run took them: leave --range away")
        return self.run.source(data, size=size, backwards=self.protocol.backwards, say=say)

    def trained(self, step: int) -> dict[str, Any]:
        return {"weights": self.protocol.weights, "ema": self.run.config["ema"], "step": step}


@dataclass(frozen=True, eq=False)
class OfRun(_OfADirectory):
    def check(self, reference: Reference, *, own: bool) -> None:
        split = reference.split
        if split.spec.shape != self.run.spec.shape:
            shapes = ("x".join(map(str, spec.shape)) for spec in (self.run.spec, split.spec))
            raise UserError("{} makes {}, but the data are {}".format(self.run.directory, *shapes))
        if own:
            self.run.refuse_changed(reference.trained_on)

    def samples(self, evaluator: Evaluator, reference: Reference, say: Say) -> Made:
        device = self.protocol.device
        generator, step = self.run.generator_at(weights=self.protocol.weights, device=device)
        classifier = None
        if type(self.run.method).classify is not Method.classify:
            rule = reference.trained_on.report.values
            logits = self.run.classifier(device=device, pack=reference.trained_on)
            known = lambda given: logits(from_units(given, rule))  # noqa: E731
            classifier = Classifier(known, clusters=self.run.method.batch_type is Images)
        made = _drawn(generator, evaluator, reference, classifier=classifier)
        return replace(made, about=self.trained(step) | made.about)


@dataclass(frozen=True, eq=False)
class OfTranslator(_OfADirectory):
    translator: Any = field(init=False)
    step: int = field(init=False)

    def __post_init__(self) -> None:
        translator, step = self.run.translator_at(weights=self.protocol.weights, device=self.protocol.device)
        if self.protocol.backwards and not translator.two_way:
            raise UserError(f"{self.run.directory} knows one way only: train another run with the other --direction")
        object.__setattr__(self, "translator", translator)
        object.__setattr__(self, "step", step)

    def check(self, reference: Reference, *, own: bool) -> None:
        whole, spec = reference.whole, self.run.spec
        assert whole.other is not None
        assert spec.other_shape is not None
        wanted = [spec.shape[0], spec.other_shape[0]]
        there = [whole.spec.shape[0], whole.other.spec.shape[0]]
        if there != (wanted[::-1] if self.protocol.backwards else wanted):
            raise UserError(
                f"{self.run.directory} translates images of {wanted[0]} channels to {wanted[1]}, but the data have "
                f"{there[0]} and {there[1]}"
            )
        if own:
            self.run.data(say=lambda line: None)

    def translates(self, reference: Reference) -> dict[str, Any]:
        stated = self.run.config["data"]
        way = {"sides": reference.whole.content, "pair": stated["pair"], "direction": stated["direction"]}
        return {**way, "backwards": True} if self.protocol.backwards else way

    def samples(self, evaluator: Evaluator, reference: Reference, say: Say) -> Made:
        whole = reference.whole
        if evaluator.samples and evaluator.samples > len(whole):
            raise UserError(
                f"the {reference.name} split has {plural(len(whole), 'picture')} to translate, fewer than the "
                f"{evaluator.samples:,} asked for"
            )
        in_pairs = replace(reference.source, sides="either")  # wherever the source has them, so that truth is known
        translation = Translation.of(whole, in_pairs.open, min(evaluator.wanted(), len(whole)))
        evaluator.check(None, translation=translation)
        made = translated(self.translator, translation.inputs, seed=evaluator.seed, backwards=self.protocol.backwards)
        images = as_stored(made, reference.split)
        return Made(images=images, translation=translation, about=self.trained(self.step) | {"source": "translator"})


@dataclass(frozen=True, eq=False)
class OfSamples(Subject):
    given: Any
    """A folder of images, or samples [n, C, H, W] in [-1, 1] or [n, D]."""

    def samples(self, evaluator: Evaluator, reference: Reference, say: Say) -> Made:
        spec = reference.split.spec
        if isinstance(self.given, str | Path):
            parts, source = _of_folder(Path(self.given), reference, evaluator, say), "folder"
        else:
            given = self.given if isinstance(self.given, Samples) else Samples(torch.as_tensor(self.given).float())
            parts, source = [given], "samples"
        pictures = spec.is_image and parts[0].values.dim() == 4
        if said := conversion(parts[0].values.shape[1], spec.shape[0]) if pictures else "":
            say(f"the samples are {said}")
            parts = [Samples(as_channels(part.values, spec.shape[0]), part.labels) for part in parts]
        if parts[0].values.shape[1:] != spec.shape:
            shapes = ("x".join(map(str, shape)) for shape in (parts[0].values.shape[1:], spec.shape))
            raise UserError("the samples are {}, but the data are {}".format(*shapes))
        return Made(images=as_stored(parts, reference.split), about={"source": source})


def samples_in(path: Path, size: tuple[int, int], rule: Rule, say: Say) -> Pack:
    """The images in the folder `path`, their values by the `rule` of the data where they are within it, as held-out
    data are; else as what fills its container, as samples that were written to files do."""
    as_data = open_data(path, size=size, range=rule, say=say)
    if rule and (own := open_data(path, size=size, say=say).report.values) != rule:
        inside = all(
            kind in rule and rule[kind][0] <= low and high <= rule[kind][1] for kind, (low, high) in own.items()
        )
        if not (own and inside):
            return open_data(path, size=size, range={}, say=say)
    return as_data


def _of_folder(path: Path, reference: Reference, evaluator: Evaluator, say: Say) -> list[Samples]:
    """As many of the images in the folder `path` as are needed, in an order of chance."""
    spec = reference.split.spec
    if not spec.is_image:
        raise UserError("a folder of images can't be scored against vectors")
    height, width = spec.shape[1:]
    given = samples_in(path, (height, width), reference.trained_on.report.values, say)
    sizes = given.report.sizes
    if len(sizes) > 1:
        most = sorted(sizes.items(), key=lambda item: -item[1])[:3]
        listed = ", ".join(f"{count:,} of {size}" for size, count in most)
        raise UserError(f"{str(path)!r} holds images of {len(sizes)} sizes ({listed}): make them one size first")
    if list(sizes) != [f"{height}x{width}"]:
        say(f"{str(path)!r}: resized from {next(iter(sizes))} to {height}x{width}, as the data would be")
    if evaluator.samples and evaluator.samples > len(given):
        raise UserError(
            f"{str(path)!r} has {plural(len(given), 'image')}, fewer than the {evaluator.samples:,} asked for"
        )
    chosen = spread(given, evaluator.samples or evaluator.wanted()).shuffled(evaluator.seed)
    return [Samples(part) for part in chosen.chunks()]
