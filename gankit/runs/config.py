"""What a run's config.json says: dataclasses under their public names, so that no file's place is frozen by a run.

`Adam(lr=0.001)` is `{"class": "Adam", "lr": 0.001, ...}`. A class that is no part of the public interface goes by
`module:Name`. Only dataclasses of gankit, and of modules that are imported already, are ever built from a file.
"""

from __future__ import annotations

import dataclasses
import sys
from contextlib import suppress
from importlib import import_module
from typing import Any, cast

from gankit.base.config import Json, build
from gankit.base.errors import UserError

PUBLIC = ("gankit.game", "gankit.networks")
"""Rooms whose exports go by their bare names, as methods do."""
FORMER = {
    "gankit.recipes.alone:Alone": "gankit.reproduce.supervised:Alone",
    "gankit.recipes.encoder:EncoderScore": "gankit.reproduce.encoder:EncoderScore",
}
"""What classes without a bare name were called by earlier versions, which wrote `module:Name` for every class."""


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
    """The inverse of `encode`; it reads what earlier versions wrote as well."""
    if isinstance(value, dict) and "class" in value:
        kind = class_called(value["class"])
        return build(kind, {key: decode(item) for key, item in value.items() if key != "class"})
    if isinstance(value, list):
        return tuple(decode(item) for item in value)
    return value


def completed(value: Json) -> Json:
    """An encoded configuration as it would be written today: with the fields that are newer than it, by default.

    One that can't be decoded today stays as it is.
    """
    try:
        return encode(decode(value))
    except (UserError, TypeError, ImportError):
        return value


def public_name(kind: type) -> str:
    """The name that `kind` has in a file."""
    return kind.__name__ if _exported(kind.__name__) is kind else f"{kind.__module__}:{kind.__qualname__}"


def class_called(name: str) -> type:
    """The dataclass that a file calls `name`. Raises `UserError` where there is none at hand."""
    module, _, bare = FORMER.get(name, name).rpartition(":")
    ours = module.split(".")[0] == "gankit"
    kind = _exported(bare) if ours or not module else None
    if kind is None and module:
        if ours:
            with suppress(ImportError):
                import_module(module)
        kind = getattr(sys.modules.get(module), bare, None)
    if not (isinstance(kind, type) and dataclasses.is_dataclass(kind)):
        raise UserError(f"the class {name!r} is not at hand: import its module, or pass method=")
    return kind


def _exported(name: str) -> type | None:
    """The class that is publicly called `name`: a method, or an export of `PUBLIC`."""
    from gankit.methods import METHODS

    for entry in METHODS.values():
        if entry.class_name == name:
            return cast("type", entry.load())
    homes = (import_module(room) for room in PUBLIC)
    return next((kind for home in homes if isinstance(kind := getattr(home, name, None), type)), None)
