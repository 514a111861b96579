"""A moment at which work stops by itself, as it would for a SIGTERM."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

SOON = 1e-6


@contextmanager
def deadline(seconds: float | None) -> Iterator[Callable[[], bool]]:
    """End the block after `seconds`, if it lasts so long; none never ends it. Gives what says whether they are over.

    A training that runs by then writes a checkpoint first; anything else is left where it is. A SIGTERM from outside
    does the same, but raises `SystemExit(143)`. Signals reach the main thread alone: in another, and on a system
    without timers, time does not end the block.
    """
    over, entered = False, time.monotonic()

    def ring(number: int, frame: FrameType | None) -> None:
        nonlocal over
        over = True
        signal.raise_signal(signal.SIGTERM)

    def leave(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield lambda: seconds is not None and time.monotonic() - entered >= seconds
        return
    before = {signal.SIGTERM: signal.signal(signal.SIGTERM, leave), signal.SIGALRM: signal.signal(signal.SIGALRM, ring)}
    outer, _ = signal.getitimer(signal.ITIMER_REAL)
    try:
        if seconds is not None:
            signal.setitimer(signal.ITIMER_REAL, max(seconds, SOON))
        yield lambda: over
    except SystemExit:
        if not over:
            raise
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)
        if outer:  # the block is within another, whose moment comes still, or has passed
            signal.setitimer(signal.ITIMER_REAL, max(outer - (time.monotonic() - entered), SOON))
