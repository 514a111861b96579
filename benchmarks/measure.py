"""What the rows are measured with.

Time is the process's own, of all its threads, which other programs on a machine lengthen less than that of a watch;
blocks of both sides take turns, and medians are compared.
"""

from __future__ import annotations

import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import flop_registry

from gankit.training.precision import has_bf16

SECONDS = 0.5
"""A block of steps of the reference takes about so long."""
SIDE, CHANNELS = 1024, 128
"""What the peak is found with: a product of square matrices, and a 3x3 convolution."""
STREAM = 2**28
"""Bytes that are copied to find how fast memory is."""


@dataclass(frozen=True)
class Compared:
    """A step of ours beside one of the reference."""

    name: str
    ours: float
    """Seconds."""
    theirs: float
    target: float
    """How many times as fast it is to be."""
    gflop: float
    """Products of a step of ours, 2 operations each."""
    peak: float
    """GFLOP/s that this machine reached in between, in the format ours computes in."""
    gbyte: float
    """What the operations of a step of ours read and write, each by itself."""
    bandwidth: float
    """GB/s that this machine reached in between, reading and writing memory."""
    memory: tuple[float, float] | None = None
    """Most memory of a process of either, MiB, where that was measured."""

    @property
    def times(self) -> float:
        return self.theirs / self.ours

    @property
    def share(self) -> float:
        return self.gflop / self.ours / self.peak

    @property
    def intensity(self) -> float:
        """Operations a byte."""
        return self.gflop / self.gbyte

    @property
    def roof(self) -> float:
        """GFLOP/s that are possible where each operation reads and writes memory."""
        return min(self.peak, self.intensity * self.bandwidth)

    def __str__(self) -> str:
        line = (
            f"{self.name:34} {self.ours * 1e3:9,.1f} ms   reference {self.theirs * 1e3:9,.1f}   {self.times:5.2f}x "
            f"(>= {self.target})   {self.share:4.0%} of {self.peak:,.0f} GFLOP/s   {self.intensity:4.0f} FLOP/byte"
        )
        if self.memory:
            line += f"   {self.memory[0]:,.0f} MiB, reference {self.memory[1]:,.0f}"
        return line


def compared(
    name: str,
    ours: Callable[[], object],
    theirs: Callable[[], object],
    *,
    blocks: int,
    target: float,
    memory: tuple[float, float] | None = None,
) -> Compared:
    """Medians of a step of each, in blocks that take turns, the peak being found between them, in the format that ours
    computes in on a CPU."""
    dtype = torch.bfloat16 if has_bf16(torch.device("cpu")) else torch.float32
    ours()
    with Work() as counted:
        ours()
    theirs()
    steps = max(1, round(SECONDS / seconds(theirs)))
    found: tuple[list[float], ...] = ([], [], [], [])
    for _ in range(blocks):
        for call, kept in zip((ours, theirs), found, strict=False):
            kept.append(seconds(call, steps))
        found[2].append(peak(dtype))
        found[3].append(bandwidth())
    mine, other, most, wide = map(statistics.median, found)
    return Compared(name, mine, other, target, counted.flop / 1e9, most, counted.bytes / 1e9, wide, memory)


class Work(TorchDispatchMode):
    """Counts the operations of products and convolutions, gradients' as well, and the bytes of what every operation is
    given and gives, views aside. Torch's own `FlopCounterMode` watches modules besides, by hooks that a penalty's
    gradient does not bear."""

    def __init__(self) -> None:
        super().__init__()
        self.flop = 0
        self.bytes = 0

    def __torch_dispatch__(self, func: Any, types: object, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        if func._overloadpacket in flop_registry:
            self.flop += flop_registry[func._overloadpacket](*args, **(kwargs or {}), out_val=out)
        if not func.is_view:
            leaves = tree_leaves((args, kwargs, out))
            self.bytes += sum(leaf.nbytes for leaf in leaves if isinstance(leaf, Tensor))
        return out


@torch.no_grad()
def peak(dtype: torch.dtype) -> float:
    """GFLOP/s of a large product or of a convolution channels last, the larger."""
    one, other = (torch.randn(SIDE, SIDE, dtype=dtype) for _ in range(2))
    images = torch.randn(16, CHANNELS, 32, 32, dtype=dtype).contiguous(memory_format=torch.channels_last)
    kernel = torch.randn(CHANNELS, CHANNELS, 3, 3, dtype=dtype).contiguous(memory_format=torch.channels_last)
    work: dict[Callable[[], object], float] = {
        lambda: one @ other: 2 * SIDE**3,
        lambda: F.conv2d(images, kernel, padding=1): 2 * len(images) * 32**2 * kernel.numel(),
    }
    best = 0.0
    for call, flop in work.items():
        call()
        best = max(best, *(flop / seconds(call, 4) / 1e9 for _ in range(2)))
    return best


@torch.no_grad()
def bandwidth() -> float:
    """GB/s of a copy that fits no cache, what is read and what is written."""
    source = torch.ones(STREAM // 4)
    target = torch.empty_like(source)
    target.copy_(source)
    return 2 * STREAM / min(seconds(lambda: target.copy_(source)) for _ in range(3)) / 1e9


def machine() -> str:
    """What it was measured on."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else platform.processor()}, {len(names)} cores, torch {torch.__version__}"


def ratio(
    ours: Callable[[], object], theirs: Callable[[], object], blocks: int, steps: int
) -> tuple[float, float, float]:
    """Median seconds of a call of each, measured in alternating blocks, and theirs over ours."""
    times: tuple[list[float], list[float]] = ([], [])
    for call in (ours, theirs):
        call()
    for _ in range(blocks):
        for call, kept in zip((ours, theirs), times, strict=True):
            kept.append(seconds(call, steps))
    mine, other = map(statistics.median, times)
    return mine, other, other / mine


def seconds(call: Callable[[], object], steps: int = 1, now: Callable[[], float] = time.process_time) -> float:
    """Seconds of a call by the clock `now`, averaged over `steps` of them."""
    start = now()
    for _ in range(steps):
        call()
    return (now() - start) / steps


WATCHED = """
import threading, time
from pathlib import Path
peak, done = 0, False
def watch():
    global peak
    while not done:
        lines = Path("/proc/self/status").read_text().splitlines()
        peak = max(peak, int(next(line for line in lines if line.startswith("RssAnon")).split()[1]))
        time.sleep(0.005)
thread = threading.Thread(target=watch)
thread.start()
try:
{code}
finally:
    done = True
    thread.join()
print(peak)
"""


def peak_memory(code: str) -> tuple[float, str]:
    """The most memory, in MiB, that `code` takes in a Python of its own, files it maps aside; and what it prints."""
    indented = "\n".join(f"    {line}" for line in code.strip().splitlines())
    command = [sys.executable, "-c", WATCHED.format(code=indented)]
    *printed, peak = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    return int(peak) / 1024, "\n".join(printed)
