"""Pictures for the tests: made on the spot, and read back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

Paint = Callable[..., np.ndarray]
"""What the fixture `paint` of the tests of the data gives."""


def picture(path: Path) -> np.ndarray:
    """Its pixels."""
    with Image.open(path) as opened:
        return np.asarray(opened)
