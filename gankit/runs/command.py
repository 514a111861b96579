"""The command that trains a run, from what its config.json states: with every option that is not the default."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args, get_type_hints

from gankit.base.text import kebab
from gankit.game import Method
from gankit.methods import METHODS, name_of
from gankit.runs.directory import METHOD
from gankit.runs.options import Options

KEPT = ("size", "flip", "labels", "layout", "pair", "direction")
"""Options of the data that config.json states as they were asked for."""


def training_command(
    method: Method[Any], config: Mapping[str, Any], directory: Path, *, out: Path | None = None, extra: str = ""
) -> str:
    """What trains `method` as the run in `directory` with this `config` was: in that directory, or in `out`."""
    name = name_of(method)
    named = name if name in METHODS else f"{directory / METHOD}:{type(method).__name__}"
    words = ["gankit train", shlex.quote(named), *(f"--{flag}" for flag in data_flags(method, config))]
    words += method_flags(method)
    return " ".join([*words, "--out", shlex.quote(str(out or directory)), *([extra] if extra else [])])


def data_flags(method: Method[Any], config: Mapping[str, Any]) -> Iterator[str]:
    """The options beside the method, without their dashes."""
    data, default = config["data"], Options()
    own = {field.name for field in dataclasses.fields(method)}
    yield f"data {shlex.quote(data['source'])}"
    for name in KEPT:
        value = data.get(name)
        if value is None or value == getattr(default, name):
            continue
        flag = f"data-{name}" if name in own else name
        yield flag if value is True else f"{flag} {shlex.quote(str(value))}"
    for name in ("seed", "ema"):
        if config[name] != getattr(default, name):
            yield f"{name} {config[name]}"
    if config.get("care"):
        yield "care"


def method_flags(method: Method[Any]) -> list[str]:
    """The options of `method` that differ from its defaults, as words."""
    words: list[str] = []
    hints = get_type_hints(type(method))
    for field in dataclasses.fields(method):
        value, flag = getattr(method, field.name), field.name.replace("_", "-")
        default = getattr(_plain(type(method)), field.name, None)
        if (
            type(value) is not type(default)
            and dataclasses.is_dataclass(value)
            and len(get_args(hints[field.name])) > 1
        ):
            words += [f"--{flag}", kebab(type(value).__name__)]
            default = type(value)()
        words += _flags(f"--{flag}", value, default, hints[field.name])
    return words


def _flags(flag: str, value: Any, default: Any, hint: Any) -> list[str]:
    if value == default:
        return []
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        words, hints = [], get_type_hints(type(value))
        for field in dataclasses.fields(value):
            if field.init:
                own = getattr(default, field.name, None)
                name = field.name.replace("_", "-")
                words += _flags(f"{flag}.{name}", getattr(value, field.name), own, hints[field.name])
        return words
    if hint is bool:
        if value:
            return [flag]
        before, dot, last = flag.rpartition(".")
        return [f"{before}.no-{last}" if dot else f"--no-{flag.removeprefix('--')}"]
    if isinstance(value, tuple):
        return [flag, *map(str, value)]
    return [flag, shlex.quote(str(value))]


def _plain(kind: type[Method[Any]]) -> Any:
    """The method as its defaults make it; None where one of its own takes what has none."""
    try:
        return kind()  # pyright: ignore[reportCallIssue]
    except TypeError:
        return None
