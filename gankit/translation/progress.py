"""How many pictures are done, and how long the others will take."""

from __future__ import annotations

import sys
import time
from typing import TextIO

from gankit.training.progress import clock


class Progress:
    """A bar on a terminal, a line now and then elsewhere."""

    def __init__(self, total: int, stream: TextIO | None = None, *, every: float = 10) -> None:
        """`every` is the seconds between lines off a terminal."""
        self._stream = stream or sys.stderr
        self._total, self._every = total, every
        self._begun = self._said = time.monotonic()
        self._bar = None
        if self._stream.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
            from rich.progress import Progress as Bar

            columns = (MofNCompleteColumn(), BarColumn(bar_width=12), TextColumn("{task.description}"))
            self._bar = Bar(*columns, console=Console(file=self._stream), transient=True)
            self._task = self._bar.add_task("starting", total=total)
            self._bar.start()
            self._every = 0.0

    def at(self, done: int) -> None:
        """Say that `done` pictures are behind us, if it is time to."""
        now = time.monotonic()
        if not done or now - self._said < self._every:
            return
        self._said = now
        rate = done / max(now - self._begun, 1e-9)
        text = f"{rate:.3g} pictures/s  {clock((self._total - done) / rate)} left"
        if self._bar is None:
            print(f"{done}/{self._total} pictures  {text}", file=self._stream, flush=True)
        else:
            self._bar.update(self._task, completed=done, description=text)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.stop()
