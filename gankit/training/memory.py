"""What becomes of memory that was freed: kept for the next step of a training, given back by a server that waits."""

from __future__ import annotations

import ctypes
import sys
from typing import Any

M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_MAX, M_ARENA_MAX = -1, -2, -4, -8  # <malloc.h>


def keep_freed_memory() -> None:
    """Ask glibc to serve large tensors from its heap; elsewhere, nothing.

    By default every tensor above a few megabytes is mapped and unmapped anew: on a CPU a convolutional step
    then takes tens of thousands of page faults.
    """
    if mallopt := _of_glibc("mallopt"):
        mallopt(M_MMAP_MAX, 0)
        mallopt(M_TRIM_THRESHOLD, 2**31 - 1)
        mallopt(M_TOP_PAD, 64 * 2**20)


def share_heaps(count: int) -> None:
    """Ask glibc to serve all threads that start from now on from `count` heaps; elsewhere, nothing.

    By default every thread of a server has one of its own (eight to a core), and each keeps what its largest request
    took.
    """
    if mallopt := _of_glibc("mallopt"):
        mallopt(M_ARENA_MAX, count)


def give_back_freed_memory() -> None:
    """Ask glibc to give pages that are free back to the system, in the midst of a heap, too; elsewhere, nothing."""
    if trim := _of_glibc("malloc_trim"):
        trim(0)


def _of_glibc(name: str) -> Any:
    """The function `name`; None where the C library is another."""
    return getattr(ctypes.CDLL(None), name, None) if sys.platform.startswith("linux") else None
