"""How far, how fast, how long still: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from typing import TextIO


class Progress:
    """Shows steps of `total`, from `start` on."""

    def __init__(self, start: int, total: int, stream: TextIO | None = None, *, every: float = 10.0) -> None:
        self._stream = stream or sys.stderr
        self._total = total
        self._every = every
        self._shown = self._mark = time.monotonic()
        self._mark_step, self._mark_images = start, -1
        self.rates = {"steps_per_second": 0.0, "images_per_second": 0.0}
        self._bar = None
        if self._stream.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
            from rich.progress import Progress as Bar

            columns = (MofNCompleteColumn(), BarColumn(bar_width=12), TextColumn("{task.description}"))
            self._bar = Bar(*columns, console=Console(file=self._stream), transient=True)
            self._task = self._bar.add_task("starting", total=total, completed=start)
            self._bar.start()

    def measure(self, step: int, images: int) -> dict[str, float]:
        """Steps and images a second since the last call."""
        now = time.monotonic()
        elapsed = max(now - self._mark, 1e-9)
        if self._mark_images >= 0:
            self.rates = {
                "steps_per_second": (step - self._mark_step) / elapsed,
                "images_per_second": (images - self._mark_images) / elapsed,
            }
        self._mark, self._mark_step, self._mark_images = now, step, images
        return self.rates

    def show(self, step: int, values: dict[str, float], *, last: bool = False) -> None:
        """Say where the run is; off a terminal, at most every few seconds."""
        now = time.monotonic()
        if self._bar is None and now - self._shown < self._every and not last:
            return
        self._shown = now
        speed, images = self.rates.values()
        left = clock((self._total - step) / speed) if speed else "?"
        terms = "  ".join(f"{short(name)} {value:.3f}" for name, value in values.items())
        text = f"{speed:.1f} steps/s  {images:.0f} images/s  {left} left  {terms}"
        if self._bar is None:
            print(f"step {step}/{self._total}  {text}", file=self._stream, flush=True)
        else:
            self._bar.update(self._task, completed=step, description=text)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.stop()


def clock(seconds: float) -> str:
    """`1:02:03`, or `2:03` under an hour."""
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def short(name: str) -> str:
    """`discriminator/real` as `D real`."""
    player, _, term = name.partition("/")
    return f"{player[0].upper()} {term}" if term else name
