"""The same values for `log.jsonl`, TensorBoard and the progress bar."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from PIL import Image

from gankit.base.errors import UserError
from gankit.base.files import naming, open_own, read_bytes, sync, write_bytes
from gankit.base.typed import fits
from gankit.game import Terms
from gankit.pictures import over_white

NAME = "log.jsonl"
NOTES: dict[str, dict[str, Any]] = {
    "verdict": {"name": str, "degree": str | None, "since": int, "evidence": dict, "remedy": str},
    "care": {"verdict": str, "from": int, "back": int, "player": str, "rate": float},
}
"""What a line may hold that is no number, and the types of what is in it."""


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
    """Appends a line for every step logged.

    What a kill left behind is dropped: lines beyond `step`, or, where the checkpoint of that step sealed the log, all
    that is beyond the seal. Raises `UserError` where the log is not what the checkpoint was saved with.
    """

    def __init__(self, directory: Path, step: int, sealed: Sequence[Any] | None = None) -> None:
        from torch.utils.tensorboard.writer import SummaryWriter

        self._path = path = directory / NAME
        self._hash, self._length = hashlib.blake2b(digest_size=16), 0
        kept = _kept(path, step, sealed) if path.exists() else b""
        if path.exists():
            write_bytes(path, kept)
        self._count(kept)
        self._file = os.fdopen(open_own(path, os.O_WRONLY | os.O_APPEND), "wb")
        self._board = SummaryWriter(str(directory / "tensorboard"), purge_step=step + 1)

    def write(self, step: int, values: dict[str, float]) -> None:
        self._append({"step": step, **values})
        for name, value in values.items():
            self._board.add_scalar(name, value, step)

    def note(self, step: int, **what: dict[str, Any]) -> None:
        """A line of what is no number: a verdict, say."""
        self._append({"step": step, **what})
        for name, content in what.items():
            self._board.add_text(name, json.dumps(content), step)

    def picture(self, step: int, picture: Image.Image) -> None:
        """Show a preview in TensorBoard; it may be called from another thread than the rest."""
        self._board.add_image("preview", np.asarray(over_white(picture).convert("RGB")), step, dataformats="HWC")

    def _append(self, entry: dict[str, Any]) -> None:
        line = json.dumps(entry).encode() + b"\n"
        with naming(self._path):
            self._file.write(line)
            self._file.flush()
        self._count(line)

    def seal(self) -> list[int | str]:
        """Length and hash of all that was logged, on the disk by now, for a checkpoint to keep."""
        with naming(self._path):
            sync(self._file)
        return [self._length, self._hash.hexdigest()]

    def close(self) -> None:
        with naming(self._path):  # a line that found no room is tried once more
            self._file.close()
        self._board.close()

    def _count(self, content: bytes) -> None:
        self._hash.update(content)
        self._length += len(content)


def _kept(path: Path, step: int, sealed: Sequence[Any] | None) -> bytes:
    content = read_bytes(path)
    if sealed is None:  # by a version that sealed no logs
        parsed = read_log(path)
        lines = content.splitlines(keepends=True)
        return b"".join(line for line, found in zip(lines, parsed, strict=False) if found["step"] <= step)
    length, digest = sealed
    if hashlib.blake2b(content[:length], digest_size=16).hexdigest() != digest:
        raise UserError(f"{path} is not what the checkpoint of step {step} was saved with: move it away to go on")
    return content[:length]


def read_log(path: Path) -> list[dict[str, Any]]:
    """The lines of a run's log, without a last one that a kill cut short; none where there is no such file.

    A line gives numbers to names and a step; what `NOTES` names is an object. Raises `UserError` for a line that is
    damaged: one that is no JSON, or something else than that.
    """
    lines = read_bytes(path).splitlines() if path.exists() else []
    entries = []
    for number, line in enumerate(lines, 1):
        try:
            values = json.loads(line)
        except (ValueError, RecursionError) as error:
            if number < len(lines):
                raise UserError(f"line {number} of {path} can't be read: {error}") from None
            break
        if not _is_entry(values):
            raise UserError(f"line {number} of {path} can't be read: it is no step with numbers")
        entries.append(values)
    return entries


def _is_entry(values: Any) -> bool:
    if not isinstance(values, dict) or not fits(values.get("step"), int):
        return False
    numbers = {name: value for name, value in values.items() if name not in NOTES}
    notes = [(values[name], typed) for name, typed in NOTES.items() if name in values]
    typed = (
        isinstance(note, dict) and all(fits(note.get(n), kind) for n, kind in shape.items()) for note, shape in notes
    )
    return all(isinstance(value, int | float) for value in numbers.values()) and all(typed)


class Series(NamedTuple):
    """One value of a log over the steps that it was logged at."""

    steps: list[int]
    values: list[float]


def series(entries: Iterable[Mapping[str, Any]]) -> dict[str, Series]:
    """The values of a log's lines by name, in the order in which they first appear."""
    by_name: dict[str, Series] = {}
    for entry in entries:
        for name, value in entry.items():
            if name != "step" and name not in NOTES:
                one = by_name.setdefault(name, Series([], []))
                one.steps.append(entry["step"])
                one.values.append(value)
    return by_name
