"""What the rows are measured with."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable


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


def seconds(call: Callable[[], object], steps: int = 1) -> float:
    """Seconds of a call, averaged over `steps` of them."""
    start = time.perf_counter()
    for _ in range(steps):
        call()
    return (time.perf_counter() - start) / steps


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
