"""Whether a value, from a file say, is of the type that a field states."""

from __future__ import annotations

import math
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

LARGEST = 2**53
"""The largest whole number that every float can hold."""


def fits(value: Any, hint: Any) -> bool:
    """Whether `value` is of the type `hint`: a class, a union, a literal or a tuple of such; other hints let all pass.

    A whole number is a float, too, true and false are no numbers, and NaN is nothing.
    """
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return any(fits(value, part) for part in parts)
    if origin is Literal:
        return any(type(value) is type(part) and value == part for part in parts)
    if origin is tuple:
        if not isinstance(value, tuple):
            return False
        kinds = parts[:1] * len(value) if parts[1:] == (...,) else parts
        return len(kinds) == len(value) and all(map(fits, value, kinds))
    if origin in (dict, list):
        return isinstance(value, origin)
    if hint in (int, float):
        if isinstance(value, bool) or not isinstance(value, (int, float) if hint is float else int):
            return False
        return math.isinf(value) if isinstance(value, float) and not math.isfinite(value) else abs(value) <= LARGEST
    if hint is None:
        return value is None
    return isinstance(value, hint) if isinstance(hint, type) and origin is None else True
