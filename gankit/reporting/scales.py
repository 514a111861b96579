"""Axes: from values to places between 0 and 1, and the ticks that people read them by."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["linear", "log", "symlog"]
WIDE = 30.0
"""How many times the 5 % quantile the 95 % one may be of values that a linear axis still shows."""
TICKS = 6
WORDS = {"linear": "", "log": "log scale", "symlog": "log scale on both sides of 0"}


@dataclass(frozen=True)
class Scale:
    """An axis from `low` to `high`; `unit` is the magnitude at which one on both sides of 0 turns linear."""

    kind: Kind
    low: float
    high: float
    unit: float = 1.0

    def place(self, value: float) -> float:
        """Where `value` is: 0 at the low end, 1 at the high one."""
        low, high = self._stretched(self.low), self._stretched(self.high)
        return (self._stretched(value) - low) / (high - low)

    def ticks(self) -> list[float]:
        """At most some `TICKS` round values on the axis."""
        if self.kind == "linear":
            return linear_ticks(self.low, self.high)
        if self.kind == "log":
            return _thinned(_decades(self.low, self.high))
        sides = [*(-tick for tick in _decades(self.unit, -self.low)), 0.0, *_decades(self.unit, self.high)]
        return _thinned(sorted(tick for tick in sides if self.low <= tick <= self.high), keep=0.0)

    def _stretched(self, value: float) -> float:
        if self.kind == "log":
            return math.log10(value)
        return math.asinh(value / self.unit) if self.kind == "symlog" else value


def scale_of(values: Sequence[float]) -> Scale:
    """The axis for finite `values`: logarithmic where they span so much that a linear one would hide most of them."""
    ordered = sorted(values)
    low, high = ordered[0], ordered[-1]
    magnitudes = sorted(abs(value) for value in values if value)
    if magnitudes and _quantile(magnitudes, 0.95) > WIDE * _quantile(magnitudes, 0.05):
        if low > 0:
            return Scale("log", *_padded_log(low, high))
        unit = 10 ** math.floor(math.log10(_quantile(magnitudes, 0.25)))
        if high > 10 * unit or low < -10 * unit:
            return Scale("symlog", 1.3 * low if low < 0 else 0.0, 1.3 * high if high > 0 else 0.0, unit)
    margin = 0.06 * (high - low) or 0.1 * abs(high) or 0.1
    bottom = 0.0 if 0 <= low < 0.3 * high else low - margin
    return Scale("linear", bottom, high + margin)


def linear_ticks(low: float, high: float, most: int = TICKS) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten between `low` and `high`, at most `most`."""
    raw = (high - low) / most
    power = 10.0 ** math.floor(math.log10(raw))
    for factor in (1, 2, 5, 10, 20):
        step = factor * power
        inside = range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)
        if len(inside) <= most:
            return [tick * step for tick in inside]
    return [low, high]


def spoken(value: float) -> str:
    """A number as an axis, or a reader, has it: four digits, and thousands apart."""
    if value and not 1e-4 <= abs(value) < 1e6:
        return f"{value:.3g}".replace("e+0", "e").replace("e-0", "e-").replace("e+", "e")
    text = f"{value:,.4g}" if abs(value) < 1e4 else f"{value:,.0f}"
    return "0" if text == "-0" else text


def _decades(low: float, high: float) -> list[float]:
    """Powers of ten between `low` and `high`, both positive, and where those are few, twice and five times them."""
    if not 0 < low <= high:
        return []
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for factors in ((1,), (1, 3), (1, 2, 5), (1, 1.5, 2, 3, 5, 7)):
        found = [factor * 10.0**power for power in powers for factor in factors if low <= factor * 10.0**power <= high]
        if len(found) >= 3:
            break
    return found


def _thinned(ticks: list[float], keep: float | None = None) -> list[float]:
    stride = -(-len(ticks) // TICKS)
    offset = ticks.index(keep) % stride if keep in ticks and keep is not None else 0
    return ticks[offset::stride]


def _padded_log(low: float, high: float) -> tuple[float, float]:
    factor = max((high / low) ** 0.05, 1.05)
    return low / factor, high * factor


def _quantile(ordered: Sequence[float], share: float) -> float:
    return ordered[round(share * (len(ordered) - 1))]
