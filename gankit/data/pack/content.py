"""What a source holds, before it is packed: encoded pictures, or an array of numbers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from gankit.base.errors import UserError
from gankit.data.pack.decode import (
    Encoded,
    Header,
    Layout,
    choose_layout,
    fit,
    header,
    mode_of,
    open_image,
    pixels,
    reason,
    shows_through,
)
from gankit.data.pack.parallel import in_order

LIMIT = 64
"""Longest side that a picture keeps when no size is asked for."""


class Decoded(NamedTuple):
    """One item in its layout, and how it came."""

    values: np.ndarray
    size: tuple[int, ...]
    mode: str
    digest: int
    """64 bits of a hash of its values before they were resized."""


class Unreadable(NamedTuple):
    reason: str


@dataclass(frozen=True, kw_only=True)
class Content(ABC):
    """The items of a source, in order."""

    labels: np.ndarray | None = None
    """[N] indices into `classes`."""
    classes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def name(self, index: int) -> str: ...

    @abstractmethod
    def items(self) -> Iterator[Any]:
        """Every item, not yet decoded; may be called again."""

    @abstractmethod
    def layout(self, size: tuple[int, int] | None, pool: Executor) -> Layout:
        """How the items are to be stored, at `size` (height, width) where one is asked for."""

    @abstractmethod
    def decode(self, item: Any, layout: Layout) -> Decoded | Unreadable:
        """One item in `layout`; runs on any thread."""


@dataclass(frozen=True, kw_only=True)
class Pictures(Content):
    """Encoded pictures: files, or bytes from a table."""

    names: Sequence[str]
    encoded: Callable[[], Iterator[Encoded]]

    def __len__(self) -> int:
        return len(self.names)

    def name(self, index: int) -> str:
        return self.names[index]

    def items(self) -> Iterator[Any]:
        return self.encoded()

    def layout(self, size: tuple[int, int] | None, pool: Executor) -> Layout:
        headers = chain.from_iterable(in_order(pool, self.header, self.encoded(), group=64))
        layout, alpha = choose_layout(headers, size, limit=LIMIT)
        if alpha and all(map(shows_through, self.encoded())):
            return layout._replace(shape=(*layout.shape[:2], 4))
        return layout

    def header(self, encoded: Encoded) -> Header | None:
        """That of what is used of a picture; None for one that cannot be."""
        return header(encoded)

    def part(self, values: np.ndarray) -> np.ndarray:
        """What is used of a picture's pixels [h, w, C]. A `ValueError` says why a picture cannot be."""
        return values

    def decode(self, item: Any, layout: Layout) -> Decoded | Unreadable:
        try:
            with open_image(item) as image:
                mode = mode_of(image)
                values = self.part(pixels(image, layout))
            fitted = fit(values, layout.shape[:2])
        except Exception as error:  # Pillow raises almost anything for a damaged file
            return Unreadable(reason(error, item))
        return Decoded(fitted, values.shape[:2], mode, hash_values(values))


@dataclass(frozen=True, kw_only=True)
class Numbers(Content):
    """An array: images [N, H, W, C] or vectors [N, D]."""

    values: np.ndarray
    convert: Callable[[np.ndarray], np.ndarray] = field(default=lambda values: values)
    """From an item as it is in the array to uint8, uint16 or (vectors) float32."""

    def __len__(self) -> int:
        return len(self.values)

    def name(self, index: int) -> str:
        return f"#{index}"

    def items(self) -> Iterator[np.ndarray]:
        return iter(self.values)

    def layout(self, size: tuple[int, int] | None, pool: Executor) -> Layout:
        shape, dtype = self.values.shape[1:], self.convert(self.values[:1]).dtype
        if len(shape) == 1 and size:
            raise UserError("vectors have no height and width: leave --size away")
        return Layout((*size, shape[-1]) if size else shape, dtype)

    def decode(self, item: np.ndarray, layout: Layout) -> Decoded | Unreadable:
        values = self.convert(item)
        fitted = fit(values, layout.shape[:2]) if values.ndim == 3 else values
        return Decoded(fitted, item.shape[:2], str(item.dtype), hash_values(values))


def hash_values(values: np.ndarray) -> int:
    found = blake2b(repr(values.shape).encode(), digest_size=8)
    found.update(np.ascontiguousarray(values).data)
    return int.from_bytes(found.digest(), "little")
