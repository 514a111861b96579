"""From what a source holds to a pack on disk, with a report of what was found on the way."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b
from itertools import chain

import numpy as np

from gankit.base.errors import UserError, warn
from gankit.base.text import plural
from gankit.data.pack import Report
from gankit.data.pack.content import LIMIT, Content, Decoded, Pictures, Unreadable
from gankit.data.pack.decode import DEEP, GREY, Header, Layout
from gankit.data.pack.encoded import strict_pillow
from gankit.data.pack.parallel import WORKERS, in_order
from gankit.data.pack.store import Draft
from gankit.data.pack.values import Asked, as_rule

Say = Callable[[str], None]
WHAT = {"heads": "looked at", "rows": "decoded"}
"""The kinds of records of a draft's parts, and what is done for them."""
LITTLE = 0.4
"""Share of a picture below which a crop is worth a line."""


@dataclass
class Tally:
    """What is counted while items go by: of a part, or of all."""

    seen: int = 0
    """Items so far, and before this part."""
    kept: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    """Numbers of those that could be read."""
    digests: np.ndarray = field(default_factory=lambda: np.zeros(0, np.uint64))
    sizes: Counter[tuple[int, ...]] = field(default_factory=Counter)
    modes: Counter[str] = field(default_factory=Counter)
    unreadable: list[tuple[int, str]] = field(default_factory=list)
    total: np.ndarray = field(default_factory=lambda: np.zeros(()))

    def take(self, items: list[Decoded | Unreadable]) -> np.ndarray | None:
        """The values of the next `items` that could be read, [n, *shape]."""
        rows, kept, digests = [], [], []
        for index, item in enumerate(items, start=self.seen):
            if isinstance(item, Unreadable):
                self.unreadable.append((index, item.reason))
                continue
            rows.append(item.values)
            kept.append(index)
            digests.append(item.digest)
            self.sizes[item.size] += 1
            self.modes[item.mode] += 1
        self.seen += len(items)
        if not rows:
            return None
        values = np.stack(rows)
        self.total = self.total + values.sum(0, dtype=np.float64)
        self.kept = np.concatenate([self.kept, np.array(kept, np.int64)])
        self.digests = np.concatenate([self.digests, np.array(digests, np.uint64)])
        return values

    def keep(self, draft: Draft, part: int) -> None:
        """Note in `draft` that this part is done."""
        facts = [[*map(list, self.sizes.items())], [*self.modes.items()], self.unreadable]
        draft.record("rows", part, facts, kept=self.kept, digests=self.digests, total=self.total)


def tallied(draft: Draft, items: int) -> tuple[Tally, list[int]]:
    """What was counted of all the parts of `draft`, and how many items each of them kept."""
    whole = Tally(seen=items)
    records = []
    for part in draft.parts(items):
        (sizes, modes, unreadable), arrays = draft.recorded("rows", part)
        for size, n in sizes:
            whole.sizes[tuple(size)] += n
        whole.modes.update(dict(modes))
        whole.unreadable += [(index, why) for index, why in unreadable]
        if len(arrays["kept"]):
            whole.total = whole.total + arrays["total"]
        records.append((arrays["kept"], arrays["digests"]))
    if records:
        whole.kept, whole.digests = (np.concatenate(column) for column in zip(*records, strict=True))
    return whole, [len(kept) for kept, _ in records]


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
    kept: list[int]
    """How many rows each part of the draft holds."""


Help = Callable[[Draft, str, list[int], Callable[[int], None]], bool]
"""Other processes that do `parts` of one kind ("heads" or "rows") of a draft, and say how many items are done; False
where they are not worth their start."""


def build(
    name: str,
    content: Content,
    size: tuple[int, int] | None,
    draft: Draft,
    say: Say | None,
    asked: Asked = None,
    help_with: Help = lambda *work: False,
) -> Built:
    """Decode all of `content` into `draft`; what is held at once does not grow with its length, but for some bytes an
    item. What `draft` holds already is not done again.

    Raises `UserError` where nothing can be read, and whatever the content finds wrong with itself.
    """
    with ThreadPoolExecutor(WORKERS) as pool, strict_pillow():

        def have(kind: str) -> None:
            missing = draft.missing(kind, len(content))
            ticker = Ticker(name, len(content), WHAT[kind], say or warn)
            helped = isinstance(content, Pictures) and help_with(draft, kind, missing, ticker.at)
            if not helped:
                work(content, draft, kind, missing, pool, ticker.at)

        have("heads")
        layout, said = layout_of(content, size, draft, asked, pool)
        have("rows")
    tally, kept = tallied(draft, len(content))
    if not kept or not sum(kept):
        raise UserError(none_readable(name, content, tally))
    return finish(content, layout, tally, said, kept, asked=size is not None)


