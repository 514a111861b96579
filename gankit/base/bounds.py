"""What the numbers of a dataclass may be, stated where its fields are: `width: Units = 64`.

A number whose field states nothing is finite, and no larger than any use of it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from functools import cache, wraps
from typing import Annotated, Any, NamedTuple, get_args, get_type_hints

from gankit.base.errors import UserError


class Between(NamedTuple):
    """The least and the greatest value; `above` and `below` leave out the ends themselves."""

    low: float
    high: float
    above: bool = False
    below: bool = False

    def holds(self, value: float) -> bool:
        inside = self.low <= value <= self.high
        return inside and not (self.above and value == self.low) and not (self.below and value == self.high)

    def refusal(self, value: float, shown: str) -> str:
        """What is wrong with `value`, one of those `shown`, in words that follow the name of an option."""
        if (self.low, self.high) == (0, 1):
            ends = f"{'above' if self.above else 'at least'} 0 and {'below' if self.below else 'at most'} 1"
            return f"must be {ends}, not {shown}"
        if not value > self.low:  # or it is no number
            if self.low == 0 and not self.above:
                return f"can't be negative: {shown}"
            return f"must be {'above' if self.above else 'at least'} {self.low:g}, not {shown}"
        return f"must be {'below' if self.below else 'at most'} {self.high:,.15g}, not {shown}"


MOST = 2**16
Units = Annotated[int, Between(1, MOST)]
"""Units, channels or pixels."""
Number = Annotated[int, Between(0, MOST)]
"""How many of something, which may be none."""
Layers = Annotated[int, Between(1, 256)]
"""Layers, stages or blocks of a network: each is made before anything can be said of what it takes."""
Steps = Annotated[int, Between(1, 2**40)]
StepsOrNone = Annotated[int, Between(0, 2**40)]
"""Steps, where 0 is for none."""
Weight = Annotated[float, Between(0, 1e6)]
Positive = Annotated[float, Between(0, 1e6, above=True)]
Share = Annotated[float, Between(0, 1, below=True)]
"""From 0 to below 1."""
Ratio = Annotated[float, Between(0, 1)]

WHOLE = Between(-(2**53), 2**53)
REAL = Between(-1e9, 1e9)
LONGEST = 256
"""Numbers in a field of several."""


class Bounded:
    """A dataclass that refuses, when it is made, numbers that its fields have no room for, with a `UserError`."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if own := cls.__dict__.get("__post_init__"):
            setattr(cls, "__post_init__", _checked_first(own))  # noqa: B010

    def __post_init__(self) -> None:
        check_numbers(self)


def _checked_first(own: Callable[[Any], None]) -> Callable[[Any], None]:
    @wraps(own)
    def post_init(self: Any) -> None:
        check_numbers(self)
        own(self)

    return post_init


def check_numbers(value: Any) -> None:
    """Raise `UserError` where a number among the fields of `value` is out of its bounds."""
    stated = bounds_of(type(value))
    for field in dataclasses.fields(value):
        held = getattr(value, field.name, None)
        numbers = held if isinstance(held, tuple) else (held,)
        if len(numbers) > LONGEST:
            raise UserError(f"{option(field.name)} has {len(numbers):,} numbers, and {LONGEST} at most")
        for number in numbers:
            if isinstance(number, bool) or not isinstance(number, int | float):
                continue
            bounds = stated.get(field.name) or (WHOLE if isinstance(number, int) else REAL)
            if not bounds.holds(number):
                shown = " ".join(
                    f"{one:g}" if isinstance(one, int) and abs(one) > WHOLE.high else str(one) for one in numbers
                )
                raise UserError(f"{option(field.name)} {bounds.refusal(number, shown)}")


@cache
def bounds_of(kind: type) -> dict[str, Between]:
    """The bounds that the fields of the dataclass `kind` state, by name."""
    try:
        hints = get_type_hints(kind, include_extras=True)
    except NameError:  # a user's own class may annotate with what is not there when it runs
        return {}
    return {name: bounds for name, hint in hints.items() if (bounds := next(_stated(hint), None))}


def _stated(hint: Any) -> Iterator[Between]:
    if isinstance(hint, Between):
        yield hint
        return
    for part in (*get_args(hint), *getattr(hint, "__metadata__", ())):
        yield from _stated(part)


def option(name: str) -> str:
    return name.replace("_", "-")
