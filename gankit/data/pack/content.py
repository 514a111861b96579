"""What a source holds, before it is packed: encoded pictures, or an array of numbers."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from itertools import chain, islice
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from gankit.base.errors import UserError
from gankit.data.pack.decode import (
    Header,
    Layout,
    choose_layout,
    decoded,
    fit,
    header,
    kind_of_mode,
    mode_of,
    native,
    shows_through,
    span_of,
    telling,
)
from gankit.data.pack.encoded import LARGE, Encoded, open_image, reason
from gankit.data.pack.parallel import in_order
from gankit.data.pack.values import (
    Asked,
    Rule,
    Span,
    column_rule,
    ends_of,
    kind_of,
    open_kinds,
    rule_of,
    said,
    said_of_columns,
    scaled,
)

LIMIT = 64
"""Longest side that a picture keeps when no size is asked for."""


Stretch = Callable[[int, int], Iterator[Encoded]]
"""The encoded pictures from one number to before another."""


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
    """[N] indices into `classes`; or [N, K] of 0 and 1, where `classes` are attributes."""
    classes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    pad: bool = False
    """Whether pictures of another aspect than the layout's are padded, and not cropped."""
    channels: int | None = None
    """Those that pictures are to have, whatever they have."""

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def name(self, index: int) -> str: ...

    @abstractmethod
    def items(self, start: int, stop: int) -> Iterator[Any]:
        """The items from `start` to before `stop`, not yet decoded; may be called again."""

    def look(self, start: int, stop: int, pool: Executor) -> set[Header]:
        """What must be known of those items before the layout is: of pictures headers, no more than tell it."""
        return set()

    @abstractmethod
    def layout(
        self, size: tuple[int, int] | None, asked: Asked, pool: Executor, seen: set[Header]
    ) -> tuple[Layout, list[str]]:
        """How the items are to be stored, at `size` (height, width) and by the rule for values where they are `asked`
        for; and what to say of it. `seen` is what `look` gave of all items."""

    @abstractmethod
    def decode(self, item: Any, layout: Layout) -> Decoded | Unreadable:
        """One item in `layout`; runs on any thread."""


