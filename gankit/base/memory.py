"""Memory: how much is left, how much this process took at most, and what to say where it was not enough."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from gankit.base.devices import module_of
from gankit.base.errors import UserError

ASKED = re.compile(r"tried to allocate ([\d.,]+ ?\w*)", re.IGNORECASE)


class OutOfMemoryError(UserError):
    """More memory was asked for than the machine or its accelerator has left."""


@contextmanager
def within_memory(what: str, remedy: str) -> Iterator[None]:
    """Word a failure to get memory for `what`, with the `remedy` that names what to lower."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not ran_out(error):
            raise
        asked = ASKED.search(str(error))
        size = asked[1].rstrip(".") if asked else ""
        size = in_words(int(size.split()[0])) if re.fullmatch(r"\d+( bytes)?", size) else size
        more = f", which asked for {size} more than is left" if size else ""
        raise OutOfMemoryError(f"out of memory in {what}{more}: {remedy}") from error


def ran_out(error: BaseException) -> bool:
    """Whether `error` is a failure to get memory, on the CPU or an accelerator."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and "can't allocate memory" in str(error)


def available(device: torch.device) -> int | None:
    """Bytes that can still be had on `device`; None where that can't be told."""
    if device.type == "mps":
        return torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory()
    if device.type != "cpu":
        return module_of(device).mem_get_info(device)[0]
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return None
    free = {name: int(rest.split()[0]) * 1024 for name, _, rest in (line.partition(":") for line in lines) if rest}
    return free.get("MemAvailable")


def peak(device: torch.device) -> int:
    """The most bytes that this process has held so far: of the accelerator's memory, or of the machine's."""
    if device.type == "mps":
        return torch.mps.driver_allocated_memory()
    if device.type != "cpu":
        return module_of(device).max_memory_allocated(device)
    try:
        import resource
    except ImportError:  # no such count on this system
        return 0
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def in_words(size: float) -> str:
    """`1.5 GiB`, `76 MiB`."""
    for unit in ("bytes", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.0f} {unit}"
        size /= 1024
    return f"{size:.1f} GiB"
