"""What the methods share whose discriminator learns by cross-entropy."""

from __future__ import annotations

from dataclasses import dataclass

from gankit.base.bounds import Share
from gankit.game import B, Method


@dataclass(frozen=True, kw_only=True)
class CrossEntropy(Method[B]):
    """A method whose discriminator tells data from samples by cross-entropy."""

    smoothing: Share = 0.0
    """One-sided label smoothing: the discriminator is to give data the probability 1 - smoothing, and samples 0 as ever
    (Salimans et al. 2016, arXiv:1606.03498, section 3.4); 0.1 is usual."""
