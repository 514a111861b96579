"""How many threads compute on a CPU, and how long they wait for each other before they sleep.

Nothing here imports torch before it is used: waiting is settled when torch's OpenMP is loaded.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

SPINS = 1000
"""Turns of a thread's loop before it sleeps: some microseconds, more than lie between the operations of a step. GNU's
OpenMP makes 300,000, which on a busy machine is time that another process, or the thread waited for, could have."""
BLOCK = 1
"""The same in milliseconds, for LLVM's and Intel's, which wait for 200."""


def wait_briefly() -> None:
    """Have threads sleep soon, where the user's environment doesn't settle it; to be called before torch is loaded."""
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", str(SPINS))
        os.environ.setdefault("KMP_BLOCKTIME", str(BLOCK))


@contextmanager
def threads(n: int) -> Iterator[None]:
    """Torch computes with `n` threads for as long as this lasts; with as many as it did, for 0."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(n or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def crowded(n: int, load: float | None = None, cores: int | None = None) -> str | None:
    """What to say where `n` threads, or as many as torch takes for 0, find the machine busy; None where they don't."""
    import torch

    cores = cores or os.cpu_count() or 1
    if load is None:
        load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    if (n or torch.get_num_threads()) == 1 or load < cores:
        return None
    return f"this machine is busy (load {load:.1f} on {cores} cores): with --threads 1 a step may take less time"
