"""Who is told how a training goes, and can't change it."""

from __future__ import annotations

import copy
import queue
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from gankit.base.errors import UserError


@dataclass(frozen=True, kw_only=True)
class Training:
    """What a training is when it starts, or goes on."""

    directory: Path
    """The run's."""
    config: Mapping[str, Any]
    """What its config.json says."""
    step: int
    """Where it starts; above 0 where it goes on."""
    steps: int
    """Where it is to end."""


class Callback:
    """Is told how a training goes; a subclass overrides what it wants to hear.

    It is called in the thread that trains, and waited for. What it is given are copies; chance is seeded anew at every
    step, and what it does to torch's modes (gradients, the default type, threads, precision) is put back: a run has the
    same bits with it as without. Where it raises at the start, nothing is trained; where it raises later, that is said
    in a line, it is told nothing more, and training goes on. `signal.raise_signal(signal.SIGINT)` is how it asks for an
    end: at a checkpoint, as Ctrl-C does.
    """

    def on_start(self, training: Training) -> None:
        """Before the first step."""

    def on_step(self, step: int, values: Mapping[str, float]) -> None:
        """After every step. `values` is what is logged of it, by the names of log.jsonl: loss terms, speed, health and
        scores; nothing on most steps, as only `log_every` and scores fetch them from the device."""

    def on_checkpoint(self, step: int, path: Path) -> None:
        """After the step at whose end it is noticed that the checkpoint of `step` is whole on the disk, in the folder
        `path`. A later one, or `keep`, may have it deleted."""

    def on_preview(self, step: int, picture: Image.Image) -> None:
        """The same for a preview of the average generator, which is in the run's `previews` by then."""

    def on_end(self, step: int) -> None:
        """When training is over at `step`: done, out of time, interrupted or failed."""


Say = Callable[[str], None]


class Callbacks:
    """Callbacks, told one after the other for as long as they do not fail."""

    def __init__(self, told: Sequence[Callback], say: Say) -> None:
        for callback in told:
            if not isinstance(callback, Callback):
                raise UserError(f"callbacks are instances of subclasses of gankit.Callback, not {callback!r:.60}")
        self._told, self._say = list(told), say
        self._written: queue.SimpleQueue[tuple[str, int, Any]] = queue.SimpleQueue()

    def start(self, training: Training) -> None:
        """Raises `UserError` where a callback fails."""
        for number, callback in enumerate(self._told):
            try:
                with _put_back():
                    callback.on_start(copy.deepcopy(training))
            except Exception as error:
                del self._told[number:]
                self.end(training.step)
                raise UserError(f"{_failed(callback, 'on_start', error)}; nothing was trained") from error

    def written(self, hook: str, step: int, what: Any) -> None:
        """Note, from any thread, that `what` is on the disk; `step` tells of it."""
        self._written.put((hook, step, what))

    def step(self, step: int, values: Mapping[str, float]) -> None:
        """Tell of a step, and of what was written since the last."""
        self._tell("on_step", step, lambda: dict(values))
        self.flush()

    def flush(self) -> None:
        """Tell of what was written."""
        while not self._written.empty():
            hook, step, what = self._written.get()
            self._tell(hook, step, lambda what=what: copy.copy(what))

    def end(self, step: int) -> None:
        self._tell("on_end", step)

    def _tell(self, hook: str, step: int, *given: Callable[[], Any]) -> None:
        for callback in tuple(self._told):
            try:
                with _put_back():
                    getattr(callback, hook)(step, *(one() for one in given))
            except Exception as error:
                self._told.remove(callback)
                self._say(f"{_failed(callback, hook, error)} at step {step:,}: it is told nothing more")


def _failed(callback: Callback, hook: str, error: Exception) -> str:
    what = " ".join(f"{type(error).__name__}: {error}".split()).rstrip(": ")
    return f"the callback {type(callback).__name__} failed in {hook} ({what[:300]})"


@contextmanager
def _put_back() -> Iterator[None]:
    """What another's program does to torch meanwhile does not last."""
    gradients, kind, threads = torch.is_grad_enabled(), torch.get_default_dtype(), torch.get_num_threads()
    products, exact = torch.get_float32_matmul_precision(), torch.get_deterministic_debug_mode()
    try:
        yield
    finally:
        torch.set_grad_enabled(gradients)
        torch.set_default_dtype(kind)
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)
        torch.set_float32_matmul_precision(products)
        torch.set_deterministic_debug_mode(exact)
