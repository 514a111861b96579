"""How far a training is, how fast it goes, and how long it still takes."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import TextIO

from gankit.base.progress import Display, clock

ENDLESS = 10**9
"""Steps that are asked for where only the time is meant to end a training."""
USUAL = 5000
"""Steps of a training where neither they nor a time are asked for."""
FEW = 1_000
"""Steps of which most methods need more."""


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


class Moments:
    """When people like to look at something that has begun: after 10 s, 30 s, 1, 2, 5 and 10 minutes, and every 10
    minutes from then on."""

    FIRST = (10, 30, 60, 120, 300)

    def __init__(self) -> None:
        self._done = 0

    def passed(self, seconds: float) -> bool:
        """Whether one has come since this was last asked, `seconds` after the beginning."""
        before, self._done = self._done, sum(seconds >= each for each in self.FIRST) + int(seconds // 600)
        return self._done > before


class TrainingProgress:
    """Shows where a run is; called after every step, it mostly returns at once."""

    def __init__(
        self,
        step: int,
        images: int,
        total: int,
        stream: TextIO | None = None,
        *,
        every: float = 10,
        left: Callable[[], float] = lambda: math.inf,
    ) -> None:
        """`every` is the seconds between lines off a terminal; a bar moves every second. `left` tells the seconds after
        which training stops at the latest."""
        self.values: dict[str, float] = {}
        """The loss terms to show, as they were last fetched."""
        self._total, self._left = total, left
        self._speed = Speed(step, images)
        self._display = Display(stream)
        self._every = 1.0 if self._display.moves else every

    def tick(self, step: int, images: int, *, last: bool = False) -> None:
        """Say where the run is, if it is time to."""
        if self._speed.elapsed() < self._every and not last:
            return
        steps_per_second, images_per_second = self._speed.look(step, images).values()
        missing = self._total - step
        needed = missing / steps_per_second if steps_per_second else math.inf if missing else 0.0
        seconds = min(needed, max(0.0, self._left()))
        left = clock(seconds) if math.isfinite(seconds) else "?"
        reached = step + seconds * steps_per_second if math.isfinite(seconds) and steps_per_second else self._total
        terms = "  ".join(f"{short(name)} {value:.3f}" for name, value in self.values.items())
        words = f"step {step}/{self._total}" if needed <= seconds else f"step {step}"
        words += f"  {steps_per_second:.3g} steps/s  {images_per_second:,.0f} images/s  {left} left  {terms}".rstrip()
        self._display.show(step / max(reached, 1), words)

    def close(self) -> None:
        self._display.close()


def fitting(asked: int, left: int, seconds: float, per_second: float, batch: int) -> str | None:
    """What is said where fewer steps fit into `seconds` than are `left` of those `asked`; None where all do. Where
    minutes alone are asked for, the usual number is what is missed, and if few are made in all, what makes room for
    more.

    For a batch of more than 256 the largest power of two, of 64 at least, is offered with which all would fit if a
    step's time went with its batch.
    """
    fit, done = round(seconds * per_second), asked - left
    endless = asked == ENDLESS
    if endless:
        left = USUAL - done
    if fit >= left:
        return None
    offered = max(64, 1 << max(int(batch * fit / left), 1).bit_length() - 1) if batch > 256 else None
    if not endless:
        smaller = f", or a smaller batch than {batch:,}: --batch-size {offered}" if offered else ""
        return f"about {fit:,} steps more, of {asked:,}, fit into the time: for all take more --minutes{smaller}"
    line = f"about {fit:,} steps fit into the time"
    if offered:
        return f"{line}: --batch-size {offered} for more than those of {batch:,}"
    if done + fit >= FEW:
        return line
    room = "smaller pictures (--size) or batches (--batch-size), or a smaller network, make room for more"
    return f"{line}, and most methods need {FEW:,} at least: {room}"


def short(name: str) -> str:
    """`discriminator/real` as `D real`."""
    player, _, term = name.partition("/")
    return f"{player[0].upper()} {term}" if term else name
