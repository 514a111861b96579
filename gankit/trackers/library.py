"""What adapters share: their library, and which of its runs a run directory is."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from typing import Any

from gankit.base.errors import UserError
from gankit.base.extras import how_to_install
from gankit.base.files import read_json, write_json

NAME, MAKER = "trackers.json", "gankit train"
ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def library(name: str) -> Any:
    """The module `name`, which the extra of that name gives. Raises `UserError` where it can't be imported."""
    try:
        return import_module(name)
    except ImportError as error:
        raise UserError(f"logging to {name} needs {error.name or name}: {how_to_install(name)}") from None


def known_id(directory: Path, name: str) -> str | None:
    """The id that the tracker `name` has for the run in `directory`, where it is told of it already."""
    try:
        found = read_json(directory / NAME)
    except UserError:
        return None
    known = found.get(name) if isinstance(found, dict) else None
    return known if isinstance(known, str) and ID.fullmatch(known) else None


def keep_id(directory: Path, name: str, known: str) -> None:
    """Have `known_id` find `known`."""
    others = {other: found for other in ("wandb", "mlflow", "aim") if (found := known_id(directory, other))}
    write_json(directory / NAME, {**others, name: known}, maker=MAKER)
