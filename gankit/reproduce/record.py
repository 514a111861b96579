"""What came out of a recipe: every seed's figures, with all that is needed to find them again."""

from __future__ import annotations

import json
import statistics
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from gankit.base.errors import UserError
from gankit.base.files import write_text
from gankit.reproduce.recipe import Values

RECORDED = Path(__file__).parent / "results"
"""The figures of a release, NAME.json each."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """The outcome of a recipe's seeds so far."""

    recipe: str
    method: str
    figure: str
    """What the headline is."""
    protocol: str
    """How the figures were found."""
    command: str
    """What finds the same figures again."""
    steps: int
    """Generator updates of each training."""
    fraction: float
    """`steps` over the full recipe's."""
    versions: dict[str, str] = field(default_factory=dict)
    seeds: dict[str, Values] = field(default_factory=dict)
    """Figures by seed, the headline first."""
    images: dict[str, int] = field(default_factory=dict)
    """Real examples that the players of a seed saw, over all runs in its directory."""

    @property
    def mean(self) -> Values:
        return {name: statistics.mean(values) for name, values in self._columns().items()}

    @property
    def sd(self) -> Values:
        """Standard deviation over seeds, of two or more: else it is empty."""
        return {name: statistics.stdev(values) for name, values in self._columns().items() if len(values) > 1}

    def _columns(self) -> dict[str, list[float]]:
        rows = list(self.seeds.values())
        return {name: [row[name] for row in rows] for name in (rows[0] if rows else ())}

    def text(self, name: str = "") -> str:
        """A figure's mean, its spread over seeds and their number, and that it is reduced if so; by default the
        headline's."""
        if not self.seeds:
            return ""
        name = name or next(iter(self.mean))
        spread = f" ± {self.sd[name]:.2g}" if self.sd else ""
        count = "1 seed" if len(self.seeds) == 1 else f"{len(self.seeds)} seeds"
        reduced = "" if self.fraction == 1 else f"; reduced, {100 * self.fraction:.3g} %"
        return f"{self.mean[name]:.4g}{spread} ({count}{reduced})"

    def save(self, path: Path) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        content: dict[str, Any] = {**asdict(self), "mean": self.mean, "sd": self.sd}
        write_text(path, json.dumps(content, indent=1) + "\n")
        return path


def read_record(path: Path) -> Record | None:
    """The record in `path`; none where there is no such file. Raises `UserError` where it can't be read."""
    if not path.is_file():
        return None
    try:
        content = json.loads(path.read_text())
        return Record(**{name: content[name] for name in Record.__dataclass_fields__})
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise UserError(f"{path} can't be read ({error}): delete it and repeat the command") from None


def recorded(name: str) -> Record | None:
    """What this release has found for the recipe `name`."""
    return read_record(RECORDED / f"{name}.json")
