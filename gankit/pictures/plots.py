"""Points as histograms and clouds, and what any plot needs."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from PIL import Image
from torch import Tensor

COLOURS = 10
"""Groups that colours tell apart."""


def cloud(groups: Mapping[str, Tensor], *, size: int = 512) -> Image.Image:
    """Named groups of points [n, D]: histograms where D is 1, else scattered in their first two dimensions."""
    figure, axes = new_figure(size)
    few = ("0.6", "tab:green", "tab:blue")
    colours = few if len(groups) <= len(few) else [f"C{index}" for index in range(len(groups))]
    for (label, points), colour in zip(groups.items(), colours, strict=False):
        coordinates = points.detach().float().cpu().numpy()
        if coordinates.shape[1] == 1:
            axes.hist(coordinates[:, 0], bins=60, density=True, alpha=0.6, color=colour, label=label)
        else:
            axes.scatter(coordinates[:, 0], coordinates[:, 1], s=3, alpha=0.5, color=colour, label=label)
    axes.legend(loc="upper right")
    return figure_to_pil(figure)


def new_figure(size: int) -> tuple[Any, Any]:
    """A square matplotlib figure of `size` pixels, on no screen, and its axes."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(size / 100, size / 100), dpi=100, layout="constrained")
    return figure, figure.subplots()


def figure_to_pil(figure: Any) -> Image.Image:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return Image.open(buffer).convert("RGB")
