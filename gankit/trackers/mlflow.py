"""MLflow: what is logged as metrics, previews as pictures, the configuration as parameters."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from PIL import Image

from gankit.trackers.library import keep_id, known_id, library
from gankit.training.callbacks import Callback, Training

LONGEST = 500
"""Characters of a parameter's value."""


class MLflow(Callback):
    """Logs to the store that MLFLOW_TRACKING_URI, or `uri`, names: by default mlflow.db in the current folder, which
    `mlflow ui` shows. A run that is continued goes on in the same run there, where the store still has it.

    The experiment is `experiment`, $MLFLOW_EXPERIMENT_NAME or gankit. A run of the caller's own that is active stays
    untouched. Raises `UserError` without the extra mlflow.
    """

    def __init__(self, *, uri: str | None = None, experiment: str | None = None) -> None:
        self._mlflow = library("mlflow")
        self._uri = uri
        self._experiment = experiment or os.environ.get("MLFLOW_EXPERIMENT_NAME") or "gankit"

    def on_start(self, training: Training) -> None:
        self._client = self._mlflow.MlflowClient(tracking_uri=self._uri)
        known = known_id(training.directory, "mlflow")
        self._run = known if known and self._has(known) else self._new_run(training)
        self._client.update_run(self._run, status="RUNNING")
        keep_id(training.directory, "mlflow", self._run)

    def _has(self, run: str) -> bool:
        try:
            self._client.get_run(run)
        except self._mlflow.MlflowException:
            return False
        return True

    def _new_run(self, training: Training) -> str:
        there = self._client.get_experiment_by_name(self._experiment)
        experiment = there.experiment_id if there else self._client.create_experiment(self._experiment)
        run = self._client.create_run(experiment, run_name=training.directory.resolve().name).info.run_id
        for name, value in _flat(training.config, ""):
            self._client.log_param(run, name, str(value)[:LONGEST])
        return run

    def on_step(self, step: int, values: Mapping[str, float]) -> None:
        now = int(1000 * time.time())
        metric = self._mlflow.entities.Metric
        if values:
            self._client.log_batch(self._run, [metric(name, value, now, step) for name, value in values.items()])

    def on_preview(self, step: int, picture: Image.Image) -> None:
        self._client.log_image(self._run, picture, key="preview", step=step, synchronous=True)

    def on_checkpoint(self, step: int, path: Path) -> None:
        self._client.set_tag(self._run, "checkpoint", str(path.absolute()))

    def on_end(self, step: int) -> None:
        self._client.set_terminated(self._run)


def _flat(config: Mapping[str, Any], path: str) -> Iterator[tuple[str, Any]]:
    for name, value in config.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{path}{name}.")
        else:
            yield f"{path}{name}", value
