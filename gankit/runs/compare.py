"""Several runs side by side: their figures, those of one name and feature network under one protocol."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from gankit import pictures
from gankit.base.config import differences
from gankit.base.errors import UserError, nearest
from gankit.base.text import command_line
from gankit.evaluation.card import Card, Figure, read_card, titles
from gankit.pictures.notebook import as_html


@dataclass(frozen=True)
class Comparison:
    """Several runs' figures, those of one name and feature network under one protocol."""

    names: list[str]
    rows: dict[str, list[Figure | None]]
    """By the figure's name, and its feature network where there are several rows of one."""
    refused: list[str]
    """Why a figure is not among the rows."""

    def table(self) -> list[list[str]]:
        """A row a run, a column a figure."""
        head = ["run", *self.rows]
        columns = [[figure.text() if figure else "-" for figure in row] for row in self.rows.values()]
        return [head, *([name, *cells] for name, *cells in zip(self.names, *columns, strict=True))]

    def _repr_html_(self) -> str:
        return as_html(self.table(), self.picture(), *self.refused)

    def picture(self) -> Image.Image:
        """A panel a figure: each run's value with its interval, and what training images get, dashed."""
        from matplotlib.figure import Figure as Canvas

        columns = min(4, len(self.rows))
        lines = math.ceil(len(self.rows) / columns)
        beside = 0.085 * max(map(len, self.names))  # inches that the names take
        canvas = Canvas(
            figsize=(beside + 3 * columns, 0.8 + (0.6 + 0.3 * len(self.names)) * lines), layout="constrained"
        )
        axes = np.atleast_1d(canvas.subplots(lines, columns)).flatten()
        for ax, (name, row) in zip(axes, self.rows.items(), strict=False):
            for place, figure in enumerate(row):
                if figure is None or not math.isfinite(figure.value):
                    continue
                ends = (figure.low, figure.high)
                if ends[0] is not None and ends[1] is not None:
                    ax.plot(ends, [place, place], color="0.6", linewidth=3)
                ax.plot(figure.value, place, "o", color="tab:blue")
            beside = next((figure.training_images for figure in row if figure), None)
            if beside is not None:
                ax.axvline(beside, color="tab:green", linestyle="--", linewidth=1)
            better = next(figure.better for figure in row if figure)
            ax.set_title(name if better == "neither" else f"{name} ({better} is better)", size=9)
            ax.set_yticks(range(len(self.names)), self.names if ax.get_subplotspec().is_first_col() else [])
            ax.set_ylim(len(self.names) - 0.5, -0.5)
            ax.tick_params(labelsize=8)
        for ax in axes[len(self.rows) :]:
            ax.axis("off")
        return pictures.figure_to_pil(canvas)


def compare(directories: Sequence[str | os.PathLike[str]], *, figures: Sequence[str] = ()) -> Comparison:
    """The cards in `directories` side by side: all figures they have, or those asked for by name.

    A figure whose protocols differ between runs is refused, by the names of the fields that differ; `UserError` if
    it was asked for by name, or if nothing is left.
    """
    paths = [Path(directory) for directory in directories]
    if len(paths) < 2:
        raise UserError("a comparison needs at least two runs")
    cards = [read_card(path) for path in paths]
    for path, card in zip(paths, cards, strict=True):
        if not card.figures:
            raise UserError(f"{path} has no figures yet: {command_line('evaluate', path)}")
    names = list(dict.fromkeys(figure.name for card in cards for figure in card.figures))
    for name in figures:
        if name not in names:
            raise UserError(f"no figure {name!r}{nearest(name, names)}: there are {', '.join(names)}")
    rows: list[list[Figure | None]] = []
    refused: list[str] = []
    for name in figures or names:
        found = _rows(name, paths, cards)
        if isinstance(found, str):
            refused.append(found)
        else:
            rows += found
    if refused and (figures or not rows):
        raise UserError(refused[0])
    called = titles([next(figure for figure in row if figure) for row in rows])
    return Comparison([str(path) for path in paths], dict(zip(called, rows, strict=True)), refused)


def _rows(name: str, paths: list[Path], cards: list[Card]) -> list[list[Figure | None]] | str:
    """The figures called `name` that share a protocol, the newest through each feature network; or why none do."""
    figures_by_path = [(path, card.of(name)) for path, card in zip(paths, cards, strict=True) if card.of(name)]
    first_path, first = figures_by_path[0]
    shared: dict[Any, list[Figure | None]] = {}
    for candidate in first:
        matching = {path: [f for f in figures if f.protocol == candidate.protocol] for path, figures in figures_by_path}
        if all(matching.values()):
            row = [matching[path][-1] if path in matching else None for path in paths]
            shared[candidate.protocol.get("features")] = row
    if shared:
        return list(shared.values())
    for path, figures in figures_by_path[1:]:
        if not any(figure.protocol == first[-1].protocol for figure in figures):
            ours, theirs = first[-1], figures[-1]
            differing = list(differences(ours.protocol, theirs.protocol))
            if ours.subject.get("data") != theirs.subject.get("data"):
                differing = [f"data: {ours.subject.get('data')} -> {theirs.subject.get('data')}"]
            return f"{name} is not comparable: {first_path} and {path} differ in {'; '.join(differing)}"
    raise AssertionError
