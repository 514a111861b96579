"""A run on one page: its previews, newest first, its losses, and what it is."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gankit.base.files import read_json, write_text
from gankit.runs.directory import CONFIG, LOG, PREVIEWS
from gankit.training.log import read_log, series

NAME = re.compile(r"step-\d{6,15}\.png")
"""What a preview is called."""
STYLE = """\
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; color: #222 }
img { image-rendering: pixelated; max-width: 100%; border: 1px solid #ddd }
figure { display: inline-block; margin: 0 1rem 1rem 0; vertical-align: top } figcaption { color: #666 }
td { padding: 0 1rem 0 0 } svg { width: 100%; height: 12rem; border: 1px solid #ddd }"""
PLAYERS = ("generator/", "discriminator/")
COLOURS = ("#1f77b4", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f", "#bcbd22", "#17becf", "#ff7f0e")


def write_page(directory: Path) -> Path:
    """Write `directory`/report.html from the run's files alone; it shows its pictures by their relative names."""
    config = read_json(directory / CONFIG)
    lines = read_log(directory / LOG)
    method = str(config["method"].get("class")).rpartition(":")[2]
    title = html.escape(f"{method} on {config['data']['source']}")
    previews = sorted(
        filter(NAME.fullmatch, (path.name for path in (directory / PREVIEWS).glob("*.png"))), reverse=True
    )
    shown = "\n".join(
        f'<figure><img src="previews/{name}" alt="{caption}"><figcaption>{caption}</figcaption></figure>'
        for name in previews
        for caption in [f"step {int(name[5:-4]):,}"]
    )
    parts = [
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>',
        f"<h1>{title}</h1>",
        table({"seed": config["seed"], "precision": config["precision"], **config["data"]}),
        f"<h2>Losses</h2>{curves(lines)}",
        f"<h2>As it learned, newest first</h2>{shown}</html>\n",
    ]
    path = directory / "report.html"
    write_text(path, "\n".join(parts))
    return path


def table(facts: Mapping[str, Any]) -> str:
    rows = (
        f"<tr><td>{html.escape(str(key))}</td><td>{html.escape(str(value))}</td></tr>" for key, value in facts.items()
    )
    return f"<table>{''.join(rows)}</table>"


def curves(lines: Sequence[Mapping[str, Any]]) -> str:
    """Every term of a loss over the steps, as an SVG with a name and the last value for each."""
    terms = {name: term for name, term in series(lines).items() if name.startswith(PLAYERS)}
    if not terms:
        return "<p>None are logged yet.</p>"
    heights = [value for term in terms.values() for value in term.values]
    low, high, last = min(heights), max(heights), max(step for term in terms.values() for step in term.steps)
    drawn, names = [], []
    for index, (name, term) in enumerate(terms.items()):
        colour = COLOURS[index % len(COLOURS)]
        line = " ".join(
            f"{1000 * step / last:.1f},{100 - 100 * (value - low) / ((high - low) or 1):.2f}"
            for step, value in zip(term.steps, term.values, strict=True)
        )
        drawn.append(f'<polyline points="{line}" fill="none" stroke="{colour}" vector-effect="non-scaling-stroke"/>')
        names.append(f'<span style="color:{colour}">{html.escape(name)} {term.values[-1]:.4g}</span>')
    return (
        f'<svg viewBox="0 -2 1000 104" preserveAspectRatio="none">{"".join(drawn)}</svg>'
        f"<p>from {low:.4g} to {high:.4g} in {last:,} steps: {', '.join(names)}</p>"
    )
