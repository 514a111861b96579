"""What the methods share whose discriminator learns by cross-entropy."""

from __future__ import annotations

from dataclasses import dataclass

from gankit.base.errors import UserError
from gankit.game import B, Method


@dataclass(frozen=True, kw_only=True)
class CrossEntropy(Method[B]):
    """A method whose discriminator tells data from samples by cross-entropy."""

    smoothing: float = 0.0
    """One-sided label smoothing: the discriminator is to give data the probability 1 - smoothing, and samples 0 as ever
    (Salimans et al. 2016, arXiv:1606.03498, section 3.4); 0.1 is usual."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.smoothing < 1:
            raise UserError(f"smoothing must be at least 0 and below 1, not {self.smoothing}")