@dataclass(frozen=True, kw_only=True)
class Pictures(Content):
    """Encoded pictures: files, or bytes from a table."""

    names: Sequence[str]
    encoded: Stretch

    def __len__(self) -> int:
        return len(self.names)

    def name(self, index: int) -> str:
        return self.names[index]

    def items(self, start: int, stop: int) -> Iterator[Any]:
        return self.encoded(start, stop)

    def look(self, start: int, stop: int, pool: Executor) -> set[Header]:
        found = chain.from_iterable(in_order(pool, self.header, self.encoded(start, stop), group=64))
        return telling(found)

    def layout(
        self, size: tuple[int, int] | None, asked: Asked, pool: Executor, seen: set[Header]
    ) -> tuple[Layout, list[str]]:
        kinds = {kind_of_mode(found.mode) for found in seen}
        layout, alpha = choose_layout(seen, size, limit=LIMIT)
        if self.channels:
            bits = layout.dtype if self.channels == 1 else np.dtype(np.uint8)
            layout = layout._replace(shape=(*layout.shape[:2], self.channels), dtype=bits)
        elif alpha and all(map(shows_through, self.encoded(0, len(self)))):
            layout = layout._replace(shape=(*layout.shape[:2], 4))
        spans = self.spans(open_kinds(kinds, asked), layout, pool)
        rule = rule_of(kinds, spans, asked)
        unseen = [Span(kind, *rule[kind]) for kind in kinds - {span.kind for span in spans} if kind in rule]
        return layout._replace(rule=rule, pad=self.pad), said([*spans, *unseen], rule, asked)

    def spans(self, wanted: set[str], layout: Layout, pool: Executor) -> list[Span]:
        """The least and greatest values of the `wanted` kinds: of as few pictures as settle what becomes of them."""
        found: dict[str, Span] = {}
        if not wanted:
            return []
        encoded, look = self.encoded(0, len(self)), partial(self.span, layout=layout)
        first = map(look, islice(encoded, 1))  # most often enough, so nothing is begun beside it
        for span in chain(first, chain.from_iterable(in_order(pool, look, encoded, group=1))):
            if span:
                found[span.kind] = span.joined(found.get(span.kind, span))
            if all(kind in found and found[kind].settled for kind in wanted):
                break
        return [found[kind] for kind in sorted(wanted & found.keys())]

    def span(self, encoded: Encoded, layout: Layout) -> Span | None:
        """That of what is used of a picture; None for one that cannot be read."""
        try:
            with open_image(encoded) as image:
                if image.width * image.height > LARGE:
                    image.draft(image.mode, (image.width // 8, image.height // 8))
                    image.thumbnail((4096, 4096), Image.Resampling.NEAREST, reducing_gap=None)
                return span_of(self.part(native(image, layout)))
        except Exception:  # `reason` words it when it is decoded
            return None

    def header(self, encoded: Encoded) -> Header | None:
        """That of what is used of a picture; None for one that cannot be."""
        return header(encoded)

    def part(self, values: np.ndarray) -> np.ndarray:
        """What is used of a picture's pixels [h, w, C]. A `ValueError` says why a picture cannot be."""
        return values

    def decode(self, item: Any, layout: Layout) -> Decoded | Unreadable:
        try:
            with open_image(item) as image:
                mode, large = mode_of(image), (image.height, image.width)
                values = self.part(decoded(image, layout))
            fitted = fit(values, layout.shape[:2], pad=layout.pad)
        except Exception as error:  # Pillow raises almost anything for a damaged file
            return Unreadable(reason(error, item))
        lies = (large[0] > large[1]) != (values.shape[0] > values.shape[1])  # and was turned upright
        size = values.shape[:2] if large[0] * large[1] <= LARGE else large[::-1] if lies else large
        return Decoded(fitted, size, mode, hash_values(values))


@dataclass(frozen=True, kw_only=True)
class Numbers(Content):
    """An array: images [N, H, W, C] or vectors [N, D] of finite numbers."""

    values: np.ndarray
    columns: tuple[str, ...] = ()
    """Names of the columns of vectors; "#0", "#1" and so on where they have none."""

    def __len__(self) -> int:
        return len(self.values)

    def name(self, index: int) -> str:
        return f"#{index}"

    def items(self, start: int, stop: int) -> Iterator[np.ndarray]:
        return iter(self.values[start:stop])

    def layout(
        self, size: tuple[int, int] | None, asked: Asked, pool: Executor, seen: set[Header]
    ) -> tuple[Layout, list[str]]:
        shape, dtype = self.values.shape[1:], self.values.dtype
        if len(shape) == 1:
            if size:
                raise UserError("vectors have no height and width: leave --size away")
            if self.pad:
                raise UserError("vectors have no height and width: leave --fit away")
            names = self.columns or tuple(f"#{index}" for index in range(shape[0]))
            rule = column_rule(self.values, names, asked)
            return Layout(shape, np.dtype(np.float32), rule), said_of_columns(self.values, names, asked)
        spans = self.spans()
        rule = {} if dtype.kind == "b" else rule_of([spans[0].kind], spans, asked)
        low, high = rule.get(spans[0].kind) or ends_of(spans[0])
        bits = np.uint8 if dtype.kind != "f" and high - low <= 255 else np.uint16
        return Layout((*(size or shape[:2]), shape[-1]), np.dtype(bits), rule, self.pad), said(spans, rule, asked)

    def spans(self) -> list[Span]:
        """The least and greatest of its values, or of as many as settle what becomes of them."""
        kind = kind_of(self.values.dtype)
        found = None
        for part in parts(self.values):
            span = Span(kind, float(part.min()), float(part.max()))
            found = span.joined(found or span)
            if found.settled:
                break
        assert found
        return [found]

    def decode(self, item: np.ndarray, layout: Layout) -> Decoded | Unreadable:
        if item.ndim == 1:
            values = standardised(item, layout.rule)
            return Decoded(values, item.shape[:2], str(item.dtype), hash_values(values))
        values = converted(item, layout)
        fitted = fit(values, layout.shape[:2], pad=layout.pad)
        return Decoded(fitted, item.shape[:2], str(item.dtype), hash_values(values))


def standardised(vector: np.ndarray, rule: Rule) -> np.ndarray:
    """Vectors [..., D] in the units of the columns' (middle, scale), float32; as they are where there is no rule."""
    if not rule:
        return vector.astype(np.float32)
    middle, scale = np.array(list(rule.values())).T
    return ((vector.astype(np.float64) - middle) / scale).astype(np.float32)


def converted(item: np.ndarray, layout: Layout) -> np.ndarray:
    """An image [H, W, C] of an array as pixels, by the rule of the `layout` and in its depth."""
    if item.dtype.kind == "b":
        return item.astype(np.uint8) * np.uint8(255)
    kind = kind_of(item.dtype)
    top = float(np.iinfo(layout.dtype).max)
    return scaled(item, layout.rule.get(kind, (0.0, top)), layout.dtype)


def parts(values: np.ndarray) -> Iterator[np.ndarray]:
    """`values` in slices of some 16 MB, so that a mapped file is never in memory as a whole."""
    step = max(1, 2**24 // (values.itemsize * math.prod(values.shape[1:])))
    return (values[start : start + step] for start in range(0, len(values), step))


def hash_values(values: np.ndarray) -> int:
    found = blake2b(repr(values.shape).encode(), digest_size=8)
    found.update(np.ascontiguousarray(values).data)
    return int.from_bytes(found.digest(), "little")
