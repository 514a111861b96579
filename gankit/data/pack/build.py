"""From what a source holds to a pack on disk, with a report of what was found on the way."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b

import numpy as np

from gankit.base.errors import UserError, warn
from gankit.base.text import plural
from gankit.data.pack import Report
from gankit.data.pack.content import LIMIT, Content, Decoded, Pictures, Unreadable
from gankit.data.pack.decode import DEEP, GREY, Layout
from gankit.data.pack.encoded import strict_pillow
from gankit.data.pack.parallel import WORKERS, in_order
from gankit.data.pack.store import Draft
from gankit.data.pack.values import Asked

Say = Callable[[str], None]


@dataclass
class Tally:
    """What is counted while items go by."""

    content: Content
    seen: int = 0
    kept: list[int] = field(default_factory=list)
    digests: list[int] = field(default_factory=list)
    sizes: Counter[tuple[int, ...]] = field(default_factory=Counter)
    modes: Counter[str] = field(default_factory=Counter)
    unreadable: list[tuple[str, str]] = field(default_factory=list)
    total: np.ndarray = field(default_factory=lambda: np.zeros(()))

    def take(self, items: list[Decoded | Unreadable]) -> np.ndarray | None:
        """The values of the next `items` that could be read, [n, *shape]."""
        rows = []
        for index, item in enumerate(items, start=self.seen):
            if isinstance(item, Unreadable):
                self.unreadable.append((self.content.name(index), item.reason))
                continue
            rows.append(item.values)
            self.kept.append(index)
            self.digests.append(item.digest)
            self.sizes[item.size] += 1
            self.modes[item.mode] += 1
        self.seen += len(items)
        if not rows:
            return None
        values = np.stack(rows)
        self.total = self.total + values.sum(0, dtype=np.float64)
        return values


@dataclass(frozen=True)
class Built:
    """All of a pack but its values."""

    layout: Layout
    labels: np.ndarray | None
    classes: tuple[str, ...]
    mean: np.ndarray
    content: str
    """Hex digest of the decoded items, before any resizing, and of their labels."""
    report: Report


def build(
    name: str, content: Content, size: tuple[int, int] | None, draft: Draft, say: Say | None, asked: Asked = None
) -> Built:
    """Decode all of `content` into `draft`, in order; what is held at once does not grow with its length.

    Raises `UserError` where nothing can be read, and whatever the content finds wrong with itself.
    """
    tally = Tally(content)
    ticker = Ticker(name, len(content), say or warn)
    with ThreadPoolExecutor(WORKERS) as pool, strict_pillow():
        layout, said = content.layout(size, asked, pool)
        bytes_each = math.prod(layout.shape) * layout.dtype.itemsize
        group = min(256, max(1, 2**20 // bytes_each))
        for items in in_order(pool, partial(content.decode, layout=layout), content.items(), group=group):
            values = tally.take(items)
            if values is not None:
                draft.append(as_packed(values))
            ticker.at(tally.seen)
    if not tally.kept:
        raise UserError(none_readable(name, tally))
    return finish(content, layout, tally, said, asked=size is not None)


def as_packed(values: np.ndarray) -> np.ndarray:
    """As a pack keeps them: 16-bit pixels shifted into int16, see `pack.MIDDLE`."""
    return (values ^ np.uint16(0x8000)).view(np.int16) if values.dtype == np.uint16 else values


def finish(content: Content, layout: Layout, tally: Tally, said: list[str], *, asked: bool) -> Built:
    notes = [*content.notes, *said]
    labels, classes = content.labels, content.classes
    if labels is not None and labels.ndim == 2:
        labels = labels[tally.kept]
    elif labels is not None:
        present, labels = np.unique(labels[tally.kept], return_inverse=True)
        if gone := [name for index, name in enumerate(classes) if index not in set(present.tolist())]:
            notes.append(f"classes without a readable picture left out: {', '.join(gone)}")
        classes = tuple(classes[index] for index in present)
    if isinstance(content, Pictures):
        notes += colour_notes(layout, tally.modes)
    mean = tally.total / len(tally.kept)
    if len(layout.shape) == 3:
        notes += size_notes(layout, tally.sizes, asked=asked)
        mean = (mean * 2 / np.iinfo(layout.dtype).max - 1).transpose(2, 0, 1)
    report = Report(
        notes=notes,
        unreadable=tally.unreadable,
        duplicates=duplicates(tally),
        sizes={"x".join(map(str, size)): n for size, n in tally.sizes.most_common() if len(size) == 2},
        modes=dict(tally.modes.most_common()),
        bits=8 * layout.dtype.itemsize,
        values=dict(layout.rule),
    )
    digest = blake2b(np.array(tally.digests, np.uint64).data, digest_size=16)
    digest.update(repr((classes, None if labels is None else labels.tolist())).encode())
    return Built(layout, labels, classes, mean.astype(np.float32), digest.hexdigest(), report)


def duplicates(tally: Tally) -> list[list[str]]:
    """Names in groups of equal digests, in the order of the source."""
    digests = np.array(tally.digests, np.uint64)
    order = np.argsort(digests, kind="stable")
    runs = np.split(order, np.flatnonzero(np.diff(digests[order])) + 1)
    groups = sorted(run.tolist() for run in runs if len(run) > 1)
    return [[tally.content.name(tally.kept[position]) for position in group] for group in groups]


def colour_notes(layout: Layout, modes: Counter[str]) -> list[str]:
    """What the layout did to the colours and depths that were found."""

    def pictures(kinds: Iterable[str]) -> str:
        n = sum(modes[kind] for kind in kinds)
        return plural(n, "picture") if n else ""

    channels, notes = layout.shape[-1], []
    if channels == 3 and (some := pictures(GREY)):
        notes.append(f"{some} in grey turned to RGB")
    if channels < 4 and (some := pictures(mode for mode in modes if mode.lower().endswith(("a", "alpha")))):
        notes.append(f"{some} with an alpha channel laid over white")
    if layout.dtype == np.uint8 and (some := pictures(DEEP)):
        notes.append(f"{some} of 16 bits or more reduced to 8")
    return notes


def size_notes(layout: Layout, sizes: Counter[tuple[int, ...]], *, asked: bool) -> list[str]:
    """How the pictures came to the size of the layout."""
    height, width, _ = layout.shape
    changed = {size: n for size, n in sizes.items() if size != (height, width)}
    cropped = sum(n for (h, w), n in changed.items() if h * width != w * height)
    notes = []
    if changed:
        n, kinds = sum(changed.values()), plural(len(changed), "size")
        notes.append(f"{plural(n, 'picture')} resized from {kinds} to {height}x{width}")
        if not asked:
            notes.append(f"larger or uneven pictures are brought to {LIMIT}x{LIMIT}; --size asks for another")
    if cropped:
        notes.append(f"{plural(cropped, 'picture')} centre-cropped to the target's aspect before that")
    return notes


def none_readable(name: str, tally: Tally) -> str:
    if not tally.unreadable:
        return f"{name!r} holds no pictures"
    (which, why), n = tally.unreadable[0], len(tally.unreadable)
    if n == 1:
        return f"the only picture in {name!r} cannot be read: {which}: {why}"
    return f"none of the {n:,} pictures in {name!r} can be read: first one ({which}): {why}"


class Ticker:
    """A line every two seconds, so none for what takes less."""

    def __init__(self, name: str, total: int, say: Say) -> None:
        self.name, self.total, self.say = name, total, say
        self.last = time.monotonic()

    def at(self, done: int) -> None:
        if time.monotonic() - self.last > 2:
            self.last = time.monotonic()
            self.say(f"{self.name}: {done:,} of {self.total:,} decoded")
