"""Scores of a generator while it trains: few samples, real features from the cache."""

from __future__ import annotations

from dataclasses import replace

import torch

from gankit.base.errors import UserError
from gankit.base.files import cache_root
from gankit.data import Pack, in_data_units, in_units
from gankit.evaluation.evaluator import Evaluator
from gankit.evaluation.inputs import StoredImages, as_stored, spread
from gankit.evaluation.translations import Translation, translated
from gankit.features import feature_network
from gankit.game import Generator, Translator
from gankit.pictures.samples import draw

SAMPLES = 2_000
TRANSLATED = 500


class TrainingEvaluator:
    """Computes `metrics` of a generator from 2,000 samples, or of a translator from what becomes of 500 pictures it is
    trained on; the first decides which generator is the best."""

    def __init__(self, pack: Pack, metrics: tuple[str, ...], features: str, seed: int) -> None:
        if not metrics:
            raise UserError("evaluate-every needs at least one of --metrics")
        self.translation = Translation.of(pack, lambda: pack, TRANSLATED) if pack.other else None
        self.rule = pack.report.values
        real = pack.other or in_data_units(pack)
        self.evaluator = Evaluator(
            split=real,
            train=real,
            network=feature_network(features, real.spec, real.source),
            split_name="train",
            metrics=metrics,
            samples=len(self.translation.inputs) if self.translation else SAMPLES,
            seed=seed,
            cache=cache_root(),
            intervals=False,
            reference=False,
        )

    def check(self, generator: Generator | Translator) -> None:
        """Raise `UserError` where a metric can't be computed of `generator` while it trains."""
        evaluator, sampled = self.evaluator, generator if isinstance(generator, Generator) else None
        few = spread(evaluator.split, 2)
        labels = torch.zeros(len(few), dtype=torch.int64) if sampled and sampled.classes else None
        inputs = evaluator.inputs(StoredImages(few.values, labels), sampled, translation=self.translation)
        evaluator.refuse(inputs, " while training")

    def __call__(self, generator: Generator | Translator) -> dict[str, float]:
        """The figures by name, after `score`: the first of them, or its negative where higher is better."""
        evaluator = self.evaluator
        evaluator.network.to(generator.device)
        if self.translation:
            assert isinstance(generator, Translator)
            samples = as_stored(translated(generator, self.translation.inputs, seed=evaluator.seed), evaluator.split)
            figures, _ = evaluator(samples, None, {}, say=lambda line: None, translation=self.translation)
        else:
            assert isinstance(generator, Generator)
            drawn = draw(generator, evaluator.wanted(), seed=evaluator.seed)
            parts = (replace(part, values=in_units(part.values, self.rule)) for part in drawn)
            samples = as_stored(parts, evaluator.split)
            figures, _ = evaluator(samples, generator, {}, say=lambda line: None)
        score = -figures[0].value if figures[0].better == "higher" else figures[0].value
        return {"score": score, **{figure.name: figure.value for figure in figures}}
