"""Trainings that the page starts: the commands that a terminal would run, which go on when the page is closed."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from gankit.base.errors import UserError, nearest
from gankit.base.files import is_filled, read_json, safe_name, write_json
from gankit.methods import METHODS
from gankit.runs.directory import is_training
from gankit.runs.recipe import training_command
from gankit.studio.shelf import Opened, Shelf
from gankit.studio.sources import Sources, size_in_words

NOTES, MAKER = ".studio", "gankit studio"
"""Where what was started is noted, beside the runs, and what the trainings said."""
MOST_STEPS = 10_000_000
TAIL = 4000


class Trainings:
    """Those under the folder of a shelf."""

    def __init__(self, shelf: Shelf, sources: Sources) -> None:
        self.shelf, self.sources = shelf, sources

    def start(self, name: str, method: str, source: str, *, size: str, steps: float, batch_size: float | None) -> str:
        """Start a training of `method`, one of gankit's own, and say with which command."""
        if method not in METHODS:
            raise UserError(f"there is no method {method[:40]!r}{nearest(method[:40], METHODS)}")
        name = name.strip()
        if not name or safe_name(name) != name or name.startswith("."):
            raise UserError(f"a run's name is letters, digits, - and _, not {name[:40]!r}")
        directory = self.shelf.folder / name
        if is_filled(directory):
            raise UserError(f"{name!r} is there: take another name, or continue it")
        words = ["gankit", "train", method, "--data", self.sources.checked(source), "--out", str(directory)]
        words += ["--steps", str(_steps(steps))]
        if checked := size_in_words(size):
            words += ["--size", checked]
        if batch_size:
            words += ["--batch-size", str(int(batch_size))]
        return self._run(name, words)

    def go_on(self, name: str, steps: float) -> str:
        """Continue the run `name` up to so many steps, as it was trained."""
        directory = self.shelf.directory(name)
        if is_training(directory):
            raise UserError(f"{name} is being trained already")
        opened = self.shelf.opened(name)
        self._refuse_strange(opened)
        run = opened.run
        done = max(run.steps(), default=0)
        if _steps(steps) <= done:
            raise UserError(f"{name} is at step {done:,}: continue it to more steps than that")
        line = training_command(directory, run.config, run.method, "--out", str(directory), "--steps", str(int(steps)))
        if line is None:
            raise UserError(f"{name} was trained from Python, and no command continues it")
        return self._run(name, shlex.split(line))

    def stop(self, name: str) -> str:
        """Have the training of `name` finish its step, write a checkpoint and leave."""
        directory = self.shelf.directory(name)
        if not is_training(directory):
            raise UserError(f"{name} is not being trained")
        pid = self._pid(name)
        if pid is None:
            raise UserError(f"{name} is trained by somebody's terminal: Ctrl-C stops it there")
        os.kill(pid, signal.SIGTERM)
        return f"{name} finishes its step, writes a checkpoint and stops"

    def said(self, name: str) -> str:
        """The last line that the training of `name` said; nothing where the page started none."""
        try:
            with self._note(name, ".log").open("rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL))
                lines = file.read().decode(errors="replace").replace("\r", "\n").split("\n")
        except OSError:
            return ""
        return next((line.strip() for line in reversed(lines) if line.strip()), "")

    def begun(self) -> dict[str, str]:
        """What was started and is no run (yet): its name, and the last line that it said."""
        known = set(self.shelf.names())
        names = (path.stem for path in sorted((self.shelf.folder / NOTES).glob("*.json")))
        return {name: self.said(name) for name in names if name not in known}

    def _run(self, name: str, words: Sequence[str]) -> str:
        """In a session of its own: closing the page, or the studio, stops nothing."""
        self._note(name, ".json").parent.mkdir(exist_ok=True)
        with self._note(name, ".log").open("wb") as log:
            child = subprocess.Popen(
                [sys.executable, "-m", *words],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        threading.Thread(target=child.wait, daemon=True).start()  # takes note of its end, so that no zombie is left
        write_json(self._note(name, ".json"), {"pid": child.pid, "words": list(words)}, maker=MAKER)
        return shlex.join(words)

    def _pid(self, name: str) -> int | None:
        """The process that the page started for `name`, if it is still the one."""
        try:
            noted = read_json(self._note(name, ".json"))
            pid, words = noted["pid"], noted["words"]
            running = subprocess.run(
                ["ps", "-ww", "-o", "args=", "-p", str(int(pid))], capture_output=True, text=True, check=False
            )
        except (UserError, OSError, KeyError, TypeError, ValueError):
            return None
        return int(pid) if running.stdout.strip().endswith(" ".join(words)) else None

    def _note(self, name: str, suffix: str) -> Path:
        return self.shelf.folder / NOTES / f"{safe_name(name)}{suffix}"

    def _refuse_strange(self, opened: Opened) -> None:
        if not opened.is_made_here:
            raise UserError(f"{opened.name} was not made here: continue it on a terminal, where you see what it reads")


def _steps(steps: float | None) -> int:
    if not steps or not 1 <= steps <= MOST_STEPS:
        raise UserError(f"steps are a whole number from 1 to {MOST_STEPS:,}")
    return int(steps)
