"""Streams of the pretended device (`tests.pretend`), and graphs of what it was told."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

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
