"""What systems other than Linux lack is left out where it is missing."""

from __future__ import annotations

import ast
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

import gankit
from gankit.base import devices, files, memory
from gankit.base.threads import crowded
from gankit.commands import doctor
from gankit.runs.directory import is_training
from tests.runs.material import assert_same_weights
from tests.tiny import TINY, TinyRun

ROOT = Path(gankit.__file__).parent
POSIX = ("O_NOFOLLOW", "O_NONBLOCK", "getloadavg", "sched_getaffinity")


@pytest.fixture
def _elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows, as far as that can be played: no such modules, flags or files, and no folder can be opened."""
    for name in ("fcntl", "resource"):
        monkeypatch.setitem(sys.modules, name, None)
    for name in POSIX:
        monkeypatch.delattr(os, name, raising=False)
    opened: Any = os.open

    def no_folders(path: Any, *rest: Any, **more: Any) -> int:
        if isinstance(path, str | os.PathLike) and Path(path).is_dir():
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, *rest, **more)

    monkeypatch.setattr(os, "open", no_folders)
    monkeypatch.setattr(shutil, "_use_fd_functions", False)  # it opens folders where that can be done


@pytest.mark.usefixtures("_elsewhere")
def test_a_run_is_trained_continued_and_read_to_the_same_bits(tiny_run: TinyRun, tmp_path: Path) -> None:
    TINY["dcgan"].train(tmp_path / "run", steps=4)
    run = TINY["dcgan"].train(tmp_path / "run")
    assert_same_weights(tiny_run("dcgan").directory, run.directory)
    assert run.sample(4).values.isfinite().all()
    assert not is_training(run.directory)


@pytest.mark.usefixtures("_elsewhere")
def test_what_can_not_be_told_is_not_told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert memory.peak(torch.device("cpu")) == 0
    assert crowded(0) is None
    monkeypatch.setattr(Path, "read_text", no_file)
    assert memory.available(torch.device("cpu")) is None
    doctor._tell_device(measure=False)
    assert "load unknown" in capsys.readouterr().out
    assert devices.pick_device("cpu").type == "cpu"


def no_file(*args: Any, **options: Any) -> str:
    raise FileNotFoundError


def test_a_file_s_ends_of_lines_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows changes them in what is opened without its flag for binary files."""
    flags: list[int] = []
    opened: Any = os.open
    monkeypatch.setattr(os, "O_BINARY", 2**30, raising=False)

    def noted(path: Any, given: int, *rest: Any) -> int:
        flags.append(given)
        return opened(path, given & ~(2**30), *rest)

    monkeypatch.setattr(os, "open", noted)
    (tmp_path / "file").write_bytes(b"a\r\nb")
    assert files.read_bytes(tmp_path / "file") == b"a\r\nb"
    os.close(files.open_own(tmp_path / "other", os.O_RDWR))
    assert all(given & 2**30 for given in flags)
    assert len(flags) == 2


def test_text_is_read_and_written_in_utf_8() -> None:
    """Not in whatever the system takes by default; what is ASCII by its nature is let be."""
    found = []
    for path in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            named, where = {word.arg for word in node.keywords}, f"{path}:{node.lineno}"
            if node.func.attr == "read_text" and "encoding" not in named and "/proc/" not in ast.unparse(node):
                found.append(where)
            if node.func.attr == "write_text" and "encoding" not in named and ast.unparse(node.func.value) != "files":
                found.append(where)
    assert not found
