"""Moves as graphs of a device: what takes hundreds of launches is recorded once, then launched as one.

In a graph are the loss, its gradient (through a penalty's as well), the optimiser's step and what `after_turn` does.
Beside it the batch is drawn, which is copied to where the graph reads it, and the average moves. Chance is torch's
generator of the device, which a graph reads when it is replayed: the noise of a step is what it is without one.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Literal

import torch
from torch import Tensor

from gankit.base.devices import module_of, records
from gankit.base.errors import UserError
from gankit.game import Method, Terms, Turn
from gankit.game.batch import DataSpec
from gankit.training.state import State
from gankit.training.told import Told

Engine = Literal["eager", "graph"]
WARM_UP = 3
"""Moves of each turn that are played before it is recorded, on the stream of the recording: they are moves as any."""


def refusal(method: Method[Any], device: torch.device, shards: int = 1) -> str:
    """Why moves of `method` can't be graphs, as far as that is known before they are played; "" where they can."""
    if not records(device):
        return f"{device} records no graphs, which takes a CUDA device"
    if shards > 1:
        return "a move in shards is no single graph"
    return method.uncapturable


class UnrecordableError(UserError):
    """A move that a device does not take down. Nothing of it was played."""

    def __init__(self, turn: Turn, error: RuntimeError) -> None:
        first: BaseException = error
        while isinstance(first.__context__, RuntimeError):  # the end of a recording that is spoilt complains as well
            first = first.__context__
        (said, *_) = str(first).splitlines() or [type(first).__name__]
        self.why = f"the {turn.player}'s move can't be recorded ({said})"
        """As it stands after "engine eager, not graph: "."""
        super().__init__(f"{self.why}: take --engine eager, and --change engine to go on from the last checkpoint")


@dataclass(frozen=True)
class Recording:
    """A move that was recorded."""

    graph: Any
    batch: Any
    """What it is played on, where the graph reads it."""
    moved: list[str]
    noted: list[str]
    values: Tensor
    """The terms of those names, in a row, as the graph leaves them."""

    def play(self, drawn: Any) -> tuple[Terms, Terms]:
        """The move on the batch that was `drawn`; returns the loss's terms, and those noted beside."""
        for name, value in vars(drawn).items():
            getattr(self.batch, name).copy_(value)
        self.graph.replay()
        values = self.values.clone().unbind()  # before the next replay writes there
        many = len(self.moved)
        return dict(zip(self.moved, values, strict=False)), dict(zip(self.noted, values[many:], strict=True))


