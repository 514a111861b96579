"""A run's own method: the program in its `method.py`, run for those who made it or trust it, and for nobody else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gankit.base import made_here
from gankit.base.errors import UserError
from gankit.base.files import read_bytes
from gankit.base.modules import PREFIX, load_module, module_name
from gankit.runs.directory import CONFIG, METHOD


def load_own_method(directory: Path, config: dict[str, Any], *, trust: bool) -> None:
    """Have the classes of `method.py` at hand, where `config` says that the method is one of them.

    Raises `UserError` where the file is not the one that `config` was written with, or where it was not written by
    one's own `train` and nobody said `trust`: to load it is to run a program.
    """
    stated = str(config["method"].get("class")).partition(":")[0]
    path = directory / METHOD
    if not stated.startswith(PREFIX) or not path.exists():
        return
    content = read_bytes(path)
    if module_name(content) != stated:
        raise UserError(f"{path} is not the file that {directory / CONFIG} was written with: it was changed since")
    if not (trust or made_here.is_made_here(content)):
        raise UserError(
            f"{directory} was not made here, and its method is a program, {path}: read it, and where you trust it "
            "repeat with --trust (from Python trust=True)"
        )
    load_module(path, content)
