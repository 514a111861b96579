"""What is written while training goes on: in a thread, one thing after the other, at a price that is watched."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from types import TracebackType

COST = 0.02
"""Of a training's time, what looking at it and saving it may take."""
ALLOWED = 5.0
"""Seconds that they may take beyond that."""

Job = Callable[[], object]


class Beside:
    """A context in which jobs are done in a thread, those of one `add` at a time, and all of them by its end.

    A job is given what it writes: it must not read what a step changes. An error of one is raised by the next `add`,
    or at the end.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "gankit-writer")
        self._running: Future[None] | None = None
        self._begun = time.monotonic()
        self._spent = 0.0

    def __enter__(self) -> Beside:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._thread.shutdown()
        finally:
            if error is None:
                self.wait()

    @property
    def affordable(self) -> bool:
        """Whether there is time for more of what can be done later, or left out."""
        return self._spent <= ALLOWED + COST * (time.monotonic() - self._begun)

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count the time that this takes among what the jobs cost."""
        begun = time.monotonic()
        yield
        self._spent += time.monotonic() - begun

    def add(self, jobs: Sequence[Job]) -> None:
        """Have `jobs` done, after those before, which are waited for: what they hold is in memory once."""
        self.wait()
        self._running = self._thread.submit(self._do, jobs) if jobs else None

    def wait(self) -> None:
        """Until all that was added is done."""
        running, self._running = self._running, None
        if running:
            running.result()

    def _do(self, jobs: Sequence[Job]) -> None:
        begun = time.thread_time()
        for job in jobs:
            job()
        self._spent += time.thread_time() - begun
