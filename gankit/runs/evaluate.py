"""What is said of a generator: its figures under a protocol, against data."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from gankit import pictures
from gankit.base.config import build
from gankit.base.devices import pick_device
from gankit.base.errors import UserError, warn
from gankit.base.files import cache_root, sweep_partials
from gankit.base.memory import within_memory
from gankit.data import DataSource, in_data_units
from gankit.evaluation.card import NAME as CARD
from gankit.evaluation.card import Card, read_card
from gankit.evaluation.evaluator import Evaluator, versions
from gankit.evaluation.inputs import MetricInputs
from gankit.features import feature_network
from gankit.features.choose import PHOTOS
from gankit.networks.fixed import LEARNED
from gankit.runs.directory import inside
from gankit.runs.protocol import Protocol
from gankit.runs.subjects import Given, Reference, Say, subject_of
from gankit.training.memory import keep_freed_memory


def evaluate(
    subject: Given,
    data: Any = None,
    *,
    out: str | os.PathLike[str] | None = None,
    say: Say | None = None,
    **protocol: Any,
) -> Card:
    """Score `subject` against `data` and return its card; the keywords are the fields of `Protocol`.

    subject: a run or its directory; a folder of images that any program made; a `Generator`; or samples
        [n, C, H, W] in [-1, 1] or [n, D]. All but a run need `data`, a source's name or an array.
    out: where card.json and pictures go: by default into a run's directory, and for anything else nowhere.

    Raises `UserError`, in one line, where a metric can't be computed or has too few samples.
    """
    asked: Protocol = build(Protocol, protocol)
    say = say or warn
    scored = subject_of(subject, asked)
    directory = Path(out) if out else scored.directory
    if directory:
        read_card(directory)  # which refuses one that was changed by hand, before the work is done
        sweep_partials(directory)
        if scored.directory:
            inside(scored.directory, directory / CARD)
    reference = _reference(scored.source(data, asked.size, say), asked.split, say)
    scored.check(reference, own=data is None)
    device = pick_device(asked.device)
    if device.type == "cpu":
        keep_freed_memory()
    network = feature_network(asked.features, reference.split.spec, reference.split.source).to(device)
    if network.learned_from and network.learned_from == scored.pretrained:
        other = next(name for name in PHOTOS if LEARNED[name] != scored.pretrained)
        say(
            f"{network.name} flatters this run, which was trained through a network that learned from "
            f"{network.learned_from}, too: judge by --features {other} and by its samples as well"
        )
    evaluator = Evaluator(
        split=reference.split,
        train=reference.train,
        network=network,
        split_name=reference.name,
        metrics=asked.metrics,
        samples=asked.samples,
        real=asked.real,
        seed=asked.seed,
        cache=cache_root(),
        translates=scored.translates(reference),
    )
    with within_memory("evaluation", "lower --samples, --real or --size, or take --features with fewer dimensions"):
        made = scored.samples(evaluator, reference, say)
        about = {"data": reference.whole.source, "seed": asked.seed, "versions": versions(), **made.about}
        figures, looked_at = evaluator(made.images, made.generator, about, say, made.classifier, made.translation)
    if directory:
        directory.mkdir(parents=True, exist_ok=True)
        read_card(directory).with_figures(figures).save(directory)  # read again: another evaluation may have written
        _save_memorisation_report(looked_at, directory, say)
    return Card(figures)


def _reference(source: DataSource, split: str, say: Say) -> Reference:
    """What samples are held against: the test split, unless the training images are asked for or all there is."""

    def missing(why: str) -> None:
        if split == "test":
            raise UserError(why)
        say(f"scored against the images it was trained on: {why}")

    train = source.open()
    whole, name = (train, "train") if split == "train" else source.held_out(train, missing)
    return Reference(
        source=source,
        whole=in_data_units(whole),
        whole_train=in_data_units(train),
        trained_on=train,
        name=name,
    )


def _save_memorisation_report(looked_at: dict[str, MetricInputs], directory: Path, say: Say) -> None:
    inputs = looked_at.get("memorisation")
    if inputs and inputs.split.spec.is_image:
        say(f"report       {pictures.save(inputs.memorisation_report(), directory / 'memorisation.png')}")
