"""One rule for values: which of a set's own numbers become -1 and 1, decided once for all of the set.

The rule maps the kind of a picture's values to their (low, high). A kind whose container is used, all 8 bits say, is
not in it. Of vectors it maps each column to its (middle, scale).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from gankit.base.errors import UserError

Ends = tuple[float, float]
Rule = Mapping[str, Ends]
Asked = Ends | Rule | None
"""A (low, high) for everything, the rule that another split follows, or None to decide by the values."""

BYTES, WORDS, INTEGERS, FLOATS = "8-bit", "16-bit", "integer", "float"
CONTAINER: Rule = {BYTES: (0.0, 255.0), WORDS: (0.0, 65535.0)}
CONVENTIONS: Mapping[str, tuple[Ends, ...]] = {
    BYTES: ((0.0, 255.0),),
    WORDS: ((0.0, 255.0), (0.0, 65535.0)),
    INTEGERS: ((0.0, 255.0), (0.0, 65535.0), (-128.0, 127.0), (-32768.0, 32767.0)),
    FLOATS: ((0.0, 1.0), (-1.0, 1.0), (0.0, 255.0)),
}
"""Ranges that values are commonly meant to fill, smallest first."""
USED = {BYTES: 0.25, WORDS: 0.5, INTEGERS: 0.5, FLOATS: 0.5}
"""The share of a range that values span at least where they are meant to fill it. 8 bits were mostly made for the eye,
dark or pale as they may be; deeper ones are mostly what an instrument gave."""
LARGEST = float(np.finfo(np.float32).max)
FEW = 10
"""Whole numbers in a column, at most, that look like categories."""


class Span(NamedTuple):
    """The least and the greatest value of a kind that was seen."""

    kind: str
    low: float
    high: float

    def joined(self, other: Span) -> Span:
        return Span(self.kind, min(self.low, other.low), max(self.high, other.high))

    @property
    def settled(self) -> bool:
        """Whether no further value can change what the rule says of it: its container is used."""
        ends = CONTAINER.get(self.kind)
        return ends is not None and self.high > 255 * (self.kind != BYTES) and fills(self, ends)


def kind_of(dtype: np.dtype) -> str:
    """The kind of an array's values."""
    if dtype.kind == "b" or dtype == np.uint8:
        return BYTES
    return WORDS if dtype == np.uint16 else INTEGERS if dtype.kind in "iu" else FLOATS


def fills(span: Span, ends: Ends) -> bool:
    return span.high - span.low >= USED[span.kind] * (ends[1] - ends[0])


def ends_of(span: Span) -> Ends:
    """What becomes of -1 and 1: the least common range that holds the values, or their own where they do not use it."""
    known = next((ends for ends in CONVENTIONS[span.kind] if ends[0] <= span.low and span.high <= ends[1]), None)
    if known and (span.high == span.low or fills(span, known)):
        return known
    return span.low, span.high


def rule_of(kinds: Iterable[str], spans: Iterable[Span], asked: Asked) -> Rule:
    """The rule for a set that holds `kinds`, whose values are as in `spans` where it takes them to know."""
    rule = dict.fromkeys(kinds, asked) if isinstance(asked, tuple) else dict(asked or {})
    for span in spans:
        if span.kind not in rule and (asked is None or span.kind not in CONTAINER):
            rule[span.kind] = ends_of(span)
    return {kind: ends for kind, ends in rule.items() if CONTAINER.get(kind) != ends}


def open_kinds(kinds: Iterable[str], asked: Asked) -> set[str]:
    """Those of `kinds` whose values must be seen before the rule is known."""
    if isinstance(asked, tuple):
        return set()
    return {kind for kind in kinds if asked is None or (kind not in asked and kind not in CONTAINER)}


