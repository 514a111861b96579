"""Checkpoints: whole or absent, never half.

A checkpoint is a directory `step-000500` of safetensors files and a `state.json` with the size and hash of each, and a
hash of its own. It is written under another name, synced to the disk and renamed, so a kill at any moment leaves the
one before.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor

from gankit.base.errors import UserError
from gankit.base.files import read_bytes, read_json, sync, sync_folder
from gankit.base.typed import fits
from gankit.training.tensor_files import pieces

Tensors = dict[str, dict[str, Tensor]]
FACTS: dict[str, Any] = {"step": int, "images": int, "best": dict | None, "files": dict}
NAME = re.compile(r"step-\d{6,15}")
PART = re.compile(r"\w+\.safetensors")
"""What the directory of a checkpoint is called, and the files in it that hold tensors."""
DIGEST = 16
"""Bytes of a hash."""


def snapshot(tensors: Tensors) -> Tensors:
    """`tensors` as they are now, on the CPU, in memory of their own."""
    return {
        file: {name: value.to("cpu", copy=True, memory_format=torch.contiguous_format) for name, value in group.items()}
        for file, group in tensors.items()
    }


def write(directory: Path, tensors: Tensors, facts: dict[str, Any]) -> Path:
    """Save `tensors` (by file, then by name) and `facts` (JSON; `facts["step"]` names the checkpoint)."""
    final = directory / f"step-{facts['step']:06d}"
    partial = directory / f".{final.name}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir(parents=True)
        files = {}
        for name, group in tensors.items():
            files[f"{name}.safetensors"] = _write_synced(partial / f"{name}.safetensors", pieces(group))
        facts = {**facts, "files": files}
        facts["seal"] = seal(_canonical(facts))
        _write_synced(partial / "state.json", [json.dumps(facts, indent=1).encode()])
        shutil.rmtree(final, ignore_errors=True)
        partial.rename(final)
        sync_folder(directory)
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
        facts = read_facts(checkpoint)
        tensors = {}
        for name in names or [file.removesuffix(".safetensors") for file in facts["files"]]:
            content = read_bytes(checkpoint / f"{name}.safetensors")
            if facts["files"].get(f"{name}.safetensors") != seal(content):
                raise UserError(f"{name}.safetensors is damaged")
            tensors[name] = load(content)
        return tensors, facts
    except (UserError, SafetensorError, ValueError, KeyError) as error:
        raise UserError(f"checkpoint {checkpoint} can't be read: {error}") from None


def read_facts(checkpoint: Path) -> dict[str, Any]:
    """What state.json says. Raises `UserError` where it is damaged, or of another step than its directory's name."""
    facts = read_json(checkpoint / "state.json")
    if not isinstance(facts, dict):
        raise UserError("state.json is damaged")
    stated = facts.pop("seal", None)
    # None is in what was written before there were seals.
    whole = stated == seal(_canonical(facts)) if stated is not None else FACTS.keys() <= facts.keys()
    known = {name: kind for name, kind in FACTS.items() if name in facts}
    typed = {"step", "files"} <= known.keys() and all(fits(facts[name], kind) for name, kind in known.items())
    named = typed and checkpoint.name == f"step-{facts['step']:06d}" and all(map(PART.fullmatch, facts["files"]))
    best = facts.get("best")
    if not (whole and named and (best is None or (fits(best.get("step"), int) and fits(best.get("score"), float)))):
        raise UserError("state.json is damaged")
    return facts


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
    found = [path for path in directory.glob("step-*") if NAME.fullmatch(path.name)]
    return sorted((path for path in found if path.is_dir() and not path.is_symlink()), key=step_of)


def step_of(checkpoint: Path) -> int:
    return int(checkpoint.name.removeprefix("step-"))


def prune(directory: Path, keep: int, spare: Collection[int] = ()) -> None:
    """Delete all but the last `keep` checkpoints and those of the steps in `spare`."""
    spared = {f"step-{step:06d}" for step in spare}
    for checkpoint in listed(directory)[:-keep]:
        if checkpoint.name not in spared:
            # Renamed first, so that a kill while deleting leaves no checkpoint with files missing.
            doomed = checkpoint.rename(directory / f".{checkpoint.name}.partial")
            shutil.rmtree(doomed)


def seal(content: bytes) -> list[int | str]:
    """Size and hash of `content`."""
    return [len(content), hashlib.blake2b(content, digest_size=DIGEST).hexdigest()]


def _canonical(facts: dict[str, Any]) -> bytes:
    return json.dumps(facts, sort_keys=True).encode()


def _write_synced(path: Path, content: Iterable[bytes | memoryview]) -> list[int | str]:
    """Write the pieces of `content` one after the other; returns the `seal` of them all."""
    size, hashed = 0, hashlib.blake2b(digest_size=DIGEST)
    with path.open("xb") as file:
        for piece in content:
            size += len(piece)
            hashed.update(piece)
            file.write(piece)
        sync(file)
    return [size, hashed.hexdigest()]
