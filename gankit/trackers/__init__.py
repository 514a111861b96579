"""Experiment trackers as callbacks. Each imports its library when it is made."""

from __future__ import annotations

from importlib import import_module

from gankit.base.errors import UserError, nearest
from gankit.training.callbacks import Callback

TRACKERS = {"wandb": "WandB", "mlflow": "MLflow", "aim": "Aim"}
"""The class NAME of the module `gankit.trackers.KEY`."""


def tracker(name: str) -> Callback:
    """The tracker of that name, set up as its library has it. Raises `UserError` where its extra is missing."""
    if name not in TRACKERS:
        raise UserError(f"no tracker {name!r}{nearest(name, TRACKERS)}: log is of {', '.join(TRACKERS)}")
    return getattr(import_module(f"gankit.trackers.{name}"), TRACKERS[name])()
