"""How all runs under a folder stand."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gankit.base.errors import UserError
from gankit.runs.diagnose import diagnose
from gankit.runs.directory import CHECKPOINTS, CONFIG, LOG, is_training
from gankit.runs.run import Run
from gankit.training import checkpoint
from gankit.training.log import read_log


@dataclass(frozen=True, kw_only=True)
class Standing:
    """One run in a list of them."""

    directory: Path
    step: int = 0
    speed: float | None = None
    """Steps a second, when it was logged last."""
    training: bool = False
    """Whether a process trains in it now."""
    verdict: str = ""
    best: float | None = None
    """The lowest score of `--evaluate-every`."""
    trouble: str = ""
    """Why it can't be read, where it can't."""

    def row(self) -> list[str]:
        if self.trouble:
            return [str(self.directory), "", "", "", f"can't be read: {self.trouble}"]
        speed = "" if self.speed is None else f"{self.speed:.3g}"
        best = "" if self.best is None else f"{self.best:z.4g}"
        return [str(self.directory), f"{self.step:,}", speed, best, self.verdict + (", training" * self.training)]


HEADER = ["run", "step", "steps/s", "best", "verdict"]


def status(folder: str | os.PathLike[str] = "runs") -> list[Standing]:
    """The runs at or under `folder`, by their paths. Raises `UserError` where there is no such folder, or no run."""
    folder = Path(folder)
    if not folder.is_dir():
        raise UserError(f"there is no folder {folder}: gankit train makes runs/ where it is started")
    found = [_standing(directory) for directory in run_directories(folder)]
    if not found:
        raise UserError(f"no run lies under {folder}: gankit train makes one")
    return found


def run_directories(folder: Path) -> Iterator[Path]:
    """The directories of the runs at or under `folder`, in the order of their paths."""
    for root, folders, files in os.walk(folder):
        folders.sort()
        if CONFIG in files:
            folders.clear()
            yield Path(root)


def _standing(directory: Path) -> Standing:
    try:
        run = Run(directory)
        entries = read_log(directory / LOG)
        checkpoints = checkpoint.listed(directory / CHECKPOINTS)
        facts = checkpoint.read_facts(checkpoints[-1]) if checkpoints else {}
        try:
            verdict = diagnose(run).verdict.title
        except UserError as error:
            verdict = f"none: {error}"
        speeds = [entry["steps_per_second"] for entry in entries if "steps_per_second" in entry]
        best = facts.get("best")
        return Standing(
            directory=directory,
            step=max(facts.get("step", 0), entries[-1]["step"] if entries else 0),
            speed=speeds[-1] if speeds else None,
            training=is_training(directory),
            verdict=verdict,
            best=best["score"] if best else None,
        )
    except UserError as error:
        return Standing(directory=directory, trouble=str(error))
