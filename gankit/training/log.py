"""The same values for `log.jsonl`, TensorBoard and the progress bar."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch

from gankit.base.errors import UserError
from gankit.base.files import write_text
from gankit.game import Terms


class Window:
    """Running sums of the terms on their device, so that a turn never waits for the host."""

    def __init__(self) -> None:
        self._sums: Terms = {}
        self._counts: dict[str, int] = {}

    def add(self, terms: Terms) -> None:
        for name, value in terms.items():
            self._sums[name] = value.float() if name not in self._sums else self._sums[name] + value
            self._counts[name] = self._counts.get(name, 0) + 1

    def take(self) -> dict[str, float]:
        """The mean of each term since the last `take`, fetched in one transfer; NaN if it was NaN at any step."""
        if not self._sums:
            return {}
        sums = torch.stack(list(self._sums.values())).tolist()
        means = {name: total / self._counts[name] for name, total in zip(self._sums, sums, strict=True)}
        self._sums, self._counts = {}, {}
        return means


class Log:
    """Appends a line for every step logged. Lines beyond `step`, which a kill left behind, are dropped."""

    def __init__(self, directory: Path, step: int) -> None:
        from torch.utils.tensorboard.writer import SummaryWriter

        path = directory / "log.jsonl"
        if path.exists():
            lines = [line for line in path.read_text().splitlines() if _step(line) <= step]
            write_text(path, "".join(f"{line}\n" for line in lines))
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


def read_log(path: Path) -> list[dict[str, Any]]:
    """The lines of a run's log, without a last one that a kill cut short; none where there is no such file."""
    lines = path.read_text().splitlines() if path.exists() else []
    entries = []
    for number, line in enumerate(lines, 1):
        try:
            entries.append(json.loads(line))
        except json.JSONDecodeError as error:
            if number < len(lines):
                raise UserError(f"line {number} of {path} can't be read: {error}") from None
    return entries


class Series(NamedTuple):
    """One value of a log over the steps that it was logged at."""

    steps: list[int]
    values: list[float]


def series(entries: Iterable[Mapping[str, Any]]) -> dict[str, Series]:
    """The values of a log's lines by name, in the order in which they first appear."""
    by_name: dict[str, Series] = {}
    for entry in entries:
        for name, value in entry.items():
            if name != "step":
                one = by_name.setdefault(name, Series([], []))
                one.steps.append(entry["step"])
                one.values.append(value)
    return by_name
