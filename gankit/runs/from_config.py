"""What to train from a file: a run's config.json, or options as YAML, by the names of the command line.

Such a file may come from anybody: it names methods that gankit lists and sets fields, and nothing is run for it.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar, cast, get_args, get_type_hints

import yaml

from gankit.base.errors import UserError, nearest
from gankit.base.files import read_bytes
from gankit.base.text import kebab
from gankit.base.typed import fits
from gankit.game import Method
from gankit.methods import METHODS, method_class
from gankit.runs.config import stated
from gankit.runs.directory import CONFIG, checked_config
from gankit.runs.options import Options, TrainOptions
from gankit.runs.recipe import range_of

T = TypeVar("T")
CARRIED = ("seed", "ema", "ema_images", "precision", "shards", "engine")
"""What a run's config.json says under the name of an option."""
LARGEST = 2**20
"""Bytes of a file of options."""
DEEPEST = 20
"""Brackets in each other in such a file."""


def from_config(path: str | Path, method: type[Method[Any]] | None = None) -> tuple[Method[Any], TrainOptions]:
    """The method, and the options of `train`, that a file states: a run's `config.json`, the run's directory, or YAML
    such as `{method: dcgan, data: photos/, steps: 5000, network: {width: 32}}`.

    What it leaves out is as always; a run's file leaves out how long to train and where to. With `method` that class is
    taken in the place of the one that the file names. Raises `UserError` for what there is not, with the nearest name.
    """
    path = Path(path) / CONFIG if Path(path).is_dir() else Path(path)
    found = read_mapping(path)
    try:
        if isinstance(found.get("method"), Mapping):
            return _of_a_run(checked_config(found, path), method)
        kind, fields = _kind(found, method)
        start = kind.preset(str(found["preset"])) if "preset" in found else default_of(kind)
        names = {field.name for field in dataclasses.fields(kind)}
        ours, theirs = {}, {}
        for key, value in fields.items():
            name = key.partition(".")[0]
            if name in names:
                theirs[key] = value
            else:
                bare = name.removeprefix("data_")
                ours[bare if bare in names else key] = value
        known = names | {field.name for field in dataclasses.fields(Options)}
        for key in ours:
            if key not in Options.__dataclass_fields__:
                raise UserError(f"there is no option {key!r}{nearest(key, known)}")
        options = applied(Options(), ours)
        return applied(start, theirs), cast("TrainOptions", {name: getattr(options, name) for name in ours})
    except UserError as error:
        raise UserError(f"{path}: {error}") from None


def default_of(kind: type[Method[Any]]) -> Method[Any]:
    try:
        return cast("Any", kind)()
    except TypeError as error:
        raise UserError(f"every field of {kind.__name__} needs a default here ({error})") from error


def read_mapping(path: Path) -> dict[str, Any]:
    """What a file of YAML, or JSON, says, with the names of options as Python has them. Raises `UserError` where that
    is no mapping."""
    content = read_bytes(path, LARGEST + 1)
    if len(content) > LARGEST:
        raise UserError(f"{path} is too large for a file of options")
    try:
        return _named_as_in_python(json.loads(content), path)  # where 1e-6 is a number, which in YAML it is not
    except UserError:
        raise
    except (ValueError, RecursionError):
        pass  # it is no JSON
    try:
        _refuse_endless(content, path)
        found = yaml.safe_load(content)
    except UserError:
        raise
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        why = getattr(error, "problem", None) or type(error).__name__
        mark = getattr(error, "problem_mark", None)
        raise UserError(f"{path} can't be read{f', line {mark.line + 1}' if mark else ''}: {why}") from None
    return _named_as_in_python(found, path)


def _refuse_endless(content: bytes, path: Path) -> None:
    """Raise `UserError` where to read YAML might take for ever: an alias of aliases of aliases is a file that has no
    end, and brackets in brackets take the square of their number."""
    depth = 0
    for token in yaml.scan(content):
        if isinstance(token, yaml.AliasToken):
            raise UserError(f"{path} can't be read: write out what it repeats by aliases")
        depth += isinstance(token, yaml.FlowSequenceStartToken | yaml.FlowMappingStartToken)
        depth -= isinstance(token, yaml.FlowSequenceEndToken | yaml.FlowMappingEndToken)
        if depth > DEEPEST:
            raise UserError(f"{path} can't be read: it is nested too deeply")


def _named_as_in_python(found: Any, path: Path) -> dict[str, Any]:
    if not isinstance(found, dict) or not all(isinstance(key, str) for key in found):
        raise UserError(f"{path} holds no options: give names with a value each, as in steps: 5000")
    return {key.replace("-", "_"): value for key, value in found.items()}


