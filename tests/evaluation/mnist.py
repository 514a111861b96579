"""MNIST for calibrations, where $GANKIT_DATA has it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

import pytest
from torch import Tensor

from gankit.data import open_data

HERE = "GANKIT_DATA" in os.environ and (Path(os.environ["GANKIT_DATA"]) / "mnist").is_dir()
needs_mnist = pytest.mark.skipif(not HERE, reason="needs mnist under $GANKIT_DATA")


def mnist(split: Literal["train", "test"]) -> tuple[Tensor, Tensor]:
    """All images as pixels [n, 784] in [0, 1], and their labels [n]."""
    pack = open_data("mnist", split=split)
    assert pack.labels is not None
    return pack.values.flatten(1).float() / 255, pack.labels
