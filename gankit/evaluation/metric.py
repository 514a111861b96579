"""What a metric is, and the figures that it gives."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import torch

from gankit.data import Pack
from gankit.evaluation.estimate import Z95, share_interval
from gankit.evaluation.inputs import MetricInputs

Better = Literal["lower", "higher", "neither"]
RESAMPLES = 20


@dataclass(frozen=True, kw_only=True)
class Number:
    """A figure as a metric finds it, without the protocol that all of its figures share."""

    name: str
    value: float
    low: float = math.nan
    """Lower end of a 95 % interval."""
    high: float = math.nan
    interval: str = "none"
    """What the interval is made of."""
    better: Better
    perfect: float | None = None
    """What a perfect sampler gets on average, where that is known; or what real images get."""


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A row of the table of metrics."""

    about: str
    run: Callable[[MetricInputs], Sequence[Number]]
    lack: Callable[[MetricInputs], str] = lambda inputs: ""
    """Why it can't be computed, however many samples there are; empty if it can."""
    fewest_samples: int = 1
    fewest_real: int = 1
    """The fewest samples, and real images, that it can be computed of."""
    protocol: Callable[[MetricInputs], dict[str, object]] = lambda inputs: {}
    """Its parameters: figures under different ones are not comparable."""
    samples: Callable[[Pack], int] = lambda pack: 10_000
    """How many its published figures are of."""
    network: bool = True
    """Whether it sees features, or else pixels."""
    usual: bool = False
    """Whether it is computed when none is asked for by name."""
    unasked: Callable[[MetricInputs], str] = lambda inputs: ""
    """Why a usual one is computed only where it is asked for by name; empty otherwise."""
    usual_of_translators: bool = False
    """The same, of a translator."""
    subject: dict[str, object] = field(default_factory=dict)
    """What its figures are of, where that is not what samples came from."""
    of_data: bool = True
    """Whether it means something for training images in the place of samples."""

    def shortage(self, samples: int, real: int) -> str:
        """Why it can't be computed of so many samples and real images; empty if it can."""
        for there, fewest, kind in ((samples, self.fewest_samples, "generated"), (real, self.fewest_real, "real")):
            if there < fewest:
                return f"it needs at least {fewest:,} {kind} samples, not {there:,}"
        return ""


def normal(
    name: str, value: float, error: float, interval: str, better: Better, *, perfect: float | None = None
) -> Number:
    low, high = value - Z95 * error, value + Z95 * error
    return Number(name=name, value=value, low=low, high=high, interval=interval, better=better, perfect=perfect)


def share(name: str, value: float, count: int, better: Better, *, perfect: float | None = None) -> Number:
    low, high = share_interval(value, count)
    return Number(name=name, value=value, low=low, high=high, interval="Wilson's", better=better, perfect=perfect)


def percentiles(name: str, value: float, resamples: Sequence[float], better: Better, *, perfect: float) -> Number:
    if not resamples:
        return Number(name=name, value=value, better=better, perfect=perfect)
    ends = torch.tensor(resamples, dtype=torch.float64).quantile(torch.tensor([0.025, 0.975], dtype=torch.float64))
    low, high = min(float(ends[0]), value), max(float(ends[1]), value)
    interval = f"percentiles of {len(resamples)} bootstrap resamples"
    return Number(name=name, value=value, low=low, high=high, interval=interval, better=better, perfect=perfect)
