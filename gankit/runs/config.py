"""What a run's config.json says: dataclasses under their public names, so that no file's place is frozen by a run.

`Adam(lr=0.001)` is `{"class": "Adam", "lr": 0.001, ...}`. A class that is no part of the public interface goes by
`module:Name`. A file can name methods, what `PUBLIC` exports, what `LISTED` lists, and the dataclasses of a module that
is imported already and holds a method: nothing is ever imported, or run, because a file says so.
"""

from __future__ import annotations

import dataclasses
import sys
from importlib import import_module
from typing import Any, TypeVar, cast, get_args, get_type_hints

from gankit.base.config import Json, before, build
from gankit.base.errors import UserError
from gankit.base.typed import fits
from gankit.game import Method, Network, Optimizer

T = TypeVar("T")
PUBLIC = ("gankit.game", "gankit.networks")
"""Rooms whose exports go by their bare names, as methods do."""
FORMER = {
    "gankit.recipes.alone:Alone": "gankit.reproduce.supervised:Alone",
    "gankit.recipes.encoder:EncoderScore": "gankit.reproduce.encoder:EncoderScore",
}
"""What classes without a bare name were called by earlier versions, which wrote `module:Name` for every class."""

LISTED = frozenset(FORMER.values())
"""What a file may name beside methods and what `PUBLIC` exports."""


def encode(value: Any) -> Json:
    """`value` as JSON types: dataclasses as objects with their class, tuples as lists."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: encode(getattr(value, field.name)) for field in dataclasses.fields(value)}
        return {"class": public_name(type(value)), **fields}
    if isinstance(value, tuple | list):
        return [encode(item) for item in value]
    if isinstance(value, dict):
        return {key: encode(item) for key, item in value.items()}
    return value


def decode(value: Json) -> Any:
    """The inverse of `encode`; it reads what earlier versions wrote as well: a field they lack has its default, or what
    `newer` says it was.

    Raises `UserError` for what no configuration of ours says: a class that may not be named, a field that there is not,
    or a value of another type.
    """
    if isinstance(value, dict) and "class" in value:
        kind = class_called(value["class"])
        fields = {key: decode(item) for key, item in value.items() if key != "class"}
        for name, hint in field_types(kind).items():
            if name in fields and not (fits(fields[name], hint) or _stands_for(fields[name], hint)):
                raise UserError(f"{name} of {kind.__name__} can't be {str(value[name])[:60]!r}")
        try:
            return build(kind, before(kind) | fields)
        except UserError:
            raise
        except Exception as error:  # a field that is missing, or values that its own checks trip over
            raise UserError(f"no {kind.__name__} can be made of what is stated: {error}") from error
    if isinstance(value, list):
        return tuple(decode(item) for item in value)
    return value


def stated(value: Json, kind: type[T]) -> T:
    """What `value` encodes, which is to be a `kind`. Raises `UserError` where it is something else."""
    found = decode(value)
    if not isinstance(found, kind):
        raise UserError(f"it states no {kind.__name__} where one is needed")
    return found


def completed(value: Json) -> Json:
    """An encoded configuration as it would be written today: with the fields that are newer than it.

    One that can't be decoded today stays as it is.
    """
    try:
        return encode(decode(value))
    except UserError:
        return value


def field_types(kind: type) -> dict[str, Any]:
    """The types of the fields of a dataclass of gankit; a user's own states what it likes."""
    return get_type_hints(kind) if kind.__module__.split(".")[0] == "gankit" else {}


def _stands_for(value: Any, hint: Any) -> bool:
    """Whether `value` is another network, or optimiser, than those that `hint` lists: Python lets them be given."""
    listed = [kind for kind in get_args(hint) or (hint,) if isinstance(kind, type)]
    return any(isinstance(value, base) and issubclass(kind, base) for base in (Network, Optimizer) for kind in listed)


def public_name(kind: type) -> str:
    """The name that `kind` has in a file."""
    return kind.__name__ if _exported(kind.__name__) is kind else f"{kind.__module__}:{kind.__qualname__}"


def class_called(name: Json) -> type:
    """The dataclass that a file calls `name`. Raises `UserError` where there is none that a file may name."""
    module, _, bare = FORMER.get(name, name).rpartition(":") if isinstance(name, str) else ("", "", "")
    ours = module.split(".")[0] == "gankit"
    kind = _exported(bare) if ours or not module else _beside_a_method(module, bare)
    if kind is None and f"{module}:{bare}" in LISTED:
        kind = getattr(import_module(module), bare)
    if not (isinstance(kind, type) and dataclasses.is_dataclass(kind)):
        raise UserError(f"the class {str(name)[:100]!r} is not at hand: import its module, or pass method=")
    return kind


def _exported(name: str) -> type | None:
    """The class that is publicly called `name`: a method, or an export of `PUBLIC`."""
    from gankit.methods import METHODS

    for entry in METHODS.values():
        if entry.class_name == name:
            return cast("type", entry.load())
    homes = (vars(import_module(room)) for room in PUBLIC)
    return next((kind for home in homes if isinstance(kind := home.get(name), type)), None)


def _beside_a_method(module: str, name: str) -> type | None:
    """The class `name` of a module of the user's own that is imported already, and holds a method."""
    there = vars(sys.modules[module]) if module in sys.modules else {}
    own = [kind for kind in list(there.values()) if isinstance(kind, type) and kind.__module__ == module]
    return there.get(name) if there.get(name) in own and any(issubclass(kind, Method) for kind in own) else None
