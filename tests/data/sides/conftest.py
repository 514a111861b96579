"""Sources with two sides."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.images import Paint


@pytest.fixture
def halves(folder: Path, paint: Paint) -> np.ndarray:
    """Five pictures of 8x16 in `folder`, [5, 8, 16, 3]."""
    return np.stack([paint(folder / f"{index}.png", (8, 16, 3)) for index in range(5)])


@pytest.fixture
def domains(tmp_path: Path, paint: Paint) -> Path:
    """trainA/ with 5 pictures, trainB/ with 4, testA/ and testB/ with 2 each, no names in common."""
    for side, counts in (("A", (5, 2)), ("B", (4, 2))):
        for split, count in zip(("train", "test"), counts, strict=True):
            for index in range(count):
                paint(tmp_path / "seasons" / f"{split}{side}" / f"{side.lower()}{index}.png")
    return tmp_path / "seasons"
