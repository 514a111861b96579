"""Quality against minutes: what a race scores of each method on its way."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from gankit import pictures
from gankit.base.errors import UserError
from gankit.base.files import write_text


@dataclass(frozen=True)
class Point:
    """A run at a moment of a race."""

    minutes: float
    updates: int
    """Of the generator, until then."""
    value: float
    """Of the race's first metric."""


def read_points(path: Path, protocol: Mapping[str, Any]) -> list[Point]:
    """The points in `path`, or none where there is no such file; `UserError` where they are by another protocol."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        by, points = content["protocol"], [Point(**point) for point in content["points"]]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path} is no curve that a benchmark wrote: move it away") from error
    if by != dict(protocol):
        changed = sorted(name for name in by.keys() | protocol.keys() if by.get(name) != protocol.get(name))
        raise UserError(f"{path} has points by other {', '.join(changed)}: ask for the same, or take another --out")
    return points


def write_points(path: Path, points: Sequence[Point], protocol: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"protocol": dict(protocol), "points": [asdict(point) for point in points]}
    write_text(path, json.dumps(content, indent=1) + "\n")


def picture(curves: Mapping[str, Sequence[Sequence[Point]]], metric: str) -> Image.Image:
    """A line a method through the means over its runs, which are the dots: `metric` against minutes, both by ratio."""
    from matplotlib.figure import Figure as Canvas
    from matplotlib.ticker import FuncFormatter, LogLocator

    canvas = Canvas(figsize=(8, 5), dpi=100, layout="constrained")
    axes: Any = canvas.subplots()
    for number, (name, runs) in enumerate(curves.items()):
        color = f"C{number % 10}"
        values: dict[float, list[float]] = {}
        for point in (point for run in runs for point in run):
            values.setdefault(point.minutes, []).append(point.value)
        minutes = sorted(values)
        axes.plot(minutes, [statistics.mean(values[minute]) for minute in minutes], "-", color=color, label=name)
        for minute in minutes:
            axes.plot([minute] * len(values[minute]), values[minute], ".", color=color)
    if all(point.value > 0 for runs in curves.values() for run in runs for point in run):
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 1.5, 2, 3, 4, 5, 7)))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    marks = sorted({point.minutes for runs in curves.values() for run in runs for point in run})
    axes.set_xscale("log")
    axes.set_xticks(marks, [f"{mark:g}" for mark in marks])
    axes.minorticks_off()
    axes.set_xlabel("minutes of computing")
    axes.set_ylabel(metric)
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    return pictures.figure_to_pil(canvas)
