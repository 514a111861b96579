"""A mean, and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Estimate:
    """The mean of `count` values and their standard deviation, `spread`: NaN where there is only one."""

    mean: float
    spread: float
    count: int

    @classmethod
    def of(cls, values: Tensor) -> Estimate:
        """From values [n], at least one."""
        double = values.double()
        return cls(float(double.mean()), float(double.std()) if len(values) > 1 else float("nan"), len(values))

    @property
    def standard_error(self) -> float:
        """How far the mean may be off, if the values are independent."""
        return self.spread / self.count**0.5
