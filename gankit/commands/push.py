"""gankit push."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gankit.base.text import tell
from gankit.commands.main import COMMANDS
from gankit.commands.parsing import parse
from gankit.runs import publish
from gankit.runs.run import Weights


@dataclass(frozen=True)
class Push:
    run: Path
    """The run directory."""
    name: str
    """Where on the hub: owner/name."""
    license: str = ""
    """What others may do with it, by the hub's name for it: mit, cc-by-4.0, ..."""
    private: bool = False
    """Where the name is new, only for its owner to see."""
    message: str = ""
    """Of the commit."""
    weights: Weights = "average"
    """The generator's running average, or its last weights."""
    trust: bool = False
    """Run the method.py of a run that was not made here: it is a program, so read it first."""


def push(arguments: list[str]) -> None:
    options = parse(Push, arguments, "gankit push", COMMANDS["push"])
    tell(publish.push(**{**vars(options), "say": tell}))
