"""Pairs in one picture each: the left half is one side, the right half the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gankit.base.errors import UserError
from gankit.data.pack.content import Content, Pictures
from gankit.data.pack.decode import Header, header
from gankit.data.pack.encoded import Encoded, strict_pillow

LOOKED_AT = 32


@dataclass(frozen=True, kw_only=True)
class Half(Pictures):
    """The left or the right halves of pictures."""

    right: bool

    def header(self, encoded: Encoded) -> Header | None:
        found = header(encoded)
        if found is None or found.width % 2:
            return None
        return found._replace(width=found.width // 2)

    def part(self, values: np.ndarray) -> np.ndarray:
        width = values.shape[1]
        if width % 2:
            raise ValueError(f"it is {width} pixels wide, which has no halves")
        return values[:, width // 2 :] if self.right else values[:, : width // 2]


def halve(read: Callable[[], Content], *, right: bool, name: str) -> Half:
    """The left or the right halves of the pictures that are `read`. Raises `UserError` where it is numbers."""
    whole = read()
    if not isinstance(whole, Pictures):
        raise UserError(f"{name!r} holds an array: only pictures can be cut into two sides")
    return Half(names=whole.names, encoded=whole.encoded, notes=whole.notes, right=right)


def side_by_side(content: Content) -> bool:
    """Whether the first pictures of `content` look like pairs: most of them about twice as wide as high."""
    if not isinstance(content, Pictures):
        return False
    with strict_pillow():
        found = [size for size in map(header, content.encoded(0, min(LOOKED_AT, len(content)))) if size]
    return bool(found) and sum(twice_as_wide(size.height, size.width) for size in found) > 0.9 * len(found)


def twice_as_wide(height: int, width: int) -> bool:
    """Whether `width` is `height` twice, to a tenth."""
    return abs(width - 2 * height) <= 0.2 * height
