"""Streams of the pretended device (`tests.pretend`), and graphs of what it was told."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils import _pytree as tree


class Stream:
    """Work in the order in which it was given; what it makes may be used in another once its event was waited for."""

    def __init__(self, device: object = None) -> None:
        self.tick = 0
        self.knows: dict[Stream, int] = {}

    def __deepcopy__(self, memo: object) -> Stream:
        return self

    def record_event(self) -> tuple[Stream, int]:
        return self, self.tick

    def wait_stream(self, stream: Stream) -> None:
        self.wait_event(stream.record_event())

    def wait_event(self, event: tuple[Stream, int]) -> None:
        stream, tick = event
        self.knows[stream] = max(tick, self.knows.get(stream, 0))


class Graph:
    """Operations that were recorded, without being done, and can be done again on the tensors that they were given."""

    def __init__(self) -> None:
        self.operations: list[tuple[Any, Any, Any, list[tuple[Any, Tensor]], Callable[[], Any]]] = []
        self.before: list[tuple[Tensor, Tensor]] = []
        self.spoilt = False

    def add(
        self, func: Any, args: Any, kwargs: Any, out: list[Any], around: Callable[[], AbstractContextManager[None]]
    ) -> None:
        """Remember `func` of tensors on the host, which is done within `around` and makes the values of `out`."""
        if torch.Tag.inplace_view not in func.tags:  # which changes no value
            args, kwargs = tree.tree_map_only(Tensor, Tensor.detach, (args, kwargs))  # of the shapes that they have now
            self.operations.append((func, args, kwargs, [(each, each.held.detach()) for each in out], around))

    def keep(self, held: list[Tensor]) -> None:
        """Remember what tensors were before an operation that is only being recorded; expanded ones are not written."""
        for each in held:
            if not any(step == 0 and many > 1 for many, step in zip(each.shape, each.stride(), strict=True)):
                self.before.append((each.detach(), each.clone()))

    def put_back(self) -> None:
        for held, before in reversed(self.before):
            held.copy_(before)
        self.before.clear()

    def replay(self) -> None:
        for func, args, kwargs, out, around in self.operations:
            with around():
                found = [leaf for leaf in tree.tree_leaves(func(*args, **kwargs)) if isinstance(leaf, Tensor)]
            for (made, held), new in zip(out, found, strict=True):
                if held.data_ptr() != new.data_ptr():
                    held.copy_(new)
                made.stamp()


HEALTH_CHECK = torch.optim.Optimizer._accelerator_graph_capture_health_check


class Recorder:
    """What of `torch.cuda` has to do with streams and graphs."""

    Stream = Stream
    CUDAGraph = Graph
    states: list[Tensor]
    recording: Graph | None = None
    sync_debug_mode = "default"
    debugged = False

    def __init__(self) -> None:
        self.default_stream = Stream()
        self.main_stream = self.default_stream
        """The main thread's, in which torch's own threads differentiate."""
        self.thread = threading.local()
        self.left: list[AbstractContextManager[None]] = []
        """Contexts that were never left."""

    def waited(self, wait: str) -> None:
        """To wait is warned of or refused where that is asked for, and spoils a graph that is recorded."""
        if self.sync_debug_mode == "error":
            raise RuntimeError(f"called a synchronizing operation: {wait}")
        self.spoil(wait)
        if self.sync_debug_mode == "warn":
            warnings.warn(f"called a synchronizing operation: {wait}", stacklevel=3)

    def spoil(self, wait: str) -> None:
        if self.recording is not None:
            self.recording.spoilt = True
            raise RuntimeError(f"operation not permitted when stream is capturing: {wait}")

    def refuse_recording(self) -> None:
        """A generator of the device can't be read or set while a graph is recorded, which draws from it."""
        if self.recording is not None:
            raise RuntimeError("Cannot call the generator's state during graph capture")

    def check_optimizer(self, optimizer: torch.optim.Optimizer) -> None:
        """Torch's own check whether an optimiser may be recorded, which it makes on devices of some kinds alone."""
        stream = SimpleNamespace(is_capturing=lambda: self.recording is not None)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(torch.accelerator, "current_accelerator", lambda check_available: torch.device("cuda"))
            patch.setattr(torch.accelerator, "current_stream", lambda: stream)
            HEALTH_CHECK(optimizer)

    def get_sync_debug_mode(self) -> str:
        return self.sync_debug_mode

    def set_sync_debug_mode(self, mode: str) -> None:
        self.sync_debug_mode = mode
        if not self.debugged:
            self.debugged = True
            warnings.warn("Synchronization debug mode does not yet detect all synchronizing operations", stacklevel=2)

    def graph_pool_handle(self) -> object:
        return object()

    @contextmanager
    def graph(self, graph: Graph, *, pool: object, stream: Stream, capture_error_mode: str) -> Iterator[None]:
        stream.wait_stream(self.current_stream())
        states, self.recording = list(self.states), graph
        within = self.stream(stream)
        within.__enter__()
        try:
            yield
        finally:
            self.recording, self.states = None, states
            graph.put_back()
            if graph.spoilt:  # torch leaves the stream current, then
                self.left.append(within)
                raise RuntimeError("operation failed due to a previous error during capture")
            within.__exit__(None, None, None)

    def current_stream(self, device: object = None) -> Stream:
        return getattr(self.thread, "stream", self.main_stream)

    @contextmanager
    def stream(self, stream: Stream) -> Iterator[None]:
        before, self.thread.stream = self.current_stream(), stream
        on_main = threading.current_thread() is threading.main_thread()
        self.main_stream = stream if on_main else self.main_stream
        try:
            yield
        finally:
            self.thread.stream = before
            self.main_stream = before if on_main else self.main_stream
