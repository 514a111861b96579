"""Aim: what is logged, previews, the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image

from gankit.trackers.library import keep_id, known_id, library
from gankit.training.callbacks import Callback, Training


class Aim(Callback):
    """Logs to an Aim repository, by default .aim in the current folder, which `aim up` shows. A run that is continued
    goes on in the same run there.

    `settings` are for `aim.Run`: repo, experiment, ... Raises `UserError` without the extra aim.
    """

    def __init__(self, **settings: Any) -> None:
        self._aim = library("aim")
        self._settings = settings

    def on_start(self, training: Training) -> None:
        usual = {"experiment": "gankit", "system_tracking_interval": None, "capture_terminal_logs": False}
        settings = {**usual, "run_hash": known_id(training.directory, "aim"), **self._settings}
        try:
            self._run = self._aim.Run(**settings)
        except self._aim.sdk.errors.MissingRunError:  # of another repository
            self._run = self._aim.Run(**(settings | {"run_hash": None}))
        self._run.name = training.directory.resolve().name
        self._run["config"] = dict(training.config)
        keep_id(training.directory, "aim", self._run.hash)

    def on_step(self, step: int, values: Mapping[str, float]) -> None:
        for name, value in values.items():
            self._run.track(value, name=name, step=step)

    def on_preview(self, step: int, picture: Image.Image) -> None:
        self._run.track(self._aim.Image(picture), name="preview", step=step)

    def on_checkpoint(self, step: int, path: Path) -> None:
        self._run["checkpoint"] = str(path.absolute())

    def on_end(self, step: int) -> None:
        self._run.close()
