"""How long a step takes."""

from __future__ import annotations

import time
from collections.abc import Callable

from gankit.base.devices import synchronize
from gankit.data import Batches
from gankit.training.state import State


def timed(state: State, batches: Batches, seconds: float, now: Callable[[], float] = time.monotonic) -> float:
    """Seconds of a step by the clock `now`, in the mean of those that are played in so many `seconds` after the first,
    which warms up and counts only where it took as long by itself."""
    begun, started = now(), time.monotonic()
    state.advance(batches)
    synchronize(state.device)
    if 0 < seconds < time.monotonic() - started:
        return now() - begun
    begun, started, played = now(), time.monotonic(), 0
    while not played or time.monotonic() - started < seconds:
        state.advance(batches)
        played += 1
    synchronize(state.device)
    return (now() - begun) / played
