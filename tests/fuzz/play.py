"""Play inputs, some to a process: nothing but `UserError` may come of one, in bounded memory and time.

What a process does not get through is played again, each input in one of its own, which then says what is wrong.

`make fuzz` runs this file: python -m tests.fuzz.play --seconds 180
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import torch
from PIL import Image

from gankit.base.errors import UserError
from gankit.data import open_data
from gankit.pictures import figure_to_pil
from tests.fuzz.subjects import Mutate, Read, subjects

MEMORY, SECONDS = 2 * 2**30, 20
"""What an input under 20 MB may take: bytes more than Python itself, and seconds."""
CAP = 8 * 2**30
FINE, BROKEN = 0, 3
TOGETHER = 32
"""Inputs to a process: to start one takes longer than to read most of them."""
ROOM = Path("/dev/shm") if os.access("/dev/shm", os.W_OK) else None
"""Where inputs and packs are written: in memory, where there is such a place, as each is synced."""
QUICK = ("file_called", "in_a_folder", "beside_pictures", "idx_called", "latents")


class Failure(NamedTuple):
    subject: str
    number: int
    why: str
    content: bytes


Input = tuple[Read, bytes]


def all_fine(inputs: Sequence[Input]) -> bool:
    """Whether all of `inputs` are read as they should be, one after the other in one process."""
    folder = Path(tempfile.mkdtemp(prefix="gankit-fuzz-", dir=ROOM))
    try:
        child = os.fork()
        if not child:
            _in_child([(read, content, folder / str(index)) for index, (read, content) in enumerate(inputs)], folder)
        _, status, used = os.wait4(child, 0)
        return status == 0 and used.ru_maxrss * 1024 - _held_at_start(folder) <= MEMORY
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def play(read: Read, content: bytes) -> str:
    """Why `read` of `content` is not as it should be; empty where it is."""
    folder = Path(tempfile.mkdtemp(prefix="gankit-fuzz-", dir=ROOM))
    try:
        child = os.fork()
        if not child:
            _in_child([(read, content, folder / "0")], folder)
        _, status, used = os.wait4(child, 0)
        why = folder / "why"
        said = why.read_text(errors="replace") if why.exists() else ""
        if os.WIFSIGNALED(status):
            late = os.WTERMSIG(status) in (signal.SIGALRM, signal.SIGPROF)
            return f"over {SECONDS} s" if late else f"signal {os.WTERMSIG(status)}"
        if os.WEXITSTATUS(status):
            return said or f"status {os.WEXITSTATUS(status)}"
        taken = used.ru_maxrss * 1024 - _held_at_start(folder)
        return f"{taken / 2**30:.1f} GiB" if taken > MEMORY else ""
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _held_at_start(folder: Path) -> int:
    """Bytes that the child held when it started, as it wrote down: less than its parent, whose mapped files it has not
    touched yet."""
    return int((folder / "statm").read_text().split()[1]) * resource.getpagesize()


def _in_child(inputs: Sequence[tuple[Read, bytes, Path]], folder: Path) -> None:
    """Read each input in a folder of its own until one is not read as it should be; never returns."""
    status = BROKEN
    try:
        (folder / "statm").write_text(Path("/proc/self/statm").read_text())
        for late in (signal.SIGALRM, signal.SIGPROF):
            signal.signal(late, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_AS, (CAP, CAP))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.environ["XDG_CONFIG_HOME"] = str(folder / "settings")
        warnings.simplefilter("ignore")
        with (folder / "out").open("w", errors="replace") as out, redirect_stdout(out), redirect_stderr(out):
            for read, content, place in inputs:
                signal.alarm(10 * SECONDS)  # others may be at work on the machine; what only waits is found, too
                signal.setitimer(signal.ITIMER_PROF, SECONDS)
                place.mkdir()
                try:
                    read(place, content)
                except UserError as error:
                    if "\n" in str(error):
                        raise RuntimeError(f"more than a line: {str(error)!r}") from error
                shutil.rmtree(place, ignore_errors=True)
        status = FINE
    except BaseException:
        (folder / "why").write_text(traceback.format_exc(), errors="replace")
    finally:
        os._exit(status)


def failures(seed: int, *, count: int | None = None, seconds: float = float("inf")) -> tuple[int, list[Failure]]:
    """How many inputs were played, so many or for so long; and which were not read as they should be."""
    found: list[Failure] = []
    kinds = subjects()
    warm()
    end, number = time.monotonic() + seconds, 0
    names = list(kinds)  # all of them once, and then those more often that are played quickly
    names += [name for name in kinds if kinds[name][1].__qualname__.startswith(QUICK)] * 5
    while (count is None or number < count) and time.monotonic() < end:
        group = range(number, number + TOGETHER if count is None else min(count, number + TOGETHER))
        called = [names[index % len(names)] for index in group]
        contents = [changed(*kinds[name], seed=seed, number=index) for name, index in zip(called, group, strict=True)]
        if not all_fine([(kinds[name][1], content) for name, content in zip(called, contents, strict=True)]):
            for index, name, content in zip(group, called, contents, strict=True):
                if why := play(kinds[name][1], content):
                    found.append(Failure(name, index, why, content))
        number = group.stop
    return number, found


def changed(content: bytes, read: Read, mutate: Mutate, *, seed: int, number: int) -> bytes:
    return mutate(content, random.Random(f"{seed} {number}"))


def warm() -> None:
    """Do once what every child would: import, look for fonts, pack the digits."""
    from matplotlib.figure import Figure

    Image.init()
    for name in ("train", "sample", "report", "compare"):
        import_module(f"gankit.commands.{name}")
    for name in ("gankit.methods.gan", "gankit.reproduce.encoder"):
        import_module(name)
    for name in ("pyarrow.parquet", "torch.utils.tensorboard.writer", "torch._dynamo"):
        import_module(name)
    figure_to_pil(Figure())
    open_data("digits")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=180)
    parser.add_argument("--count", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, default=Path("runs/fuzz"), help="where failing inputs go")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    number, found = failures(asked.seed, count=asked.count, seconds=asked.seconds)
    for failure in found:
        asked.keep.mkdir(parents=True, exist_ok=True)
        path = asked.keep / f"{failure.subject.replace('/', '_')}-{asked.seed}-{failure.number}"
        path.write_bytes(failure.content)
        print(f"{path}: {failure.why.strip()[-1200:]}\n")
    print(f"{number:,} inputs of seed {asked.seed}, {len(found)} not read as they should be")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
