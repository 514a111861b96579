"""Scores of a generator while it trains: few samples, real features from the cache."""

from __future__ import annotations

from gankit.base.errors import UserError
from gankit.base.files import cache_root
from gankit.base.ranks import Ranks
from gankit.data import Pack, in_data_units
from gankit.evaluation.evaluator import Evaluator
from gankit.evaluation.inputs import StoredImages, as_stored
from gankit.evaluation.shared import drawn
from gankit.evaluation.translations import Translation, translated
from gankit.features import feature_network
from gankit.game import Generator, Translator

SAMPLES = 2_000
TRANSLATED = 500


class TrainingEvaluator:
    """Computes `metrics` of a generator from 2,000 samples, or of a translator from what becomes of 500 pictures it is
    trained on; the first decides which generator is the best."""

    def __init__(
        self, pack: Pack, metrics: tuple[str, ...], features: str, seed: int, ranks: Ranks | None = None
    ) -> None:
        """`ranks` share the work: all but the first call `assist` whenever that calls this."""
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
            ranks=ranks or Ranks(),
        )

    def check(self, generator: Generator | Translator) -> None:
        """Raise `UserError` where a metric can't be computed of `generator` while it trains."""
        sampled = generator if isinstance(generator, Generator) else None
        self.evaluator.check(sampled, translation=self.translation, when=" while training")

    def __call__(self, generator: Generator | Translator) -> dict[str, float]:
        """The figures by name, after `score`: the first of them, or its negative where higher is better."""
        evaluator = self.evaluator
        sampled = generator if isinstance(generator, Generator) else None
        samples = self._samples(generator)
        figures, _ = evaluator(samples, sampled, {}, say=lambda line: None, translation=self.translation)
        score = -figures[0].value if figures[0].better == "higher" else figures[0].value
        return {"score": score, **{figure.name: figure.value for figure in figures}}

    def assist(self, generator: Generator | Translator) -> None:
        """Do this process's part of what the leader's call does."""
        self.evaluator.assist(self._samples(generator))

    def _samples(self, generator: Generator | Translator) -> StoredImages:
        evaluator = self.evaluator
        evaluator.network.to(generator.device)
        if self.translation:
            assert isinstance(generator, Translator)
            return as_stored(translated(generator, self.translation.inputs, seed=evaluator.seed), evaluator.split)
        assert isinstance(generator, Generator)
        how = {"seed": evaluator.seed, "like": evaluator.split, "rule": self.rule, "ranks": evaluator.ranks}
        return drawn(generator, evaluator.wanted(), **how)
