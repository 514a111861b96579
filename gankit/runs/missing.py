"""What is said of a run where its data, or its first checkpoint, are not there."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gankit import hub
from gankit.base.errors import UserError
from gankit.base.files import path_of
from gankit.data.sources.opening import all_names
from gankit.game import Method
from gankit.runs.directory import CONFIG, is_training
from gankit.runs.recipe import training_command
from gankit.training.loop import FIRST


def refuse_moved(directory: Path, config: Mapping[str, Any]) -> None:
    """Raise `UserError` where what the run in `directory` was trained on is not where its `config` says."""
    source = config["data"]["source"]
    if source in all_names() or source.startswith(hub.PREFIX) or path_of(source).exists():
        return
    if source == "array":
        raise UserError(
            f"{directory} was trained on an array from Python, which is not kept: save it as .npy, and say where with "
            "--data, where there is one"
        )
    raise UserError(
        f"the data that {directory} was trained on are not at {source!r}: put them back, or say where they are now "
        "with --data, where there is one"
    )


def until_the_first(directory: Path, config: Mapping[str, Any], method: Method[Any]) -> str:
    """What is said of a run that has begun and has no checkpoint."""
    if is_training(directory):
        left = (directory / CONFIG).stat().st_mtime + FIRST - time.time()
        if left > 0:
            return f"the first is written within a minute of its beginning, so in about {math.ceil(left)} s"
        return "it is being trained, and the first comes with its next step"
    again = training_command(directory, config, method, "--out", str(directory))
    return f"no process trains it; {again or 'the program that began it'} goes on"
