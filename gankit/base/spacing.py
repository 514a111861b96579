"""Some of many, at even distances."""

from __future__ import annotations

import torch
from torch import Tensor


def spaced(count: int, most: int) -> Tensor:
    """Which of `count` things are taken where `most` may be, int64: all of them, or the first, the last and some at
    even distances between."""
    if count <= most:
        return torch.arange(count)
    return torch.linspace(0, count - 1, most, dtype=torch.float64).long()
