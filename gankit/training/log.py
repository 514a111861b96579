"""The same values for `log.jsonl`, TensorBoard and the progress bar."""

from __future__ import annotations

import json
import math
from pathlib import Path

import torch

from gankit.game import Terms


class Window:
    """Running sums of the terms on their device, so that a turn never waits for the host."""

    def __init__(self) -> None:
        self._sums: Terms = {}
        self._steps = 0

    def add(self, terms: Terms) -> None:
        for name, value in terms.items():
            self._sums[name] = value.float() if name not in self._sums else self._sums[name] + value
        self._steps += 1

    def take(self) -> dict[str, float]:
        """The mean of each term since the last `take`, fetched in one transfer; NaN if it was NaN at any step."""
        if not self._sums:
            return {}
        means = (torch.stack(list(self._sums.values())) / self._steps).tolist()
        values = dict(zip(self._sums, means, strict=True))
        self.__init__()
        return values


class Log:
    """Appends a line for every step logged. Lines beyond `step`, which a kill left behind, are dropped."""

    def __init__(self, directory: Path, step: int) -> None:
        from torch.utils.tensorboard.writer import SummaryWriter

        path = directory / "log.jsonl"
        if path.exists():
            kept = [line for line in path.read_text().splitlines() if _step(line) <= step]
            partial = path.with_name(f".{path.name}.partial")
            partial.write_text("".join(f"{line}\n" for line in kept))
            partial.replace(path)
        self._file = path.open("a")
        self._board = SummaryWriter(str(directory / "tensorboard"), purge_step=step + 1)

    def write(self, step: int, values: dict[str, float]) -> None:
        self._file.write(json.dumps({"step": step, **values}) + "\n")
        self._file.flush()
        for name, value in values.items():
            self._board.add_scalar(name, value, step)

    def close(self) -> None:
        self._file.close()
        self._board.close()


def _step(line: str) -> float:
    try:
        return json.loads(line)["step"]
    except (ValueError, KeyError, TypeError):
        return math.inf
