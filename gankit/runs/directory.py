"""The run directory: the contract between training and everything that looks at it.

config.json             the method, the data and the seed: what must be equal for a run to continue
log.jsonl, tensorboard/ the loss terms, the speed, signals of health and verdicts, step by step
previews/               the same latents or inputs, as the generator learns
report.html             all of it on a page
report/                 what the page shows of the trained generator
checkpoints/            step-000500/ and the like
method.py               a user's own method, where it came from a file
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from shlex import quote
from typing import Any, get_args

from gankit.base import made_here
from gankit.base.config import differences
from gankit.base.errors import UserError
from gankit.base.files import PARTIAL, LockedError, beneath, locked, read_json, slug, sweep_partials, write_bytes
from gankit.base.modules import source_of
from gankit.base.typed import fits
from gankit.base.version import VERSION, is_later
from gankit.game import Method
from gankit.methods import name_of
from gankit.runs.config import completed
from gankit.training import checkpoint
from gankit.training.graphs import Engine
from gankit.training.weights import MODEL

CONFIG, CHECKPOINTS, PREVIEWS, LOG, METHOD = "config.json", "checkpoints", "previews", "log.jsonl", "method.py"
LOCK = ".lock"
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
CHANGEABLE = ("batch_size", "precision", "engine", "ema", "ema_images")
ENGINES = get_args(Engine)
OPTIMIZERS = ("method.generator_optimizer.", "method.discriminator_optimizer.")
"""What else may differ, where that is asked for by name."""
SHAPE = {"gankit": str, "method": dict, "data": dict, "spec": dict, "seed": int, "ema": float, "precision": str}
DATA = {"source": str, "size": str | int | None, "flip": bool, "content": str}
SIDES = {"pair": str, "direction": str, "halves": bool}
"""The types of what config.json holds; those of `SIDES` only where the data have two."""


def run_directory(method: Method[Any], source: str) -> Path:
    """Where a run of `method` on `source` is where nothing is said."""
    return Path("runs") / f"{name_of(method)}-{slug(source)}"


def read_config(directory: Path) -> dict[str, Any]:
    """What config.json says, its outline checked. Raises `UserError` where there is none, or another kind of file."""
    path = directory / CONFIG
    if not path.is_file():
        raise UserError(f"{directory} holds no run: there is no {CONFIG}")
    return checked_config(read_json(path), path)


def checked_config(found: Any, path: Path) -> dict[str, Any]:
    """`found`, what `path` holds, with its outline checked. Raises `UserError` where it is no run's configuration."""
    if not isinstance(found, dict):
        raise UserError(f"{path} can't be read: it holds no configuration")
    try:
        _check_outline(found)
    except UserError as error:
        raise UserError(f"{path} can't be read: {error}{written_later(found)}") from None
    return found


def written_later(config: dict[str, Any]) -> str:
    """What helps with a `config` that can't be read, where a later gankit wrote it; else nothing."""
    version = str(config.get("gankit", ""))[:40]
    if not is_later(version):
        return ""
    return f" (gankit {version} wrote it, and this is {VERSION}: pip install --upgrade gankit)"


def _check_outline(found: dict[str, Any]) -> None:
    data = found.get("data")
    parts = [(found, SHAPE), (data if isinstance(data, dict) else {}, DATA)]
    if isinstance(data, dict) and "pair" in data:
        parts.append(({"halves": False, **data}, SIDES))
    for part, shape in parts:
        for name, kind in shape.items():
            if name not in part:
                raise UserError(f"{name} is missing")
            if not fits(part[name], kind):
                raise UserError(f"{name} can't be {str(part[name])[:60]!r}")
    if not fits(found.get("shards", 1), int) or found.get("shards", 1) < 1:
        raise UserError(f"shards can't be {str(found['shards'])[:60]!r}")
    if found.get("engine", "eager") not in ENGINES:
        raise UserError(f"engine can't be {str(found['engine'])[:60]!r}")
    if not isinstance(found.get("init", {}), dict) or not _are_changes(found.get("changes", [])):
        raise UserError("init or changes are not what a training notes")


def is_published(directory: Path) -> bool:
    """Whether it holds a run as others have it, with its generator alone."""
    return (directory / MODEL).is_file() and not (directory / CHECKPOINTS).exists()


def _are_changes(notes: Any) -> bool:
    return isinstance(notes, list) and all(
        isinstance(note, dict) and fits(note.get("step"), int) and isinstance(note.get("fields"), list)
        for note in notes
    )


def config_seal(config: dict[str, Any]) -> list[int | str]:
    """Size and hash of what may not differ in a run that goes on."""
    kept = {name: value for name, value in config.items() if f"{name}:" not in MOOT}
    kept["data"] = {name: value for name, value in config["data"].items() if f"data.{name}:" not in MOOT}
    return checkpoint.seal(json.dumps(kept, sort_keys=True).encode())


def refuse_other_config(directory: Path, facts: dict[str, Any]) -> None:
    """Raise `UserError` where config.json is not what the checkpoint with these `facts` was saved under."""
    config = read_config(directory)
    known = [config_seal(config), *(note.get("was") for note in config.get("changes", []))]
    if "config" in facts and facts["config"] not in known:
        raise UserError(
            f"{directory / CONFIG} is not what the checkpoint of step {facts['step']} was saved under: it was changed "
            "since; put the old one back"
        )


