"""The run directory: the contract between training and everything that looks at it.

config.json             the method, the data and the seed: what must be equal for a run to continue
log.jsonl, tensorboard/ the loss terms and the speed, step by step
previews/               the same latents or inputs, as the generator learns
report.html             the previews and the losses on a page
checkpoints/            step-000500/ and the like
method.py               a user's own method, where it came from a file
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gankit.base.config import differences
from gankit.base.errors import UserError
from gankit.base.files import write_text
from gankit.base.modules import source_of
from gankit.game import Method
from gankit.runs.config import completed

CONFIG, CHECKPOINTS, PREVIEWS, LOG, METHOD = "config.json", "checkpoints", "previews", "log.jsonl", "method.py"
MOOT = (
    "gankit:",
    "data.source:",
    "data.size:",
    "data.halves:",
    "data.values",
    "data.other_values",
    "data.labels:",
    "data.layout:",
)
"""What may differ in a run that goes on: a folder may be moved and gankit updated; what the data are is in their
content's digest."""


@contextmanager
def claimed(directory: Path, config: dict[str, Any], method: Method[Any]) -> Iterator[None]:
    """Hold `directory` for the run of `config` and nobody else, made where it is new.

    Raises `UserError` where it holds something else than this very run, or where another process trains in it.
    """
    _refuse_another(directory, config)
    directory.mkdir(parents=True, exist_ok=True)
    with locked(directory):
        if not (directory / CONFIG).is_file():
            _write_config(directory, config, method)
        yield


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Hold the directory's lock, which the system drops when the process dies."""
    try:
        import fcntl
    except ImportError:  # no such lock on this system
        yield
        return
    with (directory / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise UserError(f"another process is training in {directory}") from None
        yield


def _refuse_another(directory: Path, config: dict[str, Any]) -> None:
    path = directory / CONFIG
    if path.is_file():
        try:
            old = json.loads(path.read_text())
        except json.JSONDecodeError as error:
            raise UserError(f"{path} can't be read: {error}") from None
        known = {key: completed(value) for key, value in old.items()}
        changed = [line for line in differences(known, config) if not line.startswith(MOOT)]
        if changed:
            raise UserError(
                f"{directory} holds another run; differing fields: {'; '.join(changed)}. Take another --out, or "
                "repeat its options"
            )
    elif directory.exists() and (not directory.is_dir() or any(p.name != ".lock" for p in directory.iterdir())):
        raise UserError(f"{directory} is no run and not empty: take another --out")


def _write_config(directory: Path, config: dict[str, Any], method: Method[Any]) -> None:
    try:
        if source := source_of(type(method)):
            (directory / METHOD).write_bytes(source.read_bytes())
        write_text(directory / CONFIG, json.dumps(config, indent=1) + "\n")
    except OSError:
        shutil.rmtree(directory, ignore_errors=True)  # it was ours and empty a moment ago
        raise
