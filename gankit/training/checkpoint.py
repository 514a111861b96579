"""Checkpoints: whole or absent, never half.

A checkpoint is a directory `step-000500` of safetensors files and a `state.json` with the size and hash of each.
It is written under another name, synced to the disk and renamed, so a kill at any moment leaves the one before.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from gankit.base.errors import UserError

Tensors = dict[str, dict[str, Tensor]]


def write(directory: Path, tensors: Tensors, facts: dict[str, Any]) -> Path:
    """Save `tensors` (by file, then by name) and `facts` (JSON; `facts["step"]` names the checkpoint)."""
    final = directory / f"step-{facts['step']:06d}"
    partial = directory / f".{final.name}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir(parents=True)
        files = {}
        for name, group in tensors.items():
            content = save({key: value.contiguous() for key, value in group.items()})
            files[f"{name}.safetensors"] = _seal(content)
            _write_synced(partial / f"{name}.safetensors", content)
        _write_synced(partial / "state.json", json.dumps({**facts, "files": files}, indent=1).encode())
        shutil.rmtree(final, ignore_errors=True)
        partial.rename(final)
        _sync(directory)
    except BaseException as error:
        shutil.rmtree(partial, ignore_errors=True)
        if isinstance(error, OSError):
            kept = f"{older[-1]} is kept" if (older := listed(directory)) else "there is none before it"
            why = (error.strerror or str(error)).lower()
            raise UserError(f"can't write {final} ({why}); {kept}: make room and repeat the command") from error
        raise
    return final


def read(checkpoint: Path, *names: str) -> tuple[Tensors, dict[str, Any]]:
    """The tensors (of the files `names`, or of all) and the facts; `UserError` if a byte is missing or wrong."""
    try:
        facts = json.loads((checkpoint / "state.json").read_bytes())
        tensors = {}
        for name in names or [Path(file).stem for file in facts["files"]]:
            content = (checkpoint / f"{name}.safetensors").read_bytes()
            if facts["files"][f"{name}.safetensors"] != _seal(content):
                raise UserError(f"{name}.safetensors is damaged")
            tensors[name] = load(content)
        return tensors, facts
    except (OSError, KeyError, TypeError, ValueError, SafetensorError) as error:
        raise UserError(f"checkpoint {checkpoint} can't be read: {error}") from None


def newest(directory: Path, say: Callable[[str], None], *names: str) -> tuple[Tensors, dict[str, Any]] | None:
    """The newest checkpoint that is whole; damaged ones are passed over, and it is said. None without any."""
    for checkpoint in reversed(listed(directory)):
        try:
            return read(checkpoint, *names)
        except UserError as error:
            say(f"{error}; trying the one before")
    return None


def listed(directory: Path) -> list[Path]:
    """The checkpoints in `directory`, oldest first."""
    return sorted(directory.glob("step-*"), key=lambda path: int(path.name.removeprefix("step-")))


def prune(directory: Path, keep: int, spare: Collection[int] = ()) -> None:
    """Delete all but the last `keep` checkpoints and those of the steps in `spare`."""
    spared = {f"step-{step:06d}" for step in spare}
    for checkpoint in listed(directory)[:-keep]:
        if checkpoint.name not in spared:
            # Renamed first, so that a kill while deleting leaves no checkpoint with files missing.
            doomed = checkpoint.rename(directory / f".{checkpoint.name}.partial")
            shutil.rmtree(doomed)


def _seal(content: bytes) -> list[int | str]:
    return [len(content), hashlib.blake2b(content, digest_size=16).hexdigest()]


def _write_synced(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
