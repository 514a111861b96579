"""gankit status."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import tyro

from gankit.base.text import aligned, tell
from gankit.commands.main import COMMANDS
from gankit.commands.parsing import parse
from gankit.runs.status import HEADER
from gankit.runs.status import status as status_of


@dataclass(frozen=True)
class Status:
    folder: tyro.conf.Positional[Path] = Path("runs")
    """Where the runs are."""


def status(arguments: list[str]) -> None:
    options = parse(Status, arguments, "gankit status", COMMANDS["status"])
    tell(*aligned([HEADER, *(standing.row() for standing in status_of(options.folder))]))
