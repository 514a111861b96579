"""How far, how fast, how long still: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from typing import TextIO


class Speed:
    """Steps and images a second between two looks."""

    def __init__(self, step: int, images: int) -> None:
        self._then = time.monotonic(), step, images

    def elapsed(self) -> float:
        return time.monotonic() - self._then[0]

    def look(self, step: int, images: int) -> dict[str, float]:
        """The rates since the last look."""
        before, self._then = self._then, (time.monotonic(), step, images)
        seconds = max(self._then[0] - before[0], 1e-9)
        return {"steps_per_second": (step - before[1]) / seconds, "images_per_second": (images - before[2]) / seconds}


class Display:
    """A bar on a terminal, a line now and then elsewhere."""

    def __init__(self, total: int, stream: TextIO | None = None, *, completed: int = 0) -> None:
        self._stream = stream or sys.stderr
        self._total = total
        self._bar = None
        if self._stream.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
            from rich.progress import Progress as Bar

            columns = (MofNCompleteColumn(), BarColumn(bar_width=12), TextColumn("{task.description}"))
            self._bar = Bar(*columns, console=Console(file=self._stream), transient=True)
            self._task = self._bar.add_task("starting", total=total, completed=completed)
            self._bar.start()

    @property
    def moves(self) -> bool:
        """Whether it is a bar, which may be moved often."""
        return self._bar is not None

    def show(self, done: int, line: str, text: str) -> None:
        """`text` beside the bar, `done` of it full; where there is none, `line` before `text`."""
        if self._bar is None:
            print(f"{line}  {text}", file=self._stream, flush=True)
        else:
            self._bar.update(self._task, completed=done, description=text)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.stop()


class Progress:
    """Shows where a run is; called after every step, it mostly returns at once."""

    def __init__(self, step: int, images: int, total: int, stream: TextIO | None = None, *, every: float = 10) -> None:
        """`every` is the seconds between lines off a terminal; a bar moves every second."""
        self.values: dict[str, float] = {}
        """The loss terms to show, as they were last fetched."""
        self._total = total
        self._speed = Speed(step, images)
        self._display = Display(total, stream, completed=step)
        self._every = 1.0 if self._display.moves else every

    def tick(self, step: int, images: int, *, last: bool = False) -> None:
        """Say where the run is, if it is time to."""
        if self._speed.elapsed() < self._every and not last:
            return
        steps_per_second, images_per_second = self._speed.look(step, images).values()
        left = clock((self._total - step) / steps_per_second) if steps_per_second else "?"
        terms = "  ".join(f"{short(name)} {value:.3f}" for name, value in self.values.items())
        text = f"{steps_per_second:.3g} steps/s  {images_per_second:,.0f} images/s  {left} left  {terms}".rstrip()
        self._display.show(step, f"step {step}/{self._total}", text)

    def close(self) -> None:
        self._display.close()


def clock(seconds: float) -> str:
    """`1:02:03`, or `2:03` under an hour."""
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def short(name: str) -> str:
    """`discriminator/real` as `D real`."""
    player, _, term = name.partition("/")
    return f"{player[0].upper()} {term}" if term else name
