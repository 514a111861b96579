"""gankit train."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, cast, get_type_hints

import tyro

from gankit.base.errors import warn
from gankit.base.ranks import leads
from gankit.base.text import command_line, tell
from gankit.commands.main import COMMANDS
from gankit.commands.parsing import choose_kinds, config_of, docstring, named_in, parse
from gankit.game import Method
from gankit.methods import METHODS, method_class, name_of
from gankit.methods.dcgan import DCGAN
from gankit.runs.auto import auto
from gankit.runs.from_config import from_config
from gankit.runs.options import Options, TrainOptions
from gankit.runs.train import train as train_run
from gankit.runs.trial import dry_run

HELP = "What --{name} is for other methods: see 'gankit train --help-all'."
FIRST = {"data", "out", "minutes", "steps", "size", "flip", "seed", "device", "batch_size"}
"""The options that matter to most; with --dry-run they are ten."""
NAMED: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(("data", "size", "labels", "layout", "device", "precision", "clock", "fit"), str),
    "channels": int,
    "out": Path,
    "minutes": float,
    "steps": int,
    "threads": int,
}
"""Options that decide what is taken where no method is named, and what their words are."""
GIVEN = {"network.width": "width", "batch-size": "batch_size"}
"""Options of a method that a machine does not overrule."""
REST = "These are the options that matter most: 'gankit train {name} --help-all' shows all of them."
CONFIG = "Take the method and the options of a run's config.json, of its directory or of a YAML file; those here win."
DRY_RUN = "Play a few steps that nobody keeps, say what they take in parameters, memory and time, and stop."


def train(arguments: list[str]) -> None:
    """METHOD is a name that 'gankit methods' lists, or file.py:Class for your own; where none is given, or auto, one is
    taken that suits the data and the machine, and that is said.
    Repeating the command with the same --out continues the run, bit for bit.
    """
    named = bool(arguments) and not arguments[0].startswith("-")
    name, rest = (arguments[0], arguments[1:]) if named else ("auto", arguments[:])
    kind = None if name == "auto" else method_class(name)
    start, stated, remarks = None, TrainOptions(), list[str]()
    if file := config_of(rest):
        start, stated = from_config(file, kind)
    elif kind is None:
        start, stated, remarks = suited(rest)
    name = name_of(start) if start and kind is None else name
    method, rest, choices = choose_kinds(type(start) if start else method_class(name), rest, start)
    paper = [str(METHODS[name].paper)] if name in METHODS else []
    options: Any = dataclasses.replace(options_beside(method), **stated)
    if short := not {"-h", "--help"}.isdisjoint(rest):
        method, options = shortened(method), shortened(options)
    rest = ["--help" if argument == "--help-all" else argument for argument in rest]
    config: Any = tyro.conf.Suppress[Path | None] if short else Path | None
    more = [REST.format(name=name)] if short else choices
    description = "\n\n".join([COMMANDS["train"], docstring(train), *paper, *more])
    flat = tyro.conf.arg(name="")
    options_and_method = dataclasses.make_dataclass(
        "Train",
        [
            ("options", Annotated[type(options), flat], dataclasses.field(default=options)),
            ("config", Annotated[config, tyro.conf.arg(help=CONFIG)], None),
            ("dry_run", Annotated[bool, tyro.conf.arg(help=DRY_RUN)], False),
            ("method", Annotated[type(method), flat], dataclasses.field(default=method)),
        ],
    )
    parsed = parse(options_and_method, rest, f"gankit train {name}", description)
    for line in remarks:
        warn(line)
    if parsed.dry_run:
        tell(*dry_run(parsed.method, **vars(parsed.options)).lines())
        return
    run = train_run(parsed.method, **vars(parsed.options))
    if not leads():
        return
    tell(f"previews     {run.directory / 'previews'}")
    tell(f"checkpoints  {run.directory / 'checkpoints'}")
    tell(f"report       {run.directory / 'report.html'}")
    if run.spec.other_shape:
        tell(f"use it       {command_line('translate', run.directory, 'PICTURES')}")
    else:
        tell(f"sample it    {command_line('sample', run.directory)}")


def suited(arguments: list[str]) -> tuple[Method[Any], TrainOptions, list[str]]:
    """The method for the data that `arguments` name, the options that go with it, and what is to be said of it; for
    help alone, what most pictures get."""
    if not {"-h", "--help", "--help-all"}.isdisjoint(arguments):
        return DCGAN(), {}, []
    said: list[str] = []
    words = named_in(arguments, {*NAMED, *GIVEN})
    options = {name: value for name, kind in NAMED.items() if (value := _read(words.get(name), kind)) is not None}
    given = {name: value for flag, name in GIVEN.items() if (value := _read(words.get(flag), int)) is not None}
    if "--preset" in arguments:
        options.pop("minutes", None)
    method, found = auto(Options(**options), said.append, given)
    return method, cast("TrainOptions", found), said


def _read(word: str | None, kind: Callable[[str], Any]) -> Any:
    """`word` as what an option takes; None where there is none, or one that the parser will refuse."""
    try:
        return None if word is None else kind(word)
    except ValueError:
        return None


def shortened(fields: Any) -> Any:
    """The dataclass instance `fields` with the help of `FIRST` alone."""
    kinds = get_type_hints(type(fields), include_extras=True)
    hidden: list[Any] = [
        (field.name, Annotated[kinds[field.name], tyro.conf.Suppress], getattr(fields, field.name))
        for field in dataclasses.fields(fields)
        if field.name not in FIRST
    ]
    return dataclasses.make_dataclass(type(fields).__name__, hidden, bases=(type(fields),), frozen=True, kw_only=True)(
        **{name: getattr(fields, name) for name in FIRST if hasattr(fields, name)}
    )


def options_beside(method: Method[Any]) -> Options:
    """The options of a training; one that is called like a field of `method`, which has the bare name, is
    `--data-NAME`. One process that plays shards accumulates gradients, and `--accumulate` is that word for it."""
    names = {field.name for field in dataclasses.fields(Options)} & {field.name for field in dataclasses.fields(method)}
    kinds = get_type_hints(Options)
    renamed: list[Any] = [
        (name, Annotated[kinds[name], tyro.conf.arg(name=f"data-{name}", help=HELP.format(name=name))], None)
        for name in sorted(names)
    ]
    accumulate = tyro.conf.arg(aliases=["--accumulate"])
    renamed.append(("shards", Annotated[int, accumulate], Options.shards))
    return dataclasses.make_dataclass("Options", renamed, bases=(Options,), frozen=True, kw_only=True)()
