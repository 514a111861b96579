"""What the pictures of networks are composed of."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from gankit.pictures import figure_to_pil


def stretched(maps: Tensor) -> Tensor:
    """Each of `maps` [n, C, H, W] over its own largest magnitude: in [-1, 1], with 0 where it was."""
    return maps / maps.abs().amax((1, 2, 3), keepdim=True).clamp(min=1e-30)


def panels(sheets: Mapping[str, Image.Image], *, columns: int, inches: float = 4.0) -> Image.Image:
    """Sheets under their titles, row by row, each pixel of theirs a pixel or more."""
    from matplotlib.figure import Figure

    rows = -(-len(sheets) // columns)
    width, height = next(iter(sheets.values())).size
    dpi = max(100, round(width / (inches * 0.92)))
    size = (columns * inches, rows * (inches * height / width + 0.3))
    figure = Figure(figsize=size, dpi=dpi, layout="constrained")
    axes = np.atleast_1d(figure.subplots(rows, columns)).flatten()
    for axis in axes:
        axis.axis("off")
    for axis, (title, sheet) in zip(axes, sheets.items(), strict=False):
        axis.imshow(np.asarray(sheet), cmap="gray", vmin=0, vmax=255, interpolation="nearest")
        axis.set_title(title, fontsize=8)
    return figure_to_pil(figure)


def tinted(images: Tensor, maps: Tensor, strength: float) -> Tensor:
    """Images [n, C, H, W] in [-1, 1], pale, under maps [n, 1, H, W]: red for positive, blue for negative.

    `strength` is the magnitude that is shown in full. Gives [n, 3, H, W].
    """
    grey = images[:, :3].mean(1, keepdim=True) if images.shape[1] != 2 else images[:, :1]
    share = (maps / max(strength, 1e-30)).clamp(-1, 1)
    red, blue = (torch.tensor(colour).view(1, 3, 1, 1) for colour in ((0.9, -0.8, -0.8), (-0.8, -0.5, 0.9)))
    base = 0.3 * grey.expand(-1, 3, -1, -1) + 0.4
    colour = torch.where(share > 0, red, blue)
    return torch.lerp(base, colour.expand_as(base), share.abs() * 0.85)
