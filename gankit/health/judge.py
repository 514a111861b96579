"""From the signals of a game, look by look, to a verdict: pure rules, their thresholds in one place.

`gankit reproduce diagnosis-thresholds` plays the games that the thresholds were chosen on, and `gankit reproduce
diagnosis` those that say how often the verdicts are right (docs/diagnosis.md).
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from gankit.health.verdict import Name, Verdict

LEAST = 200
"""Steps before anything is said."""
WINDOW = 4
"""Looks whose median is a signal's value."""
KEPT = 4 * WINDOW
"""Looks that are kept."""
Kind = Literal["classifier", "critic", "energy"]
Values = Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """Where a signal is no longer what it is in a healthy game; chosen on one half of the games."""

    few_modes: float = 0.4
    """Bins of the data that samples use, as a share, below which a collapse is partial."""
    one_mode: float = 0.15
    """And full."""
    alike: float = 0.35
    """Pairwise distance of samples, as a share of the data's, below which they are alike."""
    progress: float = 0.05
    """Relative change over a window that counts as getting better."""
    told_apart: float = 0.97
    """Share of data and samples that a simple test, or the discriminator, tells apart where they are unlike."""
    sure: float = 0.985
    apart: float = 0.8
    """Share that a simple test tells apart where the discriminator may be sure, too."""
    undecided: float = 0.6
    """Ranking of data before samples below which the discriminator knows nothing."""
    misled: float = 0.1
    """And below which it takes samples for better than data."""
    crossings: int = 2
    """How often, of late, the discriminator's ranking has turned over where the players chase each other."""
    memorised: float = 0.62
    """Ranking of training data before held-out data above which they are known by heart."""
    leaning: float = 0.56
    """And its mean over all looks that are kept."""
    returns: float = 0.35
    """How far samples come back, in a circle."""
    moves: float = 0.25
    """Change of the fixed samples between looks, in units of the data's spread, that is no small one."""
    thrown: float = 0.6
    """The same where samples that are alike are driven from place to place."""
    peak: float = 0.35
    """Share of a loss's power in one peak of its spectrum."""
    swing: float = 0.1
    """Standard deviation of that loss over its size."""
    burst: float = 5.0
    """And that of a loss which has shot up."""
    still: float = 0.002
    """Change of the fixed samples between looks that is none."""
    beside: float = 1.5
    """Distance of the samples' mean from the data's, in units of the data's spread, where they lie beside them."""
    outside: float = 2.5
    """And where they have left every sensible range."""
    grown: float = 50.0
    """How often the size of the scores has multiplied since the start where they diverge."""
    enormous: float = 1e4
    """And the size itself, of a game that has diverged before it was looked at."""
    gone: float = 0.001
    """The generator's gradient as a share of what it was, where it is gone."""
    wakes: float = 1.0
    """Relative growth of that gradient over a window that says it is not."""
    alike_enough: float = 0.7
    """Share told apart by a simple test where samples are nearly like data."""


CHOSEN = Thresholds()


