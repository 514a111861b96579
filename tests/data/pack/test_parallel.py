"""Work in order, not far ahead in number nor in bytes."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from gankit.data.pack.parallel import HELD, TASK, WORKERS, in_order


def test_results_are_in_order_and_in_groups() -> None:
    with ThreadPoolExecutor(2) as pool:
        found = list(in_order(pool, lambda item: -item, range(10), group=4))
    assert found == [[0, -1, -2, -3], [-4, -5, -6, -7], [-8, -9]]


@pytest.mark.parametrize("together", [False, True])
@pytest.mark.parametrize("size", [TASK // 8, 2 * TASK, HELD])
def test_what_waits_is_bounded_by_bytes(size: int, together: bool) -> None:
    taken, given = 0, 0
    content = bytes(size)

    def items() -> Iterator[Any]:
        nonlocal taken
        for _ in range(4000):
            taken += 1
            yield (content[:1], content) if together else content

    with ThreadPoolExecutor(1) as pool:
        for done in in_order(pool, lambda item: None, items(), group=64):
            assert (taken - given) * size <= HELD + TASK + size
            assert taken - given <= (4 * WORKERS) * max(1, TASK // size)
            given += len(done)
    assert given == 4000
