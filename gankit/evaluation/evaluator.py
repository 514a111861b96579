"""One generator under one protocol: the metrics asked for, their figures, and training images beside them."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any

import torch

from gankit.base.errors import UserError, nearest
from gankit.base.files import write_text, writing_to
from gankit.base.ranks import Ranks
from gankit.base.version import VERSION
from gankit.data import Pack
from gankit.evaluation.card import Figure, finite
from gankit.evaluation.inputs import Classifier, MetricInputs, StoredImages, spread
from gankit.evaluation.metric import Metric, Number
from gankit.evaluation.metrics import COLOURS_ALONE, METRICS
from gankit.evaluation.shared import Shared
from gankit.evaluation.translations import Translation
from gankit.features import FeatureNetwork
from gankit.features.choose import instead_of_pixels
from gankit.features.plain import Pixels
from gankit.game import Generator

Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True, eq=False)
class Evaluator:
    """Everything about an evaluation but whom it is of."""

    split: Pack
    train: Pack
    """`split` itself where the source has no other images."""
    network: FeatureNetwork
    split_name: str
    metrics: tuple[str, ...] = ()
    """Names of `METRICS`; the usual ones that can be computed, if none are given."""
    samples: int | None = None
    """How many; by default as many as each metric's published figures are of."""
    real: int = 10_000
    """How many real images at most."""
    seed: int = 0
    cache: Path
    intervals: bool = True
    """Whether figures get intervals that take resampling to find."""
    reference: bool = True
    """Whether training images are scored, too, where the split is another one."""
    translates: dict[str, Any] | None = None
    """Of a translator: what else must be equal for another's figures to stand beside its own."""
    ranks: Ranks = Ranks()
    """The processes that share the work; all but the first `assist`."""

    def __post_init__(self) -> None:
        for name in self.metrics:
            if name not in METRICS:
                raise UserError(f"no metric {name!r}{nearest(name, METRICS)}: there are {', '.join(METRICS)}")
        if self.samples is not None and self.samples < 2:
            raise UserError(f"samples must be at least 2, not {self.samples}")

    @property
    def names(self) -> tuple[str, ...]:
        """Those asked for, or else the usual ones."""
        return self.metrics or (USUAL if self.translates is None else USUAL_OF_TRANSLATORS)

    def wanted(self) -> int:
        """Samples needed for all the metrics asked for."""
        return max(self._count(METRICS[name]) for name in self.names)

    def __call__(
        self,
        samples: StoredImages,
        generator: Generator | None,
        subject: dict[str, Any],
        say: Say,
        classifier: Classifier | None = None,
        translation: Translation | None = None,
    ) -> tuple[list[Figure], dict[str, MetricInputs]]:
        """The figures of `samples`, and what each metric looked at; `say` is told which figures to mistrust."""
        shared = self._shared(samples)
        with shared.leading() if shared else nullcontext():
            inputs = self.inputs(samples, generator, classifier, translation, shared)
            figures, parts = self._figures(inputs, subject, say)
        return figures, {name: replace(part, shared=None) for name, part in parts.items()}

    def assist(self, samples: StoredImages) -> None:
        """Do this process's part of what the leader's call does, with the same `samples`."""
        if shared := self._shared(samples):
            shared.assist()

    def _shared(self, samples: StoredImages) -> Shared | None:
        return Shared(self.ranks, self.network, self.split, self.train, samples) if self.ranks.world > 1 else None

    def _figures(
        self, inputs: MetricInputs, subject: dict[str, Any], say: Say
    ) -> tuple[list[Figure], dict[str, MetricInputs]]:
        figures: list[Figure] = []
        firsts = {name: inputs.first(self._count(METRICS[name])) for name in self.names}
        left_out = self._left_out(firsts, {name: len(part.samples) for name, part in firsts.items()})
        if self.network.name == Pixels.name:
            say(self._doubt())
        for name, short in left_out.items():
            if short:
                say(f"{name} is left out: {short}")
        parts = {name: part for name, part in firsts.items() if name not in left_out}
        for name, part in parts.items():
            metric = METRICS[name]
            self._warn(name, part, say)
            protocol = self._protocol(name, metric, part)
            training_images = self._reference(metric, part, protocol) if self.reference else {}
            for number in metric.run(part):
                figures.append(_figure(number, name, protocol, training_images, subject | metric.subject))
        return figures, parts

    def check(
        self,
        generator: Generator | None,
        classifier: Classifier | None = None,
        translation: Translation | None = None,
        *,
        when: str = "",
    ) -> None:
        """Raise `UserError` where a metric that was asked for can't be computed of what is still to be made, or none of
        the usual ones can."""
        few = spread(self.split, 2)
        labels = torch.zeros(len(few), dtype=torch.int64) if generator and generator.classes else None
        inputs = self.inputs(StoredImages(few.values, labels), generator, classifier, translation)
        counts = {name: self._count(METRICS[name]) for name in self.names}
        if translation:
            counts = {name: min(n, len(translation.inputs)) for name, n in counts.items()}
        self._left_out(dict.fromkeys(self.names, inputs), counts, when)

    def _left_out(self, looked_at: dict[str, MetricInputs], counts: dict[str, int], when: str = "") -> dict[str, str]:
        """The metrics that are not computed of so many samples, each with what there is too little of, if that is why.

        Raises `UserError` where one was asked for, or none is left.
        """
        left_out: dict[str, str] = {}
        for name, inputs in looked_at.items():
            metric = METRICS[name]
            lack, short = metric.lack(inputs), metric.shortage(counts[name], min(self.real, len(self.split)))
            if self.metrics and (lack or short):
                raise UserError(f"{name} can't be computed{when}: {lack or short}")
            if lack or short or (not self.metrics and metric.unasked(inputs)):
                left_out[name] = "" if lack else short
        if len(left_out) == len(looked_at):
            name, short = next((name, short) for name, short in left_out.items() if short)
            raise UserError(f"none of the usual metrics can be computed{when} ({name}: {short})")
        return left_out

    def _doubt(self) -> str:
        """What is said of figures through pixels."""
        missing = ", and precision, recall, density and coverage are not given" if "prdc" in self.names else ""
        return (
            f"mistrust these distances{missing}: {COLOURS_ALONE}, so that mud passes for pictures; "
            f"{instead_of_pixels(self.split.spec)}"
        )

    def inputs(
        self,
        samples: StoredImages,
        generator: Generator | None,
        classifier: Classifier | None = None,
        translation: Translation | None = None,
        shared: Shared | None = None,
    ) -> MetricInputs:
        return MetricInputs(
            samples=samples,
            split=self.split,
            train=self.train,
            real=self.real,
            network=self.network,
            generator=generator,
            classifier=classifier,
            translation=translation,
            seed=self.seed,
            cache=self.cache,
            intervals=self.intervals,
            shared=shared,
        )

    def _count(self, metric: Metric) -> int:
        return self.samples or metric.samples(self.split)

    def _protocol(self, name: str, metric: Metric, inputs: MetricInputs) -> dict[str, Any]:
        pack, network = self.split, self.network
        features = {"features": network.name, "features_hash": network.hash, "resizer": network.resizer}
        return {
            "metric": name,
            "data": pack.content,
            "shape": list(pack.spec.shape),
            "split": self.split_name,
            **(self.translates or {}),
            "real": min(self.real, len(pack)),
            "samples": len(inputs.samples),
            **(features if metric.network else {}),
            **metric.protocol(inputs),
        }

    def _warn(self, name: str, inputs: MetricInputs, say: Say) -> None:
        if name not in ("frechet", "mifid"):
            return
        width = inputs.fake.values.shape[1]
        fewest = min(len(inputs.samples), len(inputs.real_images))
        if fewest < width:
            say(
                f"{name}: {fewest:,} images are too few for a covariance of {width:,} dimensions, so the distance is "
                "too large; kid has no such bias"
            )

    def _reference(self, metric: Metric, inputs: MetricInputs, protocol: dict[str, Any]) -> dict[str, float]:
        """The same figures of training images, kept in the cache: they change with the protocol alone."""
        if not (inputs.held_out and metric.of_data):
            return {}
        key = blake2b(
            json.dumps([protocol, self.train.content, self.seed, VERSION], sort_keys=True).encode(),
            digest_size=16,
        )
        path = self.cache / "features" / f"{key.hexdigest()}.json"
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except (OSError, json.JSONDecodeError):
            pass
        stand_in = inputs.of_training_images()
        lack = metric.lack(stand_in) or metric.shortage(len(stand_in.samples), len(stand_in.real_images))
        figures = {} if lack else {number.name: number.value for number in metric.run(stand_in)}
        with writing_to(self.cache):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_text(path, json.dumps(figures))
        return figures


USUAL = tuple(name for name, metric in METRICS.items() if metric.usual)
USUAL_OF_TRANSLATORS = tuple(name for name, metric in METRICS.items() if metric.usual_of_translators)


def versions() -> dict[str, str]:
    return {"gankit": VERSION, "torch": torch.__version__}


def _figure(
    number: Number, metric: str, protocol: dict[str, Any], training_images: dict[str, float], subject: dict[str, Any]
) -> Figure:
    return Figure(
        name=number.name,
        metric=metric,
        value=number.value,
        low=finite(number.low),
        high=finite(number.high),
        interval=number.interval,
        better=number.better,
        perfect=number.perfect,
        training_images=training_images.get(number.name),
        protocol=protocol,
        subject=subject,
    )
