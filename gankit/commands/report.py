"""gankit report."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import tyro

from gankit.base.text import tell
from gankit.commands.main import COMMANDS
from gankit.commands.parsing import docstring, parse
from gankit.runs.report import report as report_run


@dataclass(frozen=True, kw_only=True)
class Report:
    run: tyro.conf.Positional[Path]
    """The run directory."""
    out: Path | None = None
    """Where the page goes, a name that ends in .html; by default report.html in the run."""
    explore: bool = True
    """Have the trained generator make nearest neighbours and a walk, where it can and the data are at hand."""
    seed: int = 0
    """Equal seeds make equal walks and neighbours."""
    device: str = "auto"
    """auto, cpu or cuda."""
    trust: bool = False
    """Run the method.py of a run that was not made here: it is a program, so read it first. Without it the page does
    without what only that program knows."""


def report(arguments: list[str]) -> None:
    """One file with its pictures inside: samples over training, curves, verdicts, figures with intervals, nearest
    neighbours, a walk, and the command that trains the run again. It needs no network, and can be sent as it is.
    """
    options = parse(Report, arguments, "gankit report", f"{COMMANDS['report']}\n\n{docstring(report)}")
    how = {name: value for name, value in vars(options).items() if name != "run"}
    tell(f"report       {report_run(options.run, **how)}")
