"""How many pictures are done, and how long the others will take."""

from __future__ import annotations

import time
from typing import TextIO

from gankit.training.progress import Display, clock


class Progress:
    """A bar on a terminal, a line now and then elsewhere."""

    def __init__(self, total: int, stream: TextIO | None = None, *, every: float = 10) -> None:
        """`every` is the seconds between lines off a terminal."""
        self._total = total
        self._begun = self._said = time.monotonic()
        self._display = Display(total, stream)
        self._every = 0.0 if self._display.moves else every

    def at(self, done: int) -> None:
        """Say that `done` pictures are behind us, if it is time to."""
        now = time.monotonic()
        if not done or now - self._said < self._every:
            return
        self._said = now
        rate = done / max(now - self._begun, 1e-9)
        text = f"{rate:.3g} pictures/s  {clock((self._total - done) / rate)} left"
        self._display.show(done, f"{done}/{self._total} pictures", text)

    def close(self) -> None:
        self._display.close()
