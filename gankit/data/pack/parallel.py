"""Work on many items at once, results in order, never far ahead of who takes them."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from typing import Any, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

WORKERS = os.cpu_count() or 1
TASK = 2**22
"""Bytes with which a task is full, however few its items are."""
HELD = 2**27
"""Bytes above which no further task is begun."""


def in_order(
    pool: Executor, work: Callable[[Item], Result], items: Iterable[Item], *, group: int
) -> Iterator[list[Result]]:
    """`work` on every item, at most `group` of them per task; at most four tasks per worker are under way.

    Items that are encoded pictures, not paths, are fewer: tasks of some `TASK` bytes, together of some `HELD`.
    """
    pending: deque[tuple[Future[list[Result]], int]] = deque()
    held = 0
    for batch, size in grouped(items, group):
        pending.append((pool.submit(lambda batch=batch: [work(item) for item in batch]), size))
        held += size
        while len(pending) >= 4 * WORKERS or held > HELD:
            first, freed = pending.popleft()
            held -= freed
            yield first.result()
    while pending:
        yield pending.popleft()[0].result()


def grouped(items: Iterable[Item], most: int) -> Iterator[tuple[list[Item], int]]:
    """`items` in lists of at most `most`, fewer where they are full; and the bytes of each list."""
    batch: list[Item] = []
    size = 0
    for item in items:
        batch.append(item)
        size += weight(item)
        if len(batch) == most or size >= TASK:
            yield batch, size
            batch, size = [], 0
    if batch:
        yield batch, size


def weight(item: Any) -> int:
    """Bytes that wait with `item`: those of encoded pictures, or of several together; a path has none to speak of."""
    if isinstance(item, bytes):
        return len(item)
    return sum(map(weight, item)) if isinstance(item, tuple) else 0
