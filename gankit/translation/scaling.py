"""The size at which a picture is translated, and the way there and back."""

from __future__ import annotations

from typing import Literal

import numpy as np
from PIL import Image

Scale = Literal["train", "own"]
Size = tuple[int, int]
"""(height, width)."""


def scaled(own: Size, trained: Size, scale: Scale) -> Size:
    """The size at which a picture of size `own` is translated: its shorter side as long as that of the training
    images, or as it is."""
    if scale == "own":
        return own
    factor = min(trained) / min(own)
    height, width = (max(1, round(side * factor)) for side in own)
    return height, width


def resize(values: np.ndarray, size: Size) -> np.ndarray:
    """Pixels [h, w, C] of any type at `size`, by Lanczos as training images are, but with nothing cropped."""
    if values.shape[:2] == size:
        return values
    height, width = size
    planes = [
        np.asarray(Image.fromarray(plane.astype(np.float32)).resize((width, height), Image.Resampling.LANCZOS))
        for plane in np.moveaxis(values, -1, 0)
    ]
    smooth = np.stack(planes, axis=-1)
    if not np.issubdtype(values.dtype, np.integer):
        return smooth
    bounds = np.iinfo(values.dtype)
    return np.rint(smooth).clip(bounds.min, bounds.max).astype(values.dtype)
