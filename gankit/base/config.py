"""Frozen dataclasses to JSON and back, and how two of them differ.

A nested dataclass carries its class as `"class": "module:Name"`, so that a configuration says by itself what
to build. Only dataclasses of gankit, and of modules that are imported already, are ever built from a file.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterator
from importlib import import_module
from typing import Any

from gankit.base.errors import UserError, nearest

Json = Any


def encode(value: Any) -> Json:
    """`value` as JSON types: dataclasses as objects with their class, tuples as lists."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        kind = type(value)
        fields = {field.name: encode(getattr(value, field.name)) for field in dataclasses.fields(value)}
        return {"class": f"{kind.__module__}:{kind.__qualname__}", **fields}
    if isinstance(value, tuple | list):
        return [encode(item) for item in value]
    if isinstance(value, dict):
        return {key: encode(item) for key, item in value.items()}
    return value


def decode(value: Json) -> Any:
    """The inverse of `encode`."""
    if isinstance(value, dict) and "class" in value:
        module, name = value["class"].split(":")
        if module.split(".")[0] == "gankit":
            import_module(module)
        kind = getattr(sys.modules.get(module), name, None)
        if not (isinstance(kind, type) and dataclasses.is_dataclass(kind)):
            raise UserError(f"the class {value['class']!r} is not at hand: import its module, or pass method=")
        return build(kind, {key: decode(item) for key, item in value.items() if key != "class"})
    if isinstance(value, list):
        return tuple(decode(item) for item in value)
    return value


def build(kind: type, fields: dict[str, Any]) -> Any:
    """`kind(**fields)`, with an unknown field named beside its nearest neighbour."""
    known = {field.name for field in dataclasses.fields(kind)}
    for name in fields:
        if name not in known:
            raise UserError(f"{kind.__name__} has no option {name!r}{nearest(name, known)}")
    return kind(**fields)


def completed(value: Json) -> Json:
    """An encoded configuration as it would be written today: with the fields that are newer than it, by default.

    One that can't be decoded today stays as it is.
    """
    try:
        return encode(decode(value))
    except (UserError, TypeError, ImportError):
        return value


def differences(old: Json, new: Json, path: str = "") -> Iterator[str]:
    """`"batch_size: 64 -> 128"` for every leaf in which two encoded configurations differ."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in [*old, *(key for key in new if key not in old)]:
            yield from differences(old.get(key), new.get(key), f"{path}.{key}" if path else key)
    elif old != new:
        yield f"{path}: {old} -> {new}"
