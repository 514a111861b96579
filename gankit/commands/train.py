"""gankit train."""

from __future__ import annotations

import dataclasses
from typing import Annotated

import tyro

from gankit.commands.main import COMMANDS
from gankit.commands.parsing import about, choose, parse
from gankit.methods import METHODS, method_class
from gankit.runs import train as runs
from gankit.runs.options import Options


def train(arguments: list[str]) -> None:
    """METHOD is a name that 'gankit methods' lists (dcgan, if none is given), or file.py:Class for your own.
    Repeating the command with the same --out continues the run, bit for bit.
    """
    named = bool(arguments) and not arguments[0].startswith("-")
    name, rest = (arguments[0], arguments[1:]) if named else ("dcgan", arguments)
    method, rest, choices = choose(method_class(name), rest)
    text = [COMMANDS["train"].about, about(train), *([str(METHODS[name].paper)] if name in METHODS else []), *choices]
    flat = tyro.conf.arg(name="")
    both = dataclasses.make_dataclass(
        "Train",
        [
            ("options", Annotated[Options, flat], dataclasses.field(default=Options())),
            ("method", Annotated[type(method), flat], dataclasses.field(default=method)),
        ],
    )
    parsed = parse(both, rest, f"gankit train {name}", "\n\n".join(text))
    trained = runs.train(parsed.method, **vars(parsed.options))
    print(f"previews     {trained.directory / 'previews'}")
    print(f"checkpoints  {trained.directory / 'checkpoints'}")
    print(f"report       {trained.directory / 'report.html'}")
    if trained.spec.other_shape:
        print(f"use it       gankit translate {trained.directory} PICTURES")
    else:
        print(f"sample it    gankit sample {trained.directory}")
