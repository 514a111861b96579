"""What came out of a recipe: every seed's figures, with all that is needed to find them again."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from gankit.base.errors import UserError
from gankit.base.files import cache_root, locked, write_text
from gankit.reproduce.recipe import Recipe, Values

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

    @property
    def median(self) -> Values:
        return {name: statistics.median(values) for name, values in self._columns().items()}

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

    def span(self, name: str) -> str:
        """A figure's median over seeds, and the least and the most, of three seeds or more: else it is empty."""
        values = self._columns()[name]
        if len(values) < 3:
            return ""
        return f"median {self.median[name]:.4g}, from {min(values):.4g} to {max(values):.4g}"

    def of(self, recipe: Recipe) -> bool:
        """Whether it was found as `recipe` finds it today: by this protocol, in this length or a share of it."""
        stated = (self.recipe, self.protocol, self.steps)
        return stated == (recipe.name, recipe.protocol, recipe.steps_of(self.fraction))

    def full(self, recipe: Recipe) -> bool:
        """Whether it is of full runs of `recipe` as it is today."""
        return self.fraction == 1 and self.of(recipe)

    def holding(self, recipe: Recipe, seeds: Mapping[str, Values], images: Mapping[str, int]) -> Record:
        """The same with these seeds, in their order, and by the command that finds them all."""
        order = sorted(seeds, key=int)
        return replace(
            self,
            seeds={seed: dict(seeds[seed]) for seed in order},
            images={seed: images[seed] for seed in order},
            command=recipe.command(int(order[-1]) + 1 if order else recipe.seeds, self.fraction),
        )

    def save(self, path: Path) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        content: dict[str, Any] = {**asdict(self), "mean": self.mean, "sd": self.sd, "median": self.median}
        write_text(path, json.dumps(content, indent=1) + "\n")
        return path


def read_record(path: Path) -> Record | None:
    """The record in `path`; none where there is no such file. Raises `UserError` where it can't be read."""
    if not path.exists():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return Record(**{name: content[name] for name in Record.__dataclass_fields__})
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        why = str(error).splitlines()[0]
        raise UserError(
            f"{path} is no record of gankit reproduce ({why}): take another --out, or move it away"
        ) from None


def recorded(name: str) -> Record | None:
    """What this release has found for the recipe `name`."""
    return read_record(RECORDED / f"{name}.json")


def keep(record: Record, recipe: Recipe, directory: Path | None = None) -> Record:
    """Make `record` part of what the release has found (in `directory`, if not in the package); returns what stands.

    Seeds that were found in the same way stay beside those of `record`; those of shorter runs, or by an earlier
    protocol, give way to it. A `record` that is itself of shorter runs than those that stand changes nothing.
    """
    path = (directory or RECORDED) / f"{recipe.name}.json"
    with locked(cache_root() / "recording.lock"):
        before = read_record(path)
        if before and before.of(recipe):
            if before.fraction > record.fraction:
                return before
            if before.fraction == record.fraction:
                seeds, images = {**before.seeds, **record.seeds}, {**before.images, **record.images}
                record = record.holding(recipe, seeds, images)
        record.save(path)
    return record
