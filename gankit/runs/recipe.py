"""How a run was trained: the command that does it again, and what of it is not the default."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, get_args, get_type_hints

from gankit.base.docstrings import field_docs
from gankit.base.modules import PREFIX
from gankit.base.text import command_line, kebab
from gankit.game import Method
from gankit.methods import METHODS, name_of
from gankit.reporting import Setting
from gankit.runs.directory import METHOD
from gankit.runs.options import Options


class Difference(NamedTuple):
    """A field that is not the default, and the words that the command line has for it; None where it has none."""

    setting: Setting
    words: list[str] | None


class Recipe(NamedTuple):
    command: str | None
    settings: list[Setting]
    notes: list[str]


def recipe_of(directory: Path, config: Mapping[str, Any], method: Method[Any] | None, steps: int) -> Recipe:
    """What `config`, a run's, says. `method` is what it states, or None where its class is not at hand."""
    notes = []
    for note in config.get("changes", []):
        fields = "; ".join(map(str, note["fields"]))
        notes.append(f"From step {note['step']:,} on it went otherwise, which no command alone repeats: {fields}.")
    if method is None:
        notes.append("Its method is a program of its own that was not run, so its fields are shown without defaults.")
        return Recipe(None, list(_raw(config["method"], "")), notes)
    found = differences_of(method)
    settings = [difference.setting for difference in found or []]
    beyond = [difference.setting.name for difference in found or [] if difference.words is None]
    if _method_words(directory, config, method) is None:
        notes.append("The method was given from Python, so that there is no command for it.")
    if config["data"]["source"] == "array":
        notes.append("The data were an array from Python, so that there is no command for it.")
    if beyond:
        notes.append(f"Set from Python, where the command line has no option: {', '.join(beyond)}.")
    more = ["--steps", str(steps), "--out", f"runs/{directory.resolve().name}-again"]
    command = training_command(directory, config, method, *more)
    if command and not command.isprintable():
        notes.append("Names in the run hold control characters, so that no command is shown.")
        command = None
    return Recipe(command, settings, notes)


def training_command(directory: Path, config: Mapping[str, Any], method: Method[Any], *more: str) -> str | None:
    """The command that trains `method` as `config` states, and `more`; None where it takes Python to say."""
    name, found = _method_words(directory, config, method), differences_of(method)
    if name is None or found is None or config["data"]["source"] == "array":
        return None
    if any(difference.words is None for difference in found):
        return None
    fields = {field.name for field in dataclasses.fields(method)}
    options = [word for difference in found for word in difference.words or []]
    return command_line("train", name, *option_words(config, fields), *options, *more)


def option_words(config: Mapping[str, Any], fields: set[str]) -> Iterator[str]:
    """What the command line says of all but the method, whose fields have the bare names."""
    data, usual = config["data"], Options()

    def option(name: str, *values: Any) -> list[str]:
        return [f"--{'data-' if name in fields else ''}{name.replace('_', '-')}", *map(str, values)]

    yield from option("data", data["source"])
    for name in ("size", "labels", "layout", "fit", "channels", "pair", "direction"):
        if (value := data.get(name)) is not None and value != getattr(usual, name):
            yield from option(name, value)
    if data["flip"]:
        yield "--flip"
    if ends := range_of(data.get("values") or {}, is_image=len(config["spec"].get("shape", ())) == 3):
        yield from option("range", *ends)
    yield from option("precision", config["precision"])
    for name in ("seed", "ema", "ema_images", "shards", "engine"):
        if (value := config.get(name, getattr(usual, name))) != getattr(usual, name):
            yield from option(name, value)
    if run := config.get("init", {}).get("run"):
        yield from option("init", run)
    if config.get("care"):
        yield "--care"


def range_of(rule: Mapping[str, Any], *, is_image: bool) -> tuple[float, float] | None:
    """The --range that makes this rule: one for pictures of one kind, and for vectors whose columns are all alike."""
    pairs = {tuple(pair) for pair in rule.values()}
    if len(pairs) != 1 or (is_image and len(rule) != 1):
        return None
    first, second = pairs.pop()
    return (first, second) if is_image else (first - second, first + second)


def differences_of(method: Method[Any]) -> list[Difference] | None:
    """The fields of `method`, however deep, that are not their class's default; None where it has no defaults."""
    kind: Any = type(method)
    try:
        usual = kind()
    except Exception:  # a field without a default, or a user's own check
        return None
    return list(_differences(method, usual, "", reachable=True))


def _differences(given: Any, usual: Any, path: str, *, reachable: bool) -> Iterator[Difference]:
    docs, hints = field_docs(type(given)), get_type_hints(type(given))
    for field in dataclasses.fields(given):
        value, default = getattr(given, field.name), getattr(usual, field.name, None)
        if value == default:
            continue
        name, meaning = f"{path}{field.name}", docs.get(field.name, "")
        flag = f"{path}{field.name}".replace("_", "-")
        if not dataclasses.is_dataclass(value):
            setting = Setting(flag, _shown(value), _shown(default), meaning)
            yield Difference(setting, _words(path, field.name, value, hints[field.name]) if reachable else None)
            continue
        chosen = reachable
        if type(value) is not type(default):
            kinds = [kind for kind in get_args(hints[field.name]) if isinstance(kind, type)]
            chosen = reachable and not path and type(value) in kinds and len(kinds) > 1
            kind = kebab(type(value).__name__)
            setting = Setting(flag, kind, kebab(type(default).__name__), meaning)
            yield Difference(setting, [f"--{flag}", kind] if chosen else None)
            try:
                default = type(value)()
            except Exception:  # it has no defaults of its own
                default = None
        yield from _differences(value, default, f"{name}.", reachable=chosen)


def _words(path: str, name: str, value: Any, hint: Any) -> list[str]:
    path, name = path.replace("_", "-"), name.replace("_", "-")
    if hint is bool:
        return [f"--{path}{'' if value else 'no-'}{name}"]
    values = value if isinstance(value, tuple | list) else [value]
    return [f"--{path}{name}", *map(str, values)]


def _shown(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, tuple | list) else str(value)


def _raw(stated: Mapping[str, Any], path: str) -> Iterator[Setting]:
    """The fields that a file states for a class that is not at hand."""
    for name, value in stated.items():
        if isinstance(value, dict):
            yield from _raw(value, f"{path}{name}.")
        elif name != "class":
            yield Setting(f"{path}{name}", _shown(value)[:500], "", "")


def _method_words(directory: Path, config: Mapping[str, Any], method: Method[Any]) -> str | None:
    """What the command line calls the method; None where it can't be named there."""
    stated = str(config["method"].get("class"))
    if stated.startswith(PREFIX) and (directory / METHOD).is_file():
        return f"{directory / METHOD}:{type(method).__name__}"
    name = name_of(method)
    return name if name in METHODS and type(method).__name__ == METHODS[name].class_name else None
