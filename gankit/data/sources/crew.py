"""Other processes that decode parts of a pack: one is short of time for millions of small pictures, whatever its
threads, as much of opening one is Python."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gankit.base.errors import UserError
from gankit.base.extras import ROOT
from gankit.data.pack.parallel import WORKERS
from gankit.data.pack.store import Draft, LostHelpError
from gankit.data.sources.located import Form

PROCESSES = min(WORKERS, 16)
"""How many work on a pack, at most; each takes some 300 MB."""
MANY = 16
"""Parts from which they are worth their start, which takes seconds."""
GLANCE = 0.1
"""Seconds between looks at how far they are."""


@dataclass(frozen=True)
class Crew:
    """Processes that open a source by its name themselves, and decode the parts that they are given."""

    source: str
    split: str
    cache: str
    form: Form
    content: str
    """Digest of what stands for the source's content, which they must find as well."""

    def __call__(self, draft: Draft, kind: str, parts: list[int], tick: Callable[[int], None]) -> bool:
        """Have `parts` of one kind of `draft` done; False, and nothing is, where they are too few.

        Raises `UserError` with what a process found wrong, and `LostHelpError` where one was killed.
        """
        if len(parts) < MANY or PROCESSES < 2:
            return False
        told = {**asdict(self), "draft": str(draft.directory), "each": draft.each, "kind": kind}
        work: list[subprocess.Popen[str]] = []
        try:
            for number in range(PROCESSES):
                work.append(begun({**told, "parts": parts[number::PROCESSES]}))
            while any(process.poll() is None for process in work) and not any(process.returncode for process in work):
                time.sleep(GLANCE)
                tick(sum(path.name.startswith(f"{kind}-") for path in draft.done.iterdir()) * draft.each)
            failed = next((process for process in work if process.returncode), None)
        finally:
            for process in work:
                process.kill()
                process.wait()
        lines = failed.stderr.read().split("\n") if failed and failed.stderr else []
        for process in work:
            for pipe in (process.stdin, process.stderr):
                if pipe:
                    pipe.close()
        if failed and failed.returncode == 2:
            raise UserError(lines[0])
        if failed:
            raise LostHelpError(
                f"one of {PROCESSES} processes that pack {self.source} ended (status {failed.returncode}), for want of "
                "memory perhaps: the same command goes on from there"
            )
        return True


def begun(told: dict[str, Any]) -> subprocess.Popen[str]:
    """A process that does what it is `told`, and ends when this one does."""
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    process = subprocess.Popen(
        [sys.executable, "-m", "gankit.data.sources.worker"],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
    )
    assert process.stdin
    process.stdin.write(json.dumps(told) + "\n")
    process.stdin.flush()
    return process


def crew_for(source: str | Path, split: str, cache: Path, form: Form, content: str) -> Crew:
    """Who can help to pack `source`."""
    name = str(source.resolve()) if isinstance(source, Path) else source
    return Crew(name, split, str(cache), form, content)
