"""The batches to come, gathered and copied to a device while it computes on the one before."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import torch
from torch import Tensor

from gankit.base.devices import module_of, sent

DEPTH = 2
"""Batches made before they are asked for."""

Parts = dict[str, Tensor]


class Ahead:
    """What `gather` returns for a position, on `device`: it is called in a thread, and its tensors are copied from
    pinned memory in a stream beside the one that computes.

    The next positions are guessed to be `stride` apart; a wrong guess costs the time to gather, and nothing else.
    """

    def __init__(self, gather: Callable[[int], Parts], stride: int, device: torch.device) -> None:
        self._gather, self._stride, self._device = gather, stride, device
        self._module = module_of(device)
        self._stream = self._module.Stream(device)
        self._thread = ThreadPoolExecutor(1, "gankit-batches")
        self._coming: dict[int, Future[tuple[Parts, Any]]] = {}

    def at(self, position: int) -> Parts:
        wanted = [position + step * self._stride for step in range(DEPTH + 1)]
        coming = {each: self._coming.get(each) or self._thread.submit(self._fetch, each) for each in wanted}
        for each, future in self._coming.items():
            if each not in coming:
                future.cancel()
        parts, copied = coming.pop(position).result()
        self._coming = coming
        current = self._module.current_stream(self._device)
        current.wait_event(copied)
        for part in parts.values():
            part.record_stream(current)
        return parts

    def _fetch(self, position: int) -> tuple[Parts, Any]:
        gathered = self._gather(position)
        with self._module.stream(self._stream):
            parts = {name: sent(values, self._device) for name, values in gathered.items()}
            return parts, self._stream.record_event()
