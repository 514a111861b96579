"""A run as a film: its previews, and its losses up to each of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from PIL import Image, ImageDraw

from gankit.base.errors import UserError
from gankit.pictures import figure_to_pil, over_white
from gankit.training.log import Series, series

T = TypeVar("T")
WIDTH = 480
"""Pixels; larger previews are made as small, smaller ones get margins."""
CURVES = 150
COLOURS = {"discriminator": "tab:blue", "generator": "tab:green"}


def evenly_spaced(items: Sequence[T], most: int) -> Sequence[T]:
    """At most so many of `items`, at even distances, with the last."""
    if len(items) <= most:
        return items
    return [items[round((index + 1) * len(items) / most) - 1] for index in range(most)]


def losses(log: Iterable[Mapping[str, Any]]) -> dict[str, Series]:
    """Each player's loss over the steps, from the lines of a log: the sum of its terms."""
    return series({"step": line["step"], **_sums(line)} for line in log)


def _sums(line: Mapping[str, Any]) -> dict[str, float]:
    """By the players that have terms in `line`."""
    terms = {player: [line[name] for name in line if name.startswith(f"{player}/")] for player in COLOURS}
    return {player: sum(values) for player, values in terms.items() if values}


def frames(previews: Mapping[int, Image.Image], curves: Mapping[str, Series]) -> list[Image.Image]:
    """A frame for each preview, by its step: the preview, and below it `curves` with what is yet to come faded."""
    if not previews:
        raise UserError("there are no previews to make a film of")
    end = max([*previews, *(steps[-1] for steps, _ in curves.values())])
    chart, where = _chart(curves, end)
    film_frames = []
    for step, preview in sorted(previews.items()):
        frame = Image.new("RGB", (WIDTH, _height(preview) + CURVES), "white")
        size = (min(WIDTH, preview.width), _height(preview))
        rgb = over_white(preview).convert("RGB")
        frame.paste(rgb if rgb.size == size else rgb.resize(size, Image.Resampling.LANCZOS), _middle(size[0]))
        faded = chart.copy()
        now, top, bottom = where(step)
        veil = Image.new("L", chart.size, 0)
        ImageDraw.Draw(veil).rectangle((now, top, chart.width, bottom), fill=190)
        faded.paste("white", mask=veil)
        pen = ImageDraw.Draw(faded)
        pen.line((now, top, now, bottom), fill="black")
        pen.text((8, CURVES - 14), f"step {step:,}", fill="black")
        frame.paste(faded, (0, frame.height - CURVES))
        film_frames.append(frame)
    return film_frames


def _height(preview: Image.Image) -> int:
    return round(preview.height * min(1, WIDTH / preview.width))


def _middle(width: int) -> tuple[int, int]:
    return (WIDTH - width) // 2, 0


def _chart(curves: Mapping[str, Series], end: int) -> tuple[Image.Image, Any]:
    """All of the curves, and a function from a step to its pixel there, with the axes' top and bottom."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH / 100, CURVES / 100), dpi=100)
    axes = figure.add_axes((0.1, 0.2, 0.87, 0.74))
    finite: list[float] = []
    for player, (steps, values) in curves.items():
        axes.plot(steps, values, color=COLOURS[player], linewidth=1, label=f"{player}'s loss")
        finite += [value for value in values if np.isfinite(value)]
    if finite:
        low, high = np.percentile(finite, (1, 99))
        margin = 0.1 * (high - low) or 1
        axes.set_ylim(low - margin, high + margin)
        axes.legend(loc="upper left", fontsize=7, frameon=False, ncols=2)
    axes.set_xlim(0, max(end, 1))
    axes.tick_params(labelsize=7)
    picture = figure_to_pil(figure)
    box = axes.get_window_extent()
    top, bottom = (round(CURVES - edge) for edge in (box.y1, box.y0))
    return picture, lambda step: (round(box.x0 + (box.x1 - box.x0) * step / max(end, 1)), top, bottom)
