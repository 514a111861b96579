"""Options from dataclasses: the fields' docstrings are the help."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, TypeVar, get_args, get_type_hints

import tyro

from gankit.base.errors import UserError, nearest
from gankit.base.text import kebab
from gankit.game import Method

T = TypeVar("T")


def parse(kind: type[T], arguments: list[str], prog: str, description: str) -> T:
    """The `arguments` of the program `prog` as the dataclass `kind`; prints the help, or what is wrong, and exits."""
    config = (tyro.conf.AvoidSubcommands, tyro.conf.PositionalRequiredArgs)
    return tyro.cli(kind, args=arguments, prog=prog, description=description, config=config)


def choose_kinds(method: type[Method[Any]], arguments: list[str]) -> tuple[Method[Any], list[str], list[str]]:
    """Take `--network mlp` and the like out of `arguments`: which of several kinds a field is to be.

    Returns the default method with those kinds in place, the arguments left, and a line of help per choice.
    """
    rest, chosen, choices = list(arguments), {}, []
    hints = get_type_hints(method)
    for field in dataclasses.fields(method):
        kinds = {kebab(kind.__name__): kind for kind in get_args(hints[field.name]) if isinstance(kind, type)}
        kinds = {name: kind for name, kind in kinds.items() if dataclasses.is_dataclass(kind)}
        if len(kinds) < 2:
            continue
        flag = "--" + field.name.replace("_", "-")
        choices.append(f"{flag} {'|'.join(kinds)} chooses the kind whose options are then shown.")
        while flag in rest:
            at = rest.index(flag)
            name = rest[at + 1] if at + 1 < len(rest) else ""
            if name not in kinds:
                raise UserError(f"{flag} takes {' or '.join(kinds)}, not {name!r}{nearest(name, kinds)}")
            chosen[field.name] = kinds[name]()
            del rest[at : at + 2]
    return method(**chosen), rest, choices


def docstring(command: Callable[..., object]) -> str:
    """What the function of a command, or of a question, says of itself."""
    return "\n".join(line.strip() for line in (command.__doc__ or "").splitlines())