def said(spans: Iterable[Span], rule: Rule, asked: Asked) -> list[str]:
    """What to say of values whose kinds were seen to be as in `spans`, where they are not simply what they were."""
    lines = []
    for kind, low, high in spans:
        if kind not in rule:
            continue
        bottom, top = rule[kind]
        if asked is not None:
            how = "as asked" if isinstance(asked, tuple) else "as in training"
            cut = "; what lies outside is cut off" if low < bottom or high > top else ""
            lines.append(f"{kind} values taken from {bottom:g} to {top:g}, {how}{cut}")
        elif (bottom, top) in CONVENTIONS[kind]:
            name = "floats" if kind == FLOATS else f"{kind} values"
            lines.append(f"{name} in [{bottom:g}, {top:g}] taken from end to end")
        else:
            lines.append(
                f"{kind} values scaled by the set's own range, {bottom:g} to {top:g}; --range LOW HIGH overrules it"
            )
    return lines


def as_rule(stated: Mapping[str, Sequence[float]]) -> Rule:
    """A rule from its JSON."""
    return {kind: (float(low), float(high)) for kind, (low, high) in stated.items()}


def in_words(rule: Rule) -> str:
    """The rule of pictures, in the train line: empty where they use their containers."""
    ends = sorted(set(rule.values()))
    return "".join(f", values {low:g} to {high:g}" for low, high in ends)


def scaled(values: np.ndarray, ends: Ends, dtype: np.dtype) -> np.ndarray:
    """`values` as unsigned integers of `dtype`, with `ends` at 0 and the top; what lies outside is cut off."""
    top = int(np.iinfo(dtype).max)
    if values.dtype == dtype and ends == (0, top):
        return values
    low, high = ends
    unit = (values.astype(np.float64) - low) / ((high - low) or 1)
    return np.rint(unit.clip(0, 1) * top).astype(dtype)


def parse_range(asked: Sequence[float] | None) -> Ends | None:
    """A (low, high) that somebody asked for. Raises `UserError` where it is none."""
    if asked is None:
        return None
    low, high = map(float, asked)
    if not (-LARGEST <= low < high <= LARGEST):
        raise UserError(f"range {low:g} {high:g} is none: give the value that becomes -1, and a greater one for 1")
    return low, high


def column_rule(values: np.ndarray, names: Sequence[str], asked: Asked) -> Rule:
    """The (middle, scale) of each column of vectors [N, D]: by default their mean and standard deviation."""
    if isinstance(asked, tuple):
        return dict.fromkeys(names, ((asked[0] + asked[1]) / 2, (asked[1] - asked[0]) / 2))
    if asked is not None:
        return asked
    numbers = values.astype(np.float64)
    spread = numbers.std(0)
    spread = np.where(spread > 1e-7 * np.abs(numbers).max(0, initial=0), spread, 1.0)
    return dict(zip(names, zip(numbers.mean(0).tolist(), spread.tolist(), strict=True), strict=True))


def said_of_columns(values: np.ndarray, names: Sequence[str], asked: Asked) -> list[str]:
    if asked is not None:
        how = f"{asked[0]:g} and {asked[1]:g} at -1 and 1, as asked" if isinstance(asked, tuple) else "as in training"
        return [f"its columns taken with {how}"]
    lines = ["each column standardised; samples come back in the data's units (--range -1 1 leaves them as they are)"]
    few = []
    for name, column in zip(names, values.T, strict=True):
        some = column[:1000]
        if (some == np.floor(some)).all() and len(np.unique(some)) <= FEW:
            present = np.unique(column)
            if len(present) <= FEW and (present == np.floor(present)).all():
                few.append(f"{name} ({len(present)})")
    if few:
        more = f" and {len(few) - 6} more" if len(few) > 6 else ""
        lines.append(f"columns of a few whole numbers, taken as numbers all the same: {', '.join(few[:6])}{more}")
    side = math.isqrt(values.shape[1])
    if side * side == values.shape[1] and side >= 8:
        shape = f"{side}x{side}"
        lines.append(f"{values.shape[1]} columns look like pictures of {shape}: --layout {shape} takes them so")
    return lines