@contextmanager
def claimed(
    directory: Path, config: dict[str, Any], method: Method[Any], *, change: Collection[str] = ()
) -> Iterator[None]:
    """Hold `directory` for the run of `config` and nobody else, made where it is new. What is named in `change` may
    differ from what it states so far: that is noted there.

    Raises `UserError` where it holds something else than this very run, where a link in it leads elsewhere, or where
    another process trains in it.
    """
    changes_of(directory, config, change)
    directory.mkdir(parents=True, exist_ok=True)
    with locked(directory / LOCK, f"another process is training in {directory}"):
        changed = changes_of(directory, config, change)  # again: it was anybody's until now
        _sweep(directory)
        if not has_begun(directory):
            _write_config(directory, config, method)
        elif changed:
            _note_change(directory, config, changed)
        yield


def changes_of(directory: Path, config: dict[str, Any], change: Collection[str]) -> list[str]:
    """How `config` differs from what the run in `directory` states, in nothing but fields that `change` names.

    Raises `UserError` for any other difference, and where `directory` is something else than a run.
    """
    _refuse_foreign(directory)
    if not has_begun(directory):
        return []
    known = {key: completed(value) for key, value in read_config(directory).items() if key != "changes"}
    lines = [line for line in differences(known, config) if not line.startswith(MOOT)]
    wanted = [name.replace("-", "_") for name in change]
    other = [line for line in lines if not _may_change(line, wanted)]
    if other and all(line.startswith("data.content: ") for line in other):
        raise UserError(
            f"the data are no longer those that {directory} was trained on: take another --out, and "
            f"--init {quote(str(directory))} starts from its weights"
        )
    if other:
        named = [_leaf(line) for line in other if _may_change(line, [_leaf(line)])]
        hint = f", or allow it: --change {' '.join(named).replace('_', '-')}" if len(named) == len(other) else ""
        raise UserError(
            f"{directory} holds another run; differing fields: {'; '.join(other)}. Take another --out, or repeat its "
            f"options{hint}"
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


def _note_change(directory: Path, config: dict[str, Any], fields: list[str]) -> None:
    """Make `config` what the run states from here on, with a note of what differs, since when, and from what."""
    stated = read_config(directory)
    steps = map(checkpoint.step_of, checkpoint.listed(directory / CHECKPOINTS))
    note = {"step": max(steps, default=0), "fields": fields, "was": config_seal(stated)}
    changed = {**config, "data": stated["data"], "changes": [*stated.get("changes", []), note]}
    write_bytes(directory / CONFIG, json.dumps(changed, indent=1).encode() + b"\n")


def is_training(directory: Path) -> bool:
    """Whether a process, this one perhaps, trains in `directory` now."""
    if not (directory / LOCK).is_file():
        return False
    try:
        with locked(directory / LOCK, "it is taken"):
            return False
    except LockedError:
        return True
    except UserError:  # a link, or not ours to open
        return False


def inside(directory: Path, path: Path) -> Path:
    """`path`, to be written to. Raises `UserError` where it lies in the run `directory`, and a link on the way there
    leads elsewhere: a run that somebody sent could have it written anywhere."""
    try:
        parts = path.absolute().relative_to(directory.absolute()).parts
    except ValueError:
        return path
    for end in range(1, len(parts)):
        _refuse_link(directory.joinpath(*parts[:end]))
    return path


def _refuse_link(path: Path) -> None:
    if path.is_symlink():
        raise UserError(f"{path} is a link, and a run is written to where it lies: put what it leads to in its place")


def _refuse_foreign(directory: Path) -> None:
    """Raise `UserError` where `directory` is no run and holds something, or where a link in a run leads elsewhere."""
    if directory.exists() and not directory.is_dir():
        raise UserError(f"{directory} is no run: take another --out")
    if not directory.exists():
        return
    own = [path for path in directory.iterdir() if path.name != LOCK and not path.name.endswith(PARTIAL)]
    if not (directory / CONFIG).is_file():
        if any(path.name != METHOD for path in own):
            raise UserError(f"{directory} is no run and not empty: take another --out")
        return
    for path in chain([directory / CONFIG], own, beneath(directory / CHECKPOINTS)):
        _refuse_link(path)


def has_begun(directory: Path) -> bool:
    """Whether there is anything of a first step: until then nothing of a run can be lost."""
    log = directory / LOG
    return (directory / CONFIG).is_file() and (
        bool(checkpoint.listed(directory / CHECKPOINTS))
        or (log.is_file() and log.stat().st_size > 0)
        or any((directory / PREVIEWS).glob("*.png"))
    )


def _sweep(directory: Path) -> None:
    """Remove what an earlier process of this run left half written. Others may be writing a card, say: theirs stays."""
    sweep_partials(directory)
    sweep_partials(directory / PREVIEWS, older=0)
    for name in (CONFIG, LOG, METHOD, "report.html"):
        for path in directory.glob(f".{name}.*{PARTIAL}"):
            path.unlink(missing_ok=True)
    for path in (directory / CHECKPOINTS).glob(f".*{PARTIAL}"):
        shutil.rmtree(path, ignore_errors=True)


def _write_config(directory: Path, config: dict[str, Any], method: Method[Any]) -> None:
    """What was written is noted as made here, so that it is trusted later."""
    files = {CONFIG: json.dumps(config, indent=1).encode() + b"\n"}
    if source := source_of(type(method)):
        files = {METHOD: source, **files}
    new = not (directory / CONFIG).exists()
    try:
        for name, content in files.items():
            write_bytes(directory / name, content)
            made_here.note(content, directory / name)
    except OSError:
        if new:
            shutil.rmtree(directory, ignore_errors=True)  # it was ours and empty a moment ago
        raise
