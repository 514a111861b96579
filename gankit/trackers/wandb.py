"""Weights & Biases: what is logged, previews, the configuration."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from secrets import token_hex
from typing import Any

from PIL import Image

from gankit.trackers.library import keep_id, known_id, library
from gankit.training.callbacks import Callback, Training


class WandB(Callback):
    """Logs to W&B, as `wandb login` and the WANDB_ variables have it: WANDB_MODE=offline writes to ./wandb, for `wandb
    sync`. A run that is continued goes on in the same run there.

    `settings` are for `wandb.init`; the project is $WANDB_PROJECT, or gankit, and the name the run directory's. Raises
    `UserError` without the extra wandb.
    """

    def __init__(self, **settings: Any) -> None:
        self._wandb = library("wandb")
        self._settings = settings

    def on_start(self, training: Training) -> None:
        settings = {
            "project": os.environ.get("WANDB_PROJECT") or "gankit",
            "name": training.directory.resolve().name,
            "id": known_id(training.directory, "wandb") or token_hex(8),
            "resume": "allow",
            "config": dict(training.config),
        }
        self._run = self._wandb.init(**(settings | self._settings))
        self._run.define_metric("*", step_metric="step")  # its own count of steps can't go back, as care does
        keep_id(training.directory, "wandb", self._run.id)

    def on_step(self, step: int, values: Mapping[str, float]) -> None:
        if values:
            self._run.log({"step": step, **values})

    def on_preview(self, step: int, picture: Image.Image) -> None:
        self._run.log({"step": step, "preview": self._wandb.Image(picture)})

    def on_checkpoint(self, step: int, path: Path) -> None:
        self._run.summary["checkpoint"] = str(path.absolute())

    def on_end(self, step: int) -> None:
        self._run.finish()
