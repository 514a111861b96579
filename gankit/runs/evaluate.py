"""What is said of a generator: its figures under a protocol, against data."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch

from gankit import pictures
from gankit.base.config import build
from gankit.base.devices import pick_device
from gankit.base.errors import UserError, warn
from gankit.base.files import cache_root, sweep_partials
from gankit.base.memory import within_memory
from gankit.base.ranks import Ranks, joined, own_device
from gankit.base.version import own_digest
from gankit.data import DataSource, in_data_units
from gankit.evaluation.card import NAME as CARD
from gankit.evaluation.card import Card, Figure, read_card
from gankit.evaluation.evaluator import Evaluator, versions
from gankit.evaluation.inputs import MetricInputs
from gankit.evaluation.metrics import METRICS
from gankit.features import feature_network
from gankit.runs.directory import inside
from gankit.runs.judges import second_judge
from gankit.runs.protocol import Protocol
from gankit.runs.subjects import Given, Reference, Say, Subject, subject_of
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

    A run that was trained through a network which learned from the same pictures as the feature network is flattered by
    it: that is said, and the Fréchet distance through another network stands beside, under its own protocol.

    subject: a run or its directory; a folder of images that any program made; a `Generator`; or samples
        [n, C, H, W] in [-1, 1] or [n, D]. All but a run need `data`, a source's name or an array.
    out: where card.json and pictures go: by default into a run's directory, and for anything else nowhere.

    Where torchrun or a scheduler started several processes, all call this alike and share the work; the figures are the
    same to the bit. The first leads, says what is said and writes the card, which all return.

    Raises `UserError`, in one line, where a metric can't be computed or has too few samples.
    """
    asked: Protocol = build(Protocol, protocol)
    ranks = joined()
    say = (say or warn) if ranks.leads else _nothing
    with ranks.of_one_mind():
        return _evaluate(subject, data, out, say, asked, ranks)


def _evaluate(
    subject: Given, data: Any, out: str | os.PathLike[str] | None, say: Say, asked: Protocol, ranks: Ranks
) -> Card:
    scored = subject_of(subject, asked)
    directory = Path(out) if out else scored.directory
    if directory and ranks.leads:
        read_card(directory)  # which refuses one that was changed by hand, before the work is done
        sweep_partials(directory)
        if scored.directory:
            inside(scored.directory, directory / CARD)
    with ranks.first_of_a_machine():
        reference = _reference(scored.source(data, asked.size, say), asked.split, say)
    scored.check(reference, own=data is None)
    device = pick_device(own_device(asked.device))
    ranks.agree(_facts(scored, reference, asked))
    ranks.connect(device)
    if device.type == "cpu":
        keep_freed_memory()
    network = feature_network(asked.features, reference.split.spec, reference.split.source).to(device)
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
        ranks=ranks,
    )
    pretrained = {"this run": scored.pretrained}
    frechet = "frechet" in evaluator.names and len(reference.split) >= METRICS["frechet"].fewest_real
    second = second_judge(network, pretrained, reference.split, frechet=frechet, say=say)
    independent = replace(evaluator, network=second.to(device), metrics=("frechet",)) if second else None
    with within_memory("evaluation", "lower --samples, --real or --size, or take --features with fewer dimensions"):
        made = scored.samples(evaluator, reference, say)
        judges = {"features": independent.network.name if independent else ""}
        ranks.agree({"weights": json.dumps(made.about, sort_keys=True), **judges})
        if not ranks.leads:
            evaluator.assist(made.images)
            if independent:
                independent.assist(made.images)
            return Card([Figure(**figure) for figure in json.loads(ranks.give(None))])
        about = {"data": reference.whole.source, "seed": asked.seed, "versions": versions(), **made.about}
        figures, looked_at = evaluator(made.images, made.generator, about, say, made.classifier, made.translation)
        if independent:  # before the others, so that the newest of a name is through the network that was asked for
            figures = independent(made.images, made.generator, about, say)[0] + figures
    if ranks.world > 1:
        ranks.give(json.dumps([asdict(figure) for figure in figures]).encode())
    if directory:
        directory.mkdir(parents=True, exist_ok=True)
        read_card(directory).with_figures(figures).save(directory)  # read again: another evaluation may have written
        _save_memorisation_report(looked_at, directory, say)
    return Card(figures)


def _facts(scored: Subject, reference: Reference, asked: Protocol) -> dict[str, str]:
    """What must be equal in all processes that evaluate together."""
    options = {name: str(value) for name, value in vars(asked).items() if name != "device"}
    return {
        "data": f"{reference.split.content} {reference.train.content}",
        "code": f"{own_digest()} {torch.__version__}",
        "options": json.dumps({**options, "subject": type(scored).__name__}),
    }


def _nothing(line: str) -> None:
    pass


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