class Judge:
    """Takes the looks of one game in order, and says how it stands."""

    def __init__(self, kind: Kind = "classifier", thresholds: Thresholds = CHOSEN, least: int = LEAST) -> None:
        self.kind, self.limits, self.least = kind, thresholds, least
        self.verdict: Verdict | None = None
        """What was said last."""
        self._looks: list[tuple[int, dict[str, float]]] = []
        self._streak: tuple[Name | None, int, int] = (None, 0, 0)
        self._most: dict[str, float] = {}

    def add(self, step: int, signals: Values) -> Verdict:
        """Take the signals of a look after `step`, without their prefix; returns the verdict that now holds."""
        found = {name: value for name, value in signals.items() if math.isfinite(value)}
        self._looks.append((step, found))
        self._looks = self._looks[-KEPT:]
        for name in ("gradient_generator",):
            if name in found:
                self._most[name] = max(self._most.get(name, 0.0), found[name])
        if "score_size" in found and len(self._looks) <= WINDOW:
            self._most["score_size"] = max(self._most.get("score_size", 0.0), found["score_size"])
        fresh = self._said(step)
        name, since, count = self._streak
        self._streak = (fresh.name, since, count + 1) if fresh.name == name else (fresh.name, step, 1)
        fresh = replace(fresh, since=self._streak[1])
        settled = self.verdict is None or self.verdict.name == fresh.name or self._streak[2] >= self._needed(fresh)
        if settled:
            self.verdict = fresh
        assert self.verdict is not None
        return self.verdict

    def _needed(self, verdict: Verdict) -> int:
        """How many looks have to agree: a game may pass through a partial collapse at its start."""
        return WINDOW if verdict.degree == "partial" else 2

    def _said(self, step: int) -> Verdict:
        if step < self.least or len(self._looks) < WINDOW:
            return Verdict(name="not enough evidence", step=step, since=step, words=f"{step:,} of {self.least:,} steps")
        for rule in (
            self._exploding,
            self._oscillation,
            self._thrown_about,
            self._misled,
            self._too_strong,
            self._elsewhere,
            self._too_weak,
            self._collapse,
            self._overfitting,
            self._stalled,
            self._converged,
            self._starting,
        ):
            if verdict := rule(step):
                return verdict
        return self._made(step, "healthy", "diversity", "modes", "two_sample", "separation")

    def now(self, name: str) -> float | None:
        """The median of a signal over the last looks; None where it is not there."""
        return _median(self._looks[-WINDOW:], name)

    def then(self, name: str) -> list[float]:
        """The same over windows before those, as far back as looks are kept."""
        before = self._looks[:-WINDOW]
        windows = [before[max(end - WINDOW, 0) : end] for end in range(len(before), 0, -WINDOW)]
        return [value for window in windows if (value := _median(window, name)) is not None]

    def _below(self, name: str, limit: float) -> bool:
        value = self.now(name)
        return value is not None and value < limit

    def _above(self, name: str, limit: float) -> bool:
        value = self.now(name)
        return value is not None and value > limit

    def _gain(self, name: str, sign: int = 1) -> float:
        """How far a signal is above the most that it was before, relative, or with `sign` -1 below the least; 0 where
        that can't be said."""
        now, then = self.now(name), self.then(name)
        if now is None or not then:
            return 0.0
        best = max(sign * value for value in then)
        return (sign * now - best) / max(abs(best), 1e-6)

    def _better(self) -> bool:
        """Whether samples become more varied, or come nearer to the data, or there is too little to say.

        That they differ more from each other counts for nothing where they lie beside the data. A discriminator that is
        an energy has not begun to teach while it still learns to draw the data, and its scores are that error.
        """
        if not self.then("modes"):
            return True
        growing = ["modes"] if self._above("offset", self.limits.beside) else ["modes", "diversity"]
        falling = ["offset", "score_size"] if self.kind == "energy" else ["offset"]
        gains = [self._gain(name) for name in growing] + [self._gain(name, -1) for name in falling]
        return max(gains) > self.limits.progress

    def _chases(self) -> bool:
        """Whether the discriminator's ranking of data and samples has turned over and back of late."""
        return self._turns() >= self.limits.crossings

    def _turns(self) -> int:
        """How often that ranking has gone from one side of undecided to the other of late, and not by a little."""
        values = [signals["separation"] - 0.5 for _, signals in self._looks[-2 * WINDOW :] if "separation" in signals]
        sides = [value > 0 for value in values if abs(value) > 0.3]
        return sum(a != b for a, b in pairwise(sides))

    def _unlike(self) -> bool:
        """Whether a simple test tells samples from data."""
        return self._above("two_sample", self.limits.told_apart)

    def _made(
        self, step: int, name: Name, *used: str, degree: Literal["partial", "full"] | None = None, **counted: int
    ) -> Verdict:
        figures = {key: round(value, 6) for key in used if (value := self.now(key)) is not None}
        figures |= {key: value for key, value in counted.items() if value}
        said = ", ".join(PHRASES[key].format(value) for key, value in figures.items())
        return Verdict(name=name, step=step, since=step, words=said, figures=figures, degree=degree)

    def _exploding(self, step: int) -> Verdict | None:
        limits, size = self.limits, self.now("score_size")
        least = min(limits.grown * max(self._most.get("score_size", 0.0), 1.0), limits.enormous)
        return self._diverging(step) if size is not None and size > least else None

    def _elsewhere(self, step: int) -> Verdict | None:
        """Samples that have left the data, or were thrown beside them by a loss that shot up."""
        limits = self.limits
        shot = any(self._above(f"swing_{player}", limits.burst) for player in ("generator", "discriminator"))
        return self._diverging(step) if self._above("offset", limits.beside if shot else limits.outside) else None

    def _diverging(self, step: int) -> Verdict:
        return self._made(step, "diverging", "offset", "score_size", "gradient_generator")

    def _oscillation(self, step: int) -> Verdict | None:
        limits = self.limits
        moves = self._above("drift", limits.moves) and self._unlike()
        circles = self._above("comes_back", limits.returns)
        waves = any(
            self._above(f"peak_{player}", limits.peak) and self._above(f"swing_{player}", limits.swing)
            for player in ("generator", "discriminator")
        )
        chases = self._chases()
        least = (1 if self._above("offset", limits.beside) else 2) + (not circles and not chases)
        goes_on = self.verdict is not None and self.verdict.name == "oscillation"
        if not moves or circles + waves + 2 * chases < (1 if goes_on else least):
            return None
        return self._made(
            step, "oscillation", "drift", "comes_back", "peak_generator", "peak_discriminator", "swing_generator",
            turned=self._turns(),
        )  # fmt: skip

    def _too_strong(self, step: int) -> Verdict | None:
        limits = self.limits
        sure = self._above("separation", limits.sure) and self._above("two_sample", limits.apart)
        moving = self._above("drift", limits.moves) or self._gain("gradient_generator") > limits.wakes
        if not sure or self._better() or moving:
            return None
        gradient, most = self.now("gradient_generator"), self._most.get("gradient_generator")
        gone = gradient is not None and most is not None and gradient < limits.gone * most
        certain = self.kind == "classifier" and all(
            self._above(name, limits.sure) for name in ("accuracy_real", "accuracy_fake")
        )
        if not (gone or certain):
            return None
        return self._made(
            step, "discriminator too strong", "separation", "accuracy_real", "accuracy_fake", "gradient_generator",
            "drift",
        )  # fmt: skip

    def _misled(self, step: int) -> Verdict | None:
        """A discriminator that takes samples for better than data, which a simple test tells apart."""
        if self.kind == "energy" or not self._below("separation", self.limits.misled) or self._chases():
            return None
        return self._weak(step) if self._unlike() else None

    def _too_weak(self, step: int) -> Verdict | None:
        """A discriminator that does not tell them apart, of few kinds of sample that get no better."""
        blind = self.kind != "energy" and self._below("separation", self.limits.undecided)
        if not blind or not self._unlike() or not self._few() or self._better():
            return None
        return None if self._turns() else self._weak(step)

    def _weak(self, step: int) -> Verdict:
        used = ("separation", "two_sample", "accuracy_real", "accuracy_fake")
        return self._made(step, "discriminator too weak", *used)

    def _few(self) -> bool:
        """Whether samples are of few kinds, or much alike."""
        return self._below("modes", self.limits.few_modes) or self._below("diversity", self.limits.alike)

    def _thrown_about(self, step: int) -> Verdict | None:
        """A collapse whose few kinds of sample are driven from place to place."""
        limits = self.limits
        together = self._below("modes", limits.one_mode) and self._below("diversity", limits.alike)
        if not (together and self._above("drift", limits.thrown)):
            return None
        return self._collapsed(step)

    def _collapse(self, step: int) -> Verdict | None:
        return self._collapsed(step) if self._few() and not self._better() else None

    def _collapsed(self, step: int) -> Verdict:
        limits = self.limits
        one = self._below("modes", limits.one_mode) or self._below("diversity", limits.one_mode)
        return self._made(
            step,
            "mode collapse",
            *("modes", "diversity", "duplicates", "recall", "drift"),
            degree="full" if one else "partial",
        )

    def _leans_to_its_data(self) -> bool:
        """Whether training data are ranked before held-out data a little, but look after look."""
        values = [signals["memorised"] for _, signals in self._looks if "memorised" in signals]
        return len(values) == KEPT and statistics.mean(values) > self.limits.leaning

    def _overfitting(self, step: int) -> Verdict | None:
        if not (self._above("memorised", self.limits.memorised) or self._leans_to_its_data()):
            return None
        return self._made(step, "overfitting", "memorised", "accuracy_real", "accuracy_held_out")

    def _stalled(self, step: int) -> Verdict | None:
        if not (self._below("drift", self.limits.still) and self._unlike()):
            return None
        return self._made(step, "stalled", "drift", "two_sample", "gradient_generator")

    def _converged(self, step: int) -> Verdict | None:
        if self._better() or not self._below("two_sample", self.limits.alike_enough):
            return None
        return self._made(step, "converged", "two_sample", "diversity", "drift")

    def _starting(self, step: int) -> Verdict | None:
        if not (self._few() and self._better()):
            return None
        return self._made(step, "starting up", "diversity", "modes", "offset")


