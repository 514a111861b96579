"""Dataclasses built from named values, and how two configurations differ."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from gankit.base.errors import UserError, nearest

Json = Any


def newer(default: Any, *, before: Any) -> Any:
    """The default of a dataclass's field that came later than files which hold the class: in those it is `before`, what
    was done when they were written."""
    return dataclasses.field(default=default, metadata={"before": before})


def before(kind: type) -> dict[str, Any]:
    """What the fields of `kind` that are `newer` than a file were then."""
    return {field.name: field.metadata["before"] for field in dataclasses.fields(kind) if "before" in field.metadata}


def build(kind: type, fields: dict[str, Any]) -> Any:
    """`kind(**fields)`, with an unknown field named beside its nearest neighbour."""
    known = {field.name for field in dataclasses.fields(kind)}
    for name in fields:
        if name not in known:
            raise UserError(f"{kind.__name__} has no option {name!r}{nearest(name, known)}")
    return kind(**fields)


def differences(old: Json, new: Json, path: str = "") -> Iterator[str]:
    """`"batch_size: 64 -> 128"` for every leaf in which two encoded configurations differ."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in [*old, *(key for key in new if key not in old)]:
            yield from differences(old.get(key), new.get(key), f"{path}.{key}" if path else key)
    elif old != new:
        yield f"{path}: {old} -> {new}"
