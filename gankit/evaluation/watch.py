"""Scores of a generator while it trains: few samples, real features from the cache."""

from __future__ import annotations

from gankit.data import Pack
from gankit.data.store import cache_root
from gankit.errors import UserError
from gankit.evaluation.judge import Judge
from gankit.evaluation.material import stored
from gankit.features import find
from gankit.game import Generator
from gankit.samples import draw

SAMPLES = 2_000


class Watch:
    """Computes `metrics` of a generator from 2,000 samples; the first decides which generator is the best."""

    def __init__(self, pack: Pack, metrics: tuple[str, ...], features: str, seed: int) -> None:
        if not metrics:
            raise UserError("evaluate-every needs at least one of --metrics")
        self.judge = Judge(
            split=pack,
            train=pack,
            network=find(features, pack.spec, pack.source),
            split_name="train",
            metrics=metrics,
            samples=SAMPLES,
            seed=seed,
            cache=cache_root(),
            intervals=False,
            reference=False,
        )

    def __call__(self, generator: Generator) -> dict[str, float]:
        """The figures by name, after `score`: the first of them, or its negative where higher is better."""
        drawn = draw(generator, self.judge.wanted(), seed=self.judge.seed)
        self.judge.network.to(generator.device)
        figures, _ = self.judge(stored(drawn, self.judge.split), generator, {}, say=lambda line: None)
        score = -figures[0].value if figures[0].better == "higher" else figures[0].value
        return {"score": score, **{figure.name: figure.value for figure in figures}}
