"""Options from dataclasses: the fields' docstrings are the help."""

from __future__ import annotations

import dataclasses
import io
import re
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar, get_args, get_type_hints

import tyro

from gankit.base.bounds import check_numbers
from gankit.base.errors import UserError, nearest
from gankit.base.text import kebab
from gankit.game import Method

T = TypeVar("T")
WORDS = {
    "Error parsing ": "",
    "invalid literal for int() with base 10:": "a whole number is needed, not",
    "could not convert string to float:": "a number is needed, not",
    " (required)": "",
}
"""What the parser says, and what we say instead."""


def config_of(arguments: list[str]) -> Path | None:
    """The file that --config names among `arguments`, which is read before the options that it changes are parsed."""
    named = named_in(arguments, {"config"}).get("config")
    return Path(named) if named else None


def named_in(arguments: list[str], names: set[str]) -> dict[str, Any]:
    """The words that `--NAME WORD` or `--NAME=WORD` give for some of `names`, before `arguments` are parsed; the last
    of each counts."""
    found: dict[str, Any] = {}
    for flag, following in pairwise([*arguments, ""]):
        name, equals, value = flag.removeprefix("--").partition("=")
        if flag.startswith("--") and name in names:
            found[name] = value if equals else following
    return found


def parse(kind: type[T], arguments: list[str], prog: str, description: str, default: T | None = None) -> T:
    """The `arguments` of the program `prog` as the dataclass `kind`; prints the help and exits where it is asked for.

    What they leave out is as in `default`.
    Raises `UserError` for an option or a value that there is not, and for a number out of the bounds of its field.
    """
    config = (tyro.conf.AvoidSubcommands, tyro.conf.PositionalRequiredArgs)
    said = io.StringIO()
    try:
        with redirect_stderr(said):
            start: Any = tyro.MISSING_NONPROP if default is None else default
            parsed = tyro.cli(kind, args=arguments, prog=prog, description=description, config=config, default=start)
    except SystemExit as stopped:
        if not stopped.code:
            raise
        raise UserError(f"{out_of_its_box(said.getvalue())}; {prog} --help lists the options") from None
    check_numbers(parsed)
    return parsed


def out_of_its_box(text: str) -> str:
    """The parser's words without the frame that it draws around them, and without the help below: in one line, with the
    nearest options."""
    lines = [line.strip("│╭╮╰╯ ") for line in text.splitlines()][1:]  # the first is a title
    parts = [[]]
    for line in lines:
        if line.strip("─-"):
            parts[-1].append(line)
        elif parts[-1]:
            parts.append([])
    message = " ".join(parts[0])
    for theirs, ours in WORDS.items():
        message = message.replace(theirs, ours)
    message = message[:1].lower() + message[1:].rstrip(".:")
    near = [part for part in parts if part and part[0].startswith("Perhaps you meant")]
    names = dict.fromkeys(name for part in near for line in part for name in re.findall(r"^(--[\w.-]+)", line))
    return f"{message} (did you mean {' or '.join(list(names)[:2])}?)" if names else message


def choose_kinds(
    method: type[Method[Any]], arguments: list[str], start: Method[Any] | None = None
) -> tuple[Method[Any], list[str], list[str]]:
    """Take `--preset released`, `--network mlp` and the like out of `arguments`: which settings a method starts from,
    where not from `start`, and which of several kinds a field is to be.

    Returns that method with those kinds in place, the arguments left, and a line of help per choice.
    """
    rest, chosen, choices = list(arguments), {}, []
    if known := method.presets():
        choices.append(
            f"--preset {'|'.join(known)} starts from those settings; the options below show and change them."
        )
    for name in _taken(rest, "--preset"):
        start = method.preset(name)
    hints = get_type_hints(method)
    for field in dataclasses.fields(method):
        kinds = {kebab(kind.__name__): kind for kind in get_args(hints[field.name]) if isinstance(kind, type)}
        kinds = {name: kind for name, kind in kinds.items() if dataclasses.is_dataclass(kind)}
        if len(kinds) < 2:
            continue
        flag = "--" + field.name.replace("_", "-")
        choices.append(f"{flag} {'|'.join(kinds)} chooses the kind whose options are then shown.")
        for name in _taken(rest, flag):
            if name not in kinds:
                raise UserError(f"{flag} takes {' or '.join(kinds)}, not {name!r}{nearest(name, kinds)}")
            if type(getattr(start, field.name, None)) is not kinds[name]:
                chosen[field.name] = kinds[name]()
    try:
        return dataclasses.replace(start, **chosen) if start else method(**chosen), rest, choices
    except TypeError as error:
        raise UserError(f"every field of {method.__name__} needs a default here ({error})") from error


def _taken(arguments: list[str], flag: str) -> Iterator[str]:
    """Take every `flag` out of `arguments`, with what follows it, which is given."""
    while flag in arguments:
        at = arguments.index(flag)
        yield arguments[at + 1] if at + 1 < len(arguments) else ""
        del arguments[at : at + 2]


def docstring(command: Callable[..., object]) -> str:
    """What the function of a command, or of a question, says of itself."""
    return "\n".join(line.strip() for line in (command.__doc__ or "").splitlines())
