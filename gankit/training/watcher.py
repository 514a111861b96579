"""What training is handed to know whether the game is healthy: it looks, and says what it sees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from torch import Tensor

from gankit.game import Terms
from gankit.training.care import Trouble


class Watcher(Protocol):
    """Looks at a game without changing a bit of it. What it says is a function of the game and of its own memory."""

    def before(self, step: int) -> None:
        """Told before the step that ends at `step`."""
        ...

    def after(self, terms: Terms) -> None:
        """Told of the terms of the step that was played, on their device: nothing is fetched."""
        ...

    def due(self, step: int) -> bool:
        """Whether it looks after `step`."""
        ...

    def look(self) -> dict[str, float]:
        """The signals after the last step, by the names they have in the log."""
        ...

    def judge(self, step: int, values: Mapping[str, float]) -> dict[str, Any] | None:
        """The verdict after `step` as the log holds it, where it is another than before; `values` is the log's line."""
        ...

    def trouble(self) -> Trouble | None:
        """What the game needs care for, by the verdict that holds."""
        ...

    @property
    def window(self) -> int:
        """The steps that a verdict looks back on."""
        ...

    def restore(self, tensors: dict[str, Tensor], entries: Sequence[Mapping[str, Any]]) -> None:
        """Take up the memory that `tensors` gave, {} being none, and the lines of the log so far."""
        ...

    def tensors(self) -> dict[str, Tensor]:
        """Its memory, for a checkpoint."""
        ...
