"""What the allocator does with memory that was freed."""

from __future__ import annotations

import platform
from pathlib import Path

import pytest

from gankit.training.memory import give_back_freed_memory

KEPT_EVERY = 50


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the C library is another")
def test_what_is_freed_between_what_is_kept_is_given_back() -> None:
    pieces = [b"x" * 60_000 for _ in range(2000)]
    kept = pieces[::KEPT_EVERY]
    full = _held()
    del pieces
    give_back_freed_memory()
    assert full - _held() > 90e6
    assert len(kept) == 2000 // KEPT_EVERY


def _held() -> int:
    """Bytes of memory that this process holds."""
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * 4096