class Graphed(State):
    """A state whose moves are recorded and replayed; as they were, where that is found not to do."""

    def __init__(self, method: Method[Any], data: DataSpec, *, say: Callable[[str], None], **how: Any) -> None:
        super().__init__(method, data, **how)
        self.refused = ""
        """Why moves are played as they are in the end, found while they were; said as well."""
        self._say = say
        self._module = module_of(self.device)
        self._side = self._module.Stream(self.device)
        self._pool = self._module.graph_pool_handle()
        self._played: dict[int, int] = {}
        self._told: dict[int, Told] = {}
        self._recorded: dict[int, Recording] = {}
        self._noted: Terms = {}
        self._lr: dict[str, float] = {}
        for optimizer in self.optimizers.values():
            group = optimizer.param_groups[0]
            group.update(lr=torch.tensor(group["lr"], device=self.device), capturable=True)
            if not group.get("fused"):  # which is a kernel of its own
                group["foreach"] = True

    def _tune(self, name: str, settings: dict[str, float]) -> None:
        """A graph reads the rate from a tensor; nothing else of the settings changes from step to step."""
        if self._lr.get(name) != settings["lr"]:
            self._lr[name] = settings["lr"]
            self.optimizers[name].param_groups[0]["lr"].fill_(settings["lr"])

    def _move(self, turn: Turn, drawn: Any) -> Terms:
        key = id(turn)  # one of the method's turns, which live as long as this
        if self.refused or self.watched:
            moved, self._noted = self._as_it_is(turn, drawn)
        elif self._played.get(key, 0) < WARM_UP:
            self._played[key] = self._played.get(key, 0) + 1
            moved, self._noted = self._warm_up(turn, drawn)
        else:
            if key not in self._recorded:
                self._recorded[key] = self._record(turn, drawn)
            moved, self._noted = self._recorded[key].play(drawn)
        return moved

    def _settle(self, turn: Turn, moved: Terms, size: int) -> Terms:
        return self._noted

    def _as_it_is(self, turn: Turn, drawn: Any) -> tuple[Terms, Terms]:
        moved = super()._move(turn, drawn)
        return moved, super()._settle(turn, moved, len(drawn))

    def _warm_up(self, turn: Turn, drawn: Any) -> tuple[Terms, Terms]:
        """Play a move on the stream of the recording. Of the last, which makes nothing that only a first move makes, it
        is seen whether it does what no graph holds, and by the one before it what a graph would keep as it was."""
        current = self._module.current_stream(self.device)
        memory, chance, told = dict(self.players.named_buffers()), torch.get_rng_state(), Told()
        self._side.wait_stream(current)
        with waits_noticed(self.device) as waited, self._module.stream(self._side), told:
            terms = self._as_it_is(turn, drawn)
        current.wait_stream(self._side)
        moved_on = [name for name, value in self.players.named_buffers() if value is not memory.get(name)]
        if self._played[id(turn)] < WARM_UP:
            self._told[id(turn)] = told
            return terms
        otherwise = told.otherwise(self._told.pop(id(turn)))
        if waited:
            self.refused = f"the {turn.player}'s move waits for the device ({waited[0]})"
        elif moved_on:
            self.refused = f"the {turn.player}'s move puts another tensor in the place of its memory {moved_on[0]!r}"
        elif not torch.equal(chance, torch.get_rng_state()):
            self.refused = f"the {turn.player}'s move draws random numbers on the CPU"
        elif otherwise:
            self.refused = f"the {turn.player}'s move is not the same operations on other tensors ({otherwise})"
        if self.refused:
            self._recorded.clear()
            self._say(f"engine eager, not graph: {self.refused}")
        return terms

    def _record(self, turn: Turn, drawn: Any) -> Recording:
        batch = replace(drawn, **{name: value.clone() for name, value in vars(drawn).items()})
        graph, current = self._module.CUDAGraph(), self._module.current_stream(self.device)
        how = {"pool": self._pool, "stream": self._side, "capture_error_mode": "thread_local"}
        try:
            with self._module.stream(current), self._module.graph(graph, **how), at_waits(self.device, "error"):
                moved, noted = self._as_it_is(turn, batch)
                values = torch.stack([value.detach().float() for value in (*moved.values(), *noted.values())])
        except RuntimeError as error:  # whatever a device does not take down
            raise UnrecordableError(turn, error) from error
        return Recording(graph, batch, list(moved), list(noted), values)

    def restore(self, tensors: dict[str, dict[str, Tensor]], counters: dict[str, int]) -> None:
        super().restore(tensors, counters)
        self._played.clear()  # the optimisers' tensors are others than those that graphs hold
        self._told.clear()
        self._recorded.clear()


@contextmanager
def at_waits(device: torch.device, what: Literal["warn", "error"]) -> Iterator[None]:
    """`what` torch does where the program would wait for `device`, for as long as this lasts. An error comes before it
    is tried: an attempt would spoil a recording, and might leave torch's generator and its memory as if the recording
    still went on."""
    module = module_of(device)
    before = module.get_sync_debug_mode()
    module.set_sync_debug_mode(what)
    try:
        yield
    finally:
        module.set_sync_debug_mode(before)


@contextmanager
def waits_noticed(device: torch.device) -> Iterator[list[str]]:
    """Where the program waits for `device` while this lasts, as file:line, there when it has ended."""
    places = list[str]()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with at_waits(device, "warn"):
            yield places
    for warning in caught:
        text = str(warning.message)
        if "called a synchronizing" in text:
            places.append(f"{warning.filename.rpartition('/')[2]}:{warning.lineno}")
        elif "Synchronization debug mode" not in text:  # a prototype, says torch, when it is first switched on
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
