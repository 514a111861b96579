"""A mean, and how sure it is."""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import Tensor

Z95 = 1.959964
"""Standard errors on either side of a 95 % interval of a normal estimate."""


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


def share_interval(share: float, count: int) -> tuple[float, float]:
    """The 95 % interval of a share found among `count` independent cases, each either in or out.

    Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", 1927.
    doi:10.1080/01621459.1927.10502953
    """
    square = Z95**2 / count
    middle = (share + square / 2) / (1 + square)
    half = math.sqrt(square * (share * (1 - share) + square / 4)) / (1 + square)
    return max(middle - half, 0.0), min(middle + half, 1.0)
