"""A run's card: every figure found of it, with all that must be equal for another figure to stand beside it.

A figure carries a hash of itself. One whose hash disagrees was changed by hand, and is refused.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any, get_type_hints

from gankit.base.errors import UserError, nearest
from gankit.base.files import read_json, write_text
from gankit.base.typed import fits
from gankit.pictures.notebook import as_html

NAME = "card.json"
FORMAT = 1


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One number about a generator."""

    name: str
    metric: str
    """The metric it was computed by, which may give several."""
    value: float
    low: float | None
    """Lower end of a 95 % interval; none where there is no interval."""
    high: float | None
    interval: str
    """What the interval is made of."""
    better: str
    """lower, higher or neither."""
    perfect: float | None
    """What a perfect sampler gets on average with as many samples, where that is known."""
    training_images: float | None
    """The same figure for training images in the place of samples."""
    protocol: dict[str, Any]
    """What another figure must share with this one to be compared with it."""
    subject: dict[str, Any]
    """What was scored: where samples came from, at which step, with which weights, seed and versions."""

    @property
    def hash(self) -> str:
        return blake2b(json.dumps(asdict(self), sort_keys=True).encode(), digest_size=8).hexdigest()

    def text(self) -> str:
        """The value to as many digits as its interval makes sense of."""
        return _rounded(self.value, self.low, self.high)

    def interval_text(self) -> str:
        if self.low is None or self.high is None:
            return ""
        return " to ".join(_rounded(end, self.low, self.high) for end in (self.low, self.high))


@dataclass(frozen=True)
class Card:
    """The figures of one generator."""

    figures: list[Figure] = field(default_factory=list)

    def __getitem__(self, name: str) -> Figure:
        """The newest figure called `name`."""
        for figure in reversed(self.figures):
            if figure.name == name:
                return figure
        names = [figure.name for figure in self.figures]
        raise UserError(f"no figure {name!r}{nearest(name, names)}: there are {', '.join(names) or 'none'}")

    def of(self, name: str) -> list[Figure]:
        return [figure for figure in self.figures if figure.name == name]

    def with_figures(self, figures: Iterable[Figure]) -> Card:
        """`figures` put in the place of figures of the same name, protocol, weights and seed."""
        figures = list(figures)
        keys = {_key(figure) for figure in figures}
        return Card([figure for figure in self.figures if _key(figure) not in keys] + figures)

    def _repr_html_(self) -> str:
        return as_html(table(self.figures), *conditions(self.figures)) if self.figures else as_html("no figures yet")

    def save(self, directory: Path) -> Path:
        path = directory / NAME
        figures = [{**asdict(figure), "hash": figure.hash} for figure in self.figures]
        write_text(path, json.dumps({"format": FORMAT, "figures": figures}, indent=1) + "\n")
        return path


def read_card(directory: Path) -> Card:
    """The card in `directory`, empty if there is none. Raises `UserError` where it can't be read or was edited."""
    path = directory / NAME
    if not path.exists():
        return Card()
    content = read_json(path, "delete it and evaluate again")
    entries = content.get("figures") if isinstance(content, dict) else None
    if not isinstance(entries, list):
        raise UserError(f"{path} can't be read (it holds no figures): delete it and evaluate again")
    return Card([_figure(path, entry) for entry in entries])


def _figure(path: Path, entry: Any) -> Figure:
    types = get_type_hints(Figure)
    if not isinstance(entry, dict) or entry.keys() != {*types, "hash"}:
        raise UserError(f"{path} can't be read (a figure has other fields): delete it and evaluate again")
    for name, kind in types.items():
        if not (fits(entry[name], kind) or (name == "value" and isinstance(entry[name], float))):
            raise UserError(f"{path} can't be read ({name} is {str(entry[name])[:60]!r}): delete it and evaluate again")
    figure = Figure(**{name: entry[name] for name in types})
    if figure.hash != entry["hash"]:
        raise UserError(
            f"{path}: the figure {figure.name!r} was changed by hand, its hash disagrees; delete the file "
            "and evaluate again"
        )
    return figure


def table(figures: Sequence[Figure]) -> list[list[str]]:
    """Rows for `tables`: each figure with its interval, and what a perfect sampler and training images get."""
    head = ["figure", "value", "95 % interval", "better", "perfect sampler", "training images"]
    rows = [head]
    for figure, title in zip(figures, titles(figures), strict=True):
        beside = ["" if value is None else f"{value:z.4g}" for value in (figure.perfect, figure.training_images)]
        rows.append([title, figure.text(), figure.interval_text(), figure.better, *beside])
    return rows


def titles(figures: Sequence[Figure]) -> list[str]:
    """What each is called among the others: by its name, with its feature network where there are several of one."""
    through = [str(figure.protocol.get("features")) for figure in figures]
    networks: dict[str, set[str]] = {}
    for figure, network in zip(figures, through, strict=True):
        networks.setdefault(figure.name, set()).add(network)
    return [
        f"{figure.name} ({network})" if len(networks[figure.name]) > 1 else figure.name
        for figure, network in zip(figures, through, strict=True)
    ]


def conditions(figures: Sequence[Figure]) -> list[str]:
    """A line for each of the conditions that the figures were found under, with their names if there are several."""
    named: dict[str, list[str]] = {}
    for figure, title in zip(figures, titles(figures), strict=True):
        protocol = figure.protocol
        through = f" through {protocol['features']}" if "features" in protocol else ""
        through += " (colours and no shapes)" if protocol.get("features") == "pixels" else ""
        line = f"{protocol['samples']:,} samples, {protocol['real']:,} images of the {protocol['split']} split{through}"
        named.setdefault(line, []).append(title)
    return list(named) if len(named) == 1 else [f"{line}: {', '.join(names)}" for line, names in named.items()]


def finite(value: float) -> float | None:
    """JSON has no NaN: none stands for it."""
    return value if math.isfinite(value) else None


def _key(figure: Figure) -> str:
    subject = {name: figure.subject.get(name) for name in ("source", "weights", "seed")}
    return json.dumps([figure.name, figure.protocol, subject], sort_keys=True)


def _rounded(value: float, low: float | None, high: float | None) -> str:
    """Two digits of the interval's width; four of a value without one. What rounds to 0 has no sign."""
    width = abs(high - low) if low is not None and high is not None else 0.0
    if width == 0 or not math.isfinite(width):
        return f"{value:z.4g}"
    digits = max(0, 1 - math.floor(math.log10(width)))
    return f"{value:z,.{digits}f}"
