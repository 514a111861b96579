"""How far, and how long still: a bar on a terminal or in a notebook, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from html import escape
from typing import TextIO

from gankit.base.notebook import Place, in_notebook
from gankit.base.text import printable


class Display:
    """A bar on a terminal or in a notebook, a line now and then elsewhere."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._bar = self._place = None
        if stream is None and in_notebook():
            self._place = Place()
        elif self._stream.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, TextColumn
            from rich.progress import Progress as Bar

            columns = (BarColumn(bar_width=12), TextColumn("{task.description}", markup=False))
            self._bar = Bar(*columns, console=Console(file=self._stream), transient=True)
            self._task = self._bar.add_task("starting", total=1.0)
            self._bar.start()

    @property
    def moves(self) -> bool:
        """Whether it is a bar, which may be moved often."""
        return self._bar is not None or self._place is not None

    @property
    def pause(self) -> float:
        """Seconds that a bar wants between two moves; a terminal's counts them by itself."""
        return 0.5 if self._place is not None else 0.0

    def show(self, share: float, words: str) -> None:
        """`words` beside the bar, of which a `share` is full."""
        if self._place is not None:
            bar = f'<progress value="{share:.3f}"></progress>'
            self._place.show({"text/html": f"<div>{bar} {escape(words)}</div>", "text/plain": words})
        elif self._bar is None:
            print(printable(words), file=self._stream, flush=True)
        else:
            self._bar.update(self._task, completed=share, description=printable(words))

    def close(self) -> None:
        if self._bar is not None:
            self._bar.stop()


class Progress:
    """How many of some things are done, and how long the others will take."""

    def __init__(self, total: int, things: str, stream: TextIO | None = None, *, every: float = 10) -> None:
        """`every` is the seconds between lines off a terminal."""
        self._things = things
        self._total = total
        self._begun = self._said = time.monotonic()
        self._display = Display(stream)
        self._every = self._display.pause if self._display.moves else every

    def at(self, done: int) -> None:
        """Say that `done` of them are behind us, if it is time to."""
        now = time.monotonic()
        if not done or now - self._said < self._every:
            return
        self._said = now
        rate = done / max(now - self._begun, 1e-9)
        text = f"{rate:.3g} {self._things}/s  {clock((self._total - done) / rate)} left"
        self._display.show(done / self._total, f"{done}/{self._total} {self._things}  {text}")

    def close(self) -> None:
        self._display.close()


def clock(seconds: float) -> str:
    """`1:02:03`, or `2:03` under an hour."""
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"
