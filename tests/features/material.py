"""What the tests of feature networks share."""

from __future__ import annotations

import torch
from torch import Tensor

from gankit.game.batch import DataSpec

VECTORS = DataSpec(shape=(2,), bounded=False)


def pictures(*shape: int, seed: int = 0) -> Tensor:
    """Noise in [-1, 1]."""
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def spec(channels: int = 3, side: int = 32) -> DataSpec:
    return DataSpec(shape=(channels, side, side))