PHRASES = {
    "modes": "samples use {:.0%} of the kinds that data have",
    "diversity": "they differ from each other {:.0%} as much as data do",
    "duplicates": "{:.0%} of them are near-duplicates",
    "recall": "{:.0%} of the classes are made",
    "two_sample": "their nearest neighbours tell {:.0%} of samples from data (50 % would be none)",
    "separation": "the discriminator ranks {:.0%} of data before samples",
    "accuracy_real": "it takes {:.0%} of data for data",
    "accuracy_fake": "and {:.0%} of samples for samples",
    "accuracy_held_out": "but {:.0%} of held-out data",
    "memorised": "the discriminator ranks {:.0%} of its training data before held-out data (50 % would be fair)",
    "drift": "the same latents move by {:.2g} of the data's spread between looks",
    "comes_back": "and come back {:.0%} of the way",
    "turned": "the discriminator's ranking of data and samples turned over this often in 8 looks: {:.0f}",
    "peak_generator": "{:.0%} of the generator's loss is one period",
    "peak_discriminator": "{:.0%} of the discriminator's",
    "swing_generator": "the generator's loss swings by {:.0%}",
    "offset": "the samples' mean lies {:.2g} spreads off the data's",
    "score_size": "scores are of size {:.3g}",
    "gradient_generator": "the generator's gradient has norm {:.2g}",
}
"""What the value of a signal says."""


def _median(looks: Sequence[tuple[int, Values]], name: str) -> float | None:
    values = [signals[name] for _, signals in looks if name in signals]
    return statistics.median(values) if 2 * len(values) >= len(looks) and values else None
