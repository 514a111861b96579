"""gankit compare."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from gankit import pictures
from gankit.base.errors import warn
from gankit.base.text import aligned, tell
from gankit.commands.main import COMMANDS
from gankit.commands.parsing import parse
from gankit.runs.compare import compare as compare_runs


@dataclass(frozen=True)
class Compare:
    runs: tuple[Path, ...]
    """Directories of runs that have been evaluated, two or more."""
    figures: Annotated[tuple[str, ...], tyro.conf.arg(aliases=["--metrics"])] = ()
    """Names of figures; by default all that the runs have."""
    out: Path = Path("runs/compare.png")
    """Where the plot goes."""


def compare(arguments: list[str]) -> None:
    options = parse(Compare, arguments, "gankit compare", COMMANDS["compare"])
    comparison = compare_runs(options.runs, figures=options.figures)
    tell(*aligned(comparison.table()))
    for line in comparison.refused:
        warn(line)
    tell(f"plot         {pictures.save(comparison.picture(), options.out)}")