def from_file(usual: T, path: Path) -> T:
    """The dataclass `usual` with the fields that the file `path` states. Raises `UserError` that names the file."""
    fields = read_mapping(path)
    try:
        return applied(usual, fields)
    except UserError as error:
        raise UserError(f"{path}: {error}") from None


def applied(start: T, fields: Mapping[str, Any]) -> T:
    """The dataclass `start` with `fields`, by name; those of what it holds are mappings, or have dotted names. Raises
    `UserError` for a field that there is not, and for a value that is none of its."""
    try:
        hints = get_type_hints(type(start))
    except NameError:  # a user's own class may annotate with what is not there when it runs
        hints = {}
    made: Any = start
    known = {field.name for field in dataclasses.fields(made)}
    for key, value in fields.items():
        name, _, rest = key.replace("-", "_").partition(".")
        if name not in known:
            raise UserError(f"{type(start).__name__} has no option {key!r}{nearest(key, known)}")
        held, hint = getattr(made, name), hints.get(name, Any)
        if rest:
            value = {rest: value}
        changed = (_part if dataclasses.is_dataclass(held) else _value)(name, held, hint, value)
        made = dataclasses.replace(made, **{name: changed})
    return made


def _part(name: str, held: Any, hint: Any, value: Any) -> Any:
    """`held`, a field that is itself a dataclass, as `value` has it: another of its kinds, or some of its fields."""
    kinds: dict[str, Any] = {kebab(kind.__name__): kind for kind in get_args(hint) or (hint,) if isinstance(kind, type)}
    fields = (
        dict(value) if isinstance(value, Mapping) and all(isinstance(key, str) for key in value) else {"class": value}
    )
    chosen = fields.pop("class", None)
    if chosen is None:
        return applied(held, fields)
    if not isinstance(chosen, str) or kebab(chosen) not in kinds:
        raise UserError(f"{name} takes {' or '.join(kinds)}, or fields of its own, not {_shown(chosen)}")
    kind = kinds[kebab(chosen)]
    return applied(held if type(held) is kind else kind(), fields)


def _value(name: str, held: Any, hint: Any, value: Any) -> Any:
    """`value`, in the place of `held`, as the type `hint` has it: lists are tuples, and words paths or numbers."""
    tried = [tuple(value) if isinstance(value, list) else value]
    if isinstance(value, list) and all(isinstance(one, str | int) for one in value):
        tried.append(tuple(_number(one) for one in value))
    if isinstance(value, str):
        tried += [Path(value), _number(value)]
    if isinstance(value, int) and not isinstance(value, bool):
        tried.append(str(value))
    for one in tried:
        if fits(one, hint):
            return one
    raise UserError(f"{name.replace('_', '-')} can't be {_shown(value)}")


def _number(word: Any) -> Any:
    """1e-4 is a word in YAML."""
    try:
        return float(word)
    except ValueError:
        return word


def _shown(value: Any) -> str:
    return repr(value)[:60] if isinstance(value, str | int | float | bool | None) else f"a {type(value).__name__}"


def _kind(found: dict[str, Any], method: type[Method[Any]] | None) -> tuple[type[Method[Any]], dict[str, Any]]:
    name = found.get("method", "dcgan")
    if method is None and not (isinstance(name, str) and name in METHODS):
        own = ": a file can't have a program run, so name it beside the file" if ".py" in str(name) else ""
        raise UserError(f"no method {_shown(name)}{nearest(str(name)[:60], METHODS) or own}; gankit methods lists them")
    fields = {key: value for key, value in found.items() if key not in ("method", "preset")}
    return method or method_class(name), fields


def _of_a_run(config: dict[str, Any], method: type[Method[Any]] | None) -> tuple[Method[Any], TrainOptions]:
    named = config["method"].get("class")
    other = method is not None and named not in (method.__name__, f"{method.__module__}:{method.__name__}")
    data = config["data"]
    options: dict[str, Any] = {"data": data["source"], "flip": data["flip"]}
    options |= {
        name: data[name]
        for name in ("size", "labels", "layout", "fit", "channels", "pair", "direction")
        if data.get(name)
    }
    if ends := range_of(data.get("values") or {}, is_image=len(config["spec"].get("shape", ())) == 3):
        options["range"] = ends
    options |= {name: config[name] for name in CARRIED if name in config}
    if run := config.get("init", {}).get("run"):
        options["init"] = str(run)
    if config.get("care"):
        options["care"] = True
    checked = applied(Options(), options)
    start = default_of(method) if method and other else stated(config["method"], Method)
    return start, cast("TrainOptions", {name: getattr(checked, name) for name in options})