def work(
    content: Content, draft: Draft, kind: str, parts: list[int], pool: Executor, tick: Callable[[int], None]
) -> None:
    """Do `parts` of one kind of `draft`."""
    for part in parts:
        start, stop = draft.stretch(part, len(content))
        if kind == "heads":
            draft.record(kind, part, sorted(content.look(start, stop, pool)))
            tick(stop)
        else:
            decode(content, draft, part, pool, tick)


def decode(content: Content, draft: Draft, part: int, pool: Executor, tick: Callable[[int], None]) -> None:
    """Write the rows of a part of `draft`, in the layout that was settled before."""
    layout, _ = known_layout(draft)
    start, stop = draft.stretch(part, len(content))
    tally = Tally(seen=start)
    group = min(256, max(1, 2**20 // (math.prod(layout.shape) * layout.dtype.itemsize)))
    with draft.values(start) as file:
        for items in in_order(pool, partial(content.decode, layout=layout), content.items(start, stop), group=group):
            values = tally.take(items)
            if values is not None:
                draft.append(file, as_packed(values))
            tick(tally.seen)
    tally.keep(draft, part)


def layout_of(
    content: Content, size: tuple[int, int] | None, draft: Draft, asked: Asked, pool: Executor
) -> tuple[Layout, list[str]]:
    """The layout of all items, and what to say of it; from then on that of `draft`."""
    if draft.missing("layout", 1):
        heads = (draft.recorded("heads", part)[0] for part in draft.parts(len(content)))
        seen = {Header(*head) for head in chain.from_iterable(heads)}
        layout, said = content.layout(size, asked, pool, seen)
        draft.record("layout", 0, [list(layout.shape), layout.dtype.str, dict(layout.rule), layout.pad, said])
    return known_layout(draft)


def known_layout(draft: Draft) -> tuple[Layout, list[str]]:
    shape, dtype, rule, pad, said = draft.recorded("layout", 0)[0]
    return Layout(tuple(shape), np.dtype(dtype), as_rule(rule), pad), said


def as_packed(values: np.ndarray) -> np.ndarray:
    """As a pack keeps them: 16-bit pixels shifted into int16, see `pack.MIDDLE`."""
    return (values ^ np.uint16(0x8000)).view(np.int16) if values.dtype == np.uint16 else values


def as_unpacked(values: np.ndarray) -> np.ndarray:
    """The inverse of `as_packed`."""
    return values.view(np.uint16) ^ np.uint16(0x8000) if values.dtype == np.int16 else values


def finish(content: Content, layout: Layout, tally: Tally, said: list[str], kept: list[int], *, asked: bool) -> Built:
    notes = [*content.notes, *said]
    labels, classes = content.labels, content.classes
    if labels is not None and labels.ndim == 2:
        labels = labels[tally.kept]
    elif labels is not None:
        present, labels = np.unique(labels[tally.kept], return_inverse=True)
        there = set(present.tolist())
        if gone := [name for index, name in enumerate(classes) if index not in there]:
            notes.append(f"classes without a readable picture left out: {', '.join(gone)}")
        classes = tuple(classes[index] for index in present)
    if isinstance(content, Pictures):
        notes += colour_notes(layout, tally)
    mean = tally.total / len(tally.kept)
    if len(layout.shape) == 3:
        notes += size_notes(layout, tally.sizes, asked=asked)
        mean = (mean * 2 / np.iinfo(layout.dtype).max - 1).transpose(2, 0, 1)
    report = Report(
        notes=notes,
        unreadable=[(content.name(index), why) for index, why in tally.unreadable],
        duplicates=duplicates(content, tally),
        sizes={"x".join(map(str, size)): n for size, n in tally.sizes.most_common() if len(size) == 2},
        modes=dict(tally.modes.most_common()),
        bits=8 * layout.dtype.itemsize,
        values=dict(layout.rule),
    )
    digest = blake2b(tally.digests.data, digest_size=16)
    for words in listed(classes, labels):
        digest.update(words.encode())
    return Built(layout, labels, classes, mean.astype(np.float32), digest.hexdigest(), report, kept)


def listed(classes: tuple[str, ...], labels: np.ndarray | None) -> Iterator[str]:
    """The `repr` of both together, with the labels as a list, a piece at a time."""
    if labels is None:
        yield repr((classes, None))
        return
    yield f"({classes!r}, ["
    for start in range(0, len(labels), 2**16):
        yield (", " if start else "") + repr(labels[start : start + 2**16].tolist())[1:-1]
    yield "])"


def duplicates(content: Content, tally: Tally) -> list[list[str]]:
    """Names in groups of equal digests, in the order of the source."""
    order = np.argsort(tally.digests, kind="stable")
    new = np.concatenate([[True], np.diff(tally.digests[order]) != 0, [True]])
    starts = np.flatnonzero(new)
    several = np.flatnonzero(np.diff(starts) > 1)
    groups = sorted(order[starts[one] : starts[one + 1]].tolist() for one in several)
    return [[content.name(int(tally.kept[position])) for position in group] for group in groups]


def colour_notes(layout: Layout, tally: Tally) -> list[str]:
    """What the layout did to the colours and depths that were found."""
    modes, n = tally.modes, len(tally.kept)

    def pictures(kinds: Iterable[str]) -> str:
        some = sum(modes[kind] for kind in kinds)
        return plural(some, "picture") if some else ""

    channels, notes = layout.shape[-1], []
    if channels == 3 and (some := pictures(GREY)):
        notes.append(f"{some} in grey turned to RGB")
    if channels < 4 and (some := pictures(mode for mode in modes if mode.lower().endswith(("a", "alpha")))):
        notes.append(f"{some} with an alpha channel laid over white")
    if channels == 4:
        clear = sum(n for mode, n in modes.items() if not mode.lower().endswith(("a", "alpha")))
        if clear == n or tally.total[..., 3].min() == 255 * n:
            notes.append(
                f"a fourth channel was {'added' if clear == n else 'kept'}, opaque in all: --channels 3 has none"
            )
        else:
            without = f"; {plural(clear, 'picture')} without any opaque" if clear else ""
            notes.append(f"transparency kept, as a fourth channel{without}: --channels 3 would lay it over white")
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
    if cropped and layout.pad:
        notes.append(f"{plural(cropped, 'picture')} padded with black to the target's aspect")
    elif cropped:
        notes.append(f"{plural(cropped, 'picture')} centre-cropped to the target's aspect before that")
        kept, (h, w) = min((min(h * width, w * height) / max(h * width, w * height), (h, w)) for h, w in changed)
        if kept < LITTLE:
            whole = f"{round(h * width / w)}x{width}" if h > w else f"{height}x{round(w * height / h)}"
            both = f"--size {whole} would keep all of {h}x{w}, and --fit pad all of any"
            notes.append(f"a crop keeps as little as {kept:.0%} of a picture: {both}")
    if small := sum(n for (h, w), n in changed.items() if h < height or w < width):
        notes.append(f"{plural(small, 'picture')} smaller than that and enlarged, which adds nothing to see")
    return notes


def none_readable(name: str, content: Content, tally: Tally) -> str:
    if not tally.unreadable:
        return f"{name!r} holds no pictures"
    (index, why), n = tally.unreadable[0], len(tally.unreadable)
    if n == 1:
        return f"the only picture in {name!r} cannot be read: {content.name(index)}: {why}"
    return f"none of the {n:,} pictures in {name!r} can be read: first one ({content.name(index)}): {why}"


class Ticker:
    """A line every two seconds, so none for what takes less."""

    def __init__(self, name: str, total: int, what: str, say: Say) -> None:
        self.name, self.total, self.what, self.say = name, total, what, say
        self.last = time.monotonic()

    def at(self, done: int) -> None:
        if done and time.monotonic() - self.last > 2:
            self.last = time.monotonic()
            self.say(f"{self.name}: {min(done, self.total):,} of {self.total:,} {self.what}")
