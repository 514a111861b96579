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
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gankit.base.config import differences
from gankit.base.errors import UserError
from gankit.base.files import locked, write_text
from gankit.base.modules import source_of
from gankit.game import Method
from gankit.runs.config import completed

CONFIG, CHECKPOINTS, PREVIEWS, LOG, METHOD = "config.json", "checkpoints", "previews", "log.jsonl", "method.py"
LOCK = ".lock"
MOOT = ("gankit:", "data.source:", "data.size:", "data.halves:")
"""What may differ in a run that goes on: a folder may be moved and gankit updated; what the data are is in their
content's digest."""


CHANGEABLE = ("batch_size", "precision", "ema")
OPTIMIZERS = ("method.generator_optimizer.", "method.discriminator_optimizer.")


def read_config(directory: Path) -> dict[str, Any] | None:
    """What the run in `directory` states; None where there is none. Raises `UserError` for what can't be read."""
    path = directory / CONFIG
    if not path.is_file():
        return None
    try:
        return json.loads(path.read_text())
    except ValueError as error:
        raise UserError(f"{path} can't be read: {error}") from None


@contextmanager
def claimed(
    directory: Path, config: dict[str, Any], method: Method[Any], *, change: Collection[str] = ()
) -> Iterator[None]:
    """Hold `directory` for the run of `config` and nobody else, made where it is new. What is named in `change` may
    differ from what it states so far: that is noted there.

    Raises `UserError` where it holds something else than this very run, or where another process trains in it.
    """
    wanted = [name.replace("-", "_") for name in change]
    stated = read_config(directory)
    changed = _changes(directory, stated, config, wanted)
    directory.mkdir(parents=True, exist_ok=True)
    with locked(directory / LOCK, f"another process is training in {directory}"):
        if stated is None:
            _write_config(directory, config, method)
        elif changed:
            steps = [int(path.name.removeprefix("step-")) for path in (directory / CHECKPOINTS).glob("step-*")]
            note = {"step": max(steps, default=0), "fields": changed}
            config |= {"data": stated["data"], "changes": [*stated.get("changes", []), note]}
            write_text(directory / CONFIG, json.dumps(config, indent=1) + "\n")
        yield


def _changes(
    directory: Path, stated: dict[str, Any] | None, config: dict[str, Any], wanted: Collection[str]
) -> list[str]:
    """How `config` differs from what is `stated`, in nothing but the fields `wanted`; `UserError` otherwise."""
    if stated is None:
        if directory.exists() and (not directory.is_dir() or any(p.name != LOCK for p in directory.iterdir())):
            raise UserError(f"{directory} is no run and not empty: take another --out")
        return []
    known = {key: completed(value) for key, value in stated.items() if key != "changes"}
    lines = [line for line in differences(known, config) if not line.startswith(MOOT)]
    other = [line for line in lines if not _may_change(line, wanted)]
    if other:
        changeable = [line for line in other if _may_change(line, (_leaf(line),))]
        hint = f", or allow it: --change {' '.join(_leaf(line).replace('_', '-') for line in changeable)}"
        raise UserError(
            f"{directory} holds another run; differing fields: {'; '.join(other)}. Take another --out, or "
            f"repeat its options{hint if changeable == other else ''}"
        )
    return lines


def _leaf(line: str) -> str:
    """`batch_size` of "method.batch_size: 64 -> 128"."""
    return line.partition(": ")[0].rpartition(".")[2]


def _may_change(line: str, wanted: Collection[str]) -> bool:
    """Whether a run may go on with this difference, if it is one of those `wanted`."""
    leaf = _leaf(line)
    kinds = leaf in CHANGEABLE or (line.startswith(OPTIMIZERS) and leaf != "class")
    return kinds and leaf in wanted


def _write_config(directory: Path, config: dict[str, Any], method: Method[Any]) -> None:
    try:
        if source := source_of(type(method)):
            (directory / METHOD).write_bytes(source.read_bytes())
        write_text(directory / CONFIG, json.dumps(config, indent=1) + "\n")
    except OSError:
        shutil.rmtree(directory, ignore_errors=True)  # it was ours and empty a moment ago
        raise
