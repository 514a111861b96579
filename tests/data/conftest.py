"""What the tests of the data share: an empty cache each, and pictures made on the spot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.images import Paint


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GANKIT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "photos"
    path.mkdir()
    return path


@pytest.fixture
def paint() -> Paint:
    """Write noise, or `pixels`, as a picture and return its pixels."""
    rng = np.random.default_rng(0)

    def paint(path: Path, shape: tuple[int, ...] = (8, 8, 3), pixels: Any = None, **options: Any) -> np.ndarray:
        values = rng.integers(0, 256, shape, dtype=np.uint8) if pixels is None else pixels
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(values).save(path, **options)
        return values

    return paint
