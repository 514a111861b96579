"""Work on many items at once, results in order, never far ahead of who takes them."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

WORKERS = os.cpu_count() or 1


def in_order(
    pool: Executor, work: Callable[[Item], Result], items: Iterable[Item], *, group: int
) -> Iterator[list[Result]]:
    """`work` on every item, `group` of them per task; at most four tasks per worker are under way."""
    source = iter(items)
    pending: deque[Future[list[Result]]] = deque()
    while batch := list(islice(source, group)):
        pending.append(pool.submit(lambda batch=batch: [work(item) for item in batch]))
        if len(pending) >= 4 * WORKERS:
            yield pending.popleft().result()
    while pending:
        yield pending.popleft().result()
