"""Methods with settings, each by a name that says them: `dcgan:width=32,upsample=resize`."""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from typing import Any, get_type_hints

from gankit.base.errors import UserError, nearest
from gankit.base.typed import fits
from gankit.game import Method
from gankit.game.augmentation import DIFFAUGMENT
from gankit.game.stabilisers import Stabilisers
from gankit.methods import method_class

UNDER_DIFFAUGMENT = "+diffaugment"
"""What a name ends in of a method that is played under DiffAugment."""


def entrant(name: str) -> Method[Any]:
    """The method that `name` says: one of `METHODS`, or path/to/file.py:Class, with settings after a colon.

    A setting is FIELD=VALUE; `preset=NAME` gives what they start from. A field is the method's, or where it has none of
    that name its network's, or is named with where it lies, as in `generator-optimizer.lr=1e-3`. Numbers, words, true,
    false and none are values, and lists of them with + between. Raises `UserError` for any other.
    """
    base, _, listed = name.partition(":")
    if base.endswith(".py"):
        member, _, listed = listed.partition(":")
        base = f"{base}:{member}"
    kind = method_class(base)
    settings = {}
    for setting in filter(None, listed.split(",")):
        field, equals, value = setting.partition("=")
        if not (field and equals):
            raise UserError(f"{setting!r} in {name!r} is no setting: write FIELD=VALUE, with commas between them")
        field = field.replace("-", "_")
        if field in settings:
            raise UserError(f"{name!r} sets {field.replace('_', '-')} twice")
        settings[field] = value
    preset = settings.pop("preset", None)
    method: Any = kind.preset(preset) if preset else kind()  # type: ignore[call-arg]
    return _changed(method, {tuple(_path(method, field)): value for field, value in settings.items()})


def augmented(method: Method[Any]) -> Method[Any]:
    """`method` under DiffAugment."""
    steadied: Stabilisers = replace(method.stabilisers, augment=DIFFAUGMENT)
    return replace(method, stabilisers=steadied)


def _path(method: Any, field: str) -> list[str]:
    """Where `field` lies: in the method, in its network, or in a part that it names."""
    path = field.split(".")
    own, inner = _names(method), _names(method.network)
    if path[0] in own:
        return path
    if path[0] in inner:
        return ["network", *path]
    known = {*own, *inner}
    raise UserError(f"{type(method).__name__} has no field {field.replace('_', '-')!r}{nearest(path[0], known)}")


def _names(part: Any) -> set[str]:
    return {field.name for field in dataclasses.fields(part)} if dataclasses.is_dataclass(part) else set()


def _changed(part: Any, texts: dict[tuple[str, ...], str]) -> Any:
    """`part` with the fields at the ends of paths read from their texts, all at once: some only go together."""
    values: dict[str, Any] = {}
    for name in dict.fromkeys(path[0] for path in texts):
        if name not in _names(part):
            raise UserError(
                f"{type(part).__name__} has no field {name.replace('_', '-')!r}{nearest(name, _names(part))}"
            )
        inner = {path[1:]: text for path, text in texts.items() if path[0] == name}
        given = inner.pop((), None)
        start = getattr(part, name) if given is None else _read(part, name, given)
        values[name] = _changed(start, inner) if inner else start
    return replace(part, **values)


def _read(part: Any, name: str, text: str) -> Any:
    hint = get_type_hints(type(part))[name]
    for value in _readings(text):
        if fits(value, hint):
            return value
    raise UserError(f"{name.replace('_', '-')} can't be {text!r}")


def _readings(text: str) -> list[Any]:
    """What `text` may stand for, the narrowest first."""
    return [*_words(text), tuple(_words(part)[0] for part in text.split("+"))]


def _words(text: str) -> list[Any]:
    """The same for one word."""
    words = {"true": True, "false": False, "none": None}
    found: list[Any] = [words[text.lower()]] if text.lower() in words else []
    for kind in (int, float):
        try:
            found.append(kind(text))
        except ValueError:
            continue
    return [*found, text]
