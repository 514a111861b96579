"""Keep the memory that a step frees, instead of giving it back and faulting it in again at the next step."""

from __future__ import annotations

import ctypes
import sys

M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_MAX = -1, -2, -4  # <malloc.h>


def keep_freed_memory() -> None:
    """Ask glibc to serve large tensors from its heap; elsewhere, nothing.

    By default every tensor above a few megabytes is mapped and unmapped anew: on a CPU a convolutional step
    then takes tens of thousands of page faults.
    """
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_MMAP_MAX, 0)
        mallopt(M_TRIM_THRESHOLD, 2**31 - 1)
        mallopt(M_TOP_PAD, 64 * 2**20)
