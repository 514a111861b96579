"""`benchmarks/gpu.py`, which waits for a card: that it plays where there is none, by graphs on the pretended device."""

from __future__ import annotations

import importlib
import json
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import gankit
from gankit.data import open_data
from gankit.networks import DCGANNetwork
from gankit.training import checkpoint
from tests.pretend import pretended

__all__ = ["pretended"]
SMALL = ["--seconds", "0.01", "--blocks", "1", "--width", "4", "--batch", "4"]


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(Path(__file__).parents[1] / "benchmarks")
    return importlib.import_module("gpu")


@pytest.fixture
def parts(script: Any) -> Any:
    return sys.modules["gpu_parts"]


def test_parts_are_played_where_there_is_no_card(
    script: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["gpu.py", "--device", "cpu", *SMALL, "--out", str(tmp_path), "card"])
    assert script.main() == 0
    found = json.loads((tmp_path / "gpu.json").read_text())
    assert found["card"]["name"] == "cpu, which is no card"
    assert (tmp_path / "gpu.md").read_text() in capfd.readouterr().out
    assert {path.name for path in tmp_path.iterdir()} == {"gpu.json", "gpu.md"}


@pytest.mark.long
def test_a_device_without_graphs_is_measured_without_them(
    parts: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "STEPS", 2)
    for part in (parts.speed, parts.gaps):
        (tmp_path / part.__name__).mkdir()
        (*_, found) = part("dcgan64")(parts.Asked(torch.device("cpu"), 0.0, 1, 2, 2), tmp_path / part.__name__)
        assert found["no graph"].startswith("cpu records no graphs")
        seen = found.get("ms", found)
        assert {"eager", "reference", "its step alone"} == seen.keys() - {"no graph"}
    assert 0 <= found["eager"]["idle"] < 1
    assert found["eager"]["kernels"] > 10


def test_what_is_not_there_is_one_line(
    script: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["gpu.py", "--device", "cuda:99", "--out", str(tmp_path / "out")])
    assert script.main() == 2
    assert capsys.readouterr().err.startswith("no device 'cuda:99': this machine has ")
    assert not (tmp_path / "out").exists()
    monkeypatch.setattr(sys, "argv", ["gpu.py", "speed"])
    with pytest.raises(SystemExit, match="2"):
        script.main()
    assert "no part 'speed': there is card, dcgan64" in capsys.readouterr().err


def test_a_part_that_hangs_or_fails_leaves_the_others(
    script: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it noted before, and all that it started, being stopped with it."""
    child = "import os, time; print(os.getpid(), file=open(OUT, 'w')); time.sleep(60)".replace(
        "OUT", repr(str(tmp_path / "pid"))
    )
    hang = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    assert script.limited([sys.executable, "-c", hang], 2.0) == "stopped after 2 s"
    if (tmp_path / "pid").exists():
        number = int((tmp_path / "pid").read_text())
        deadline = time.monotonic() + 10
        while Path(f"/proc/{number}/stat").exists() and Path(f"/proc/{number}/stat").read_text().split()[2] != "Z":
            assert time.monotonic() < deadline
            time.sleep(0.01)
    assert script.limited([sys.executable, "-c", "raise SystemExit('cut')"], 30.0) == "exit status 1: cut"
    assert script.limited([sys.executable, "-c", ""], 0.0) == "the ten minutes were over"

    def limited(command: list[str], seconds: float) -> str:
        name = command[command.index("--part") + 1]
        (tmp_path / f"{name}.json").write_text('{"ms": {"reference": 4.0, "graph": 1.0}}' if name == "mlp" else "{}")
        return "stopped after 60 s" if name == "mlp" else ""

    monkeypatch.setattr(script, "limited", limited)
    monkeypatch.setattr(sys, "argv", ["gpu.py", "--device", "cpu", "--out", str(tmp_path), "mlp", "card"])
    assert script.main() == 1
    found = json.loads((tmp_path / "gpu.json").read_text())
    assert found == {"mlp": {"ms": {"reference": 4.0, "graph": 1.0}, "broken": "stopped after 60 s"}, "card": {}}
    written = (tmp_path / "gpu.md").read_text()
    assert "| mlp | graph | 1.00 | 4.00x (>= 8x) |" in written
    assert "**mlp broke off**: stopped after 60 s" in written


def test_the_parts_together_take_ten_minutes_at_most(script: Any, parts: Any) -> None:
    assert sum(seconds for _, seconds in parts.PARTS.values()) <= script.LIMIT


@pytest.mark.long
def test_graphs_stand_beside_the_rest_where_a_device_records_them(
    script: Any, parts: Any, pretended: torch.device, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "STEPS", 6)
    asked = parts.Asked(pretended, 0.0, 1, 2, 2)
    (*_, found) = parts.speed("dcgan64")(asked, tmp_path)
    assert found["no graph"] == ""
    assert list(found["ms"]) == ["graph", "eager", "reference", "its step alone"]
    pack = open_data(np.random.default_rng(0).integers(0, 256, (40, 28, 28), np.uint8))
    apart = parts.apart(gankit.DCGAN(network=DCGANNetwork(width=2), batch_size=2), pack, asked)
    assert 0 < max(apart.values()) < 1e-2
    assert script.worded(apart).startswith("recorded; losses ")


@pytest.mark.long
def test_a_run_by_graphs_that_is_stopped_is_compared_with_one_that_is_not(
    parts: Any, pretended: torch.device, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "RESUMED", 8)
    (found,) = parts.resumed(parts.Asked(pretended, 0.0, 1, 4, 4), tmp_path)
    assert found["different"] == []
    assert json.loads((tmp_path / "whole" / "config.json").read_text())["engine"] == "graph"
    (*_, last) = checkpoint.listed(tmp_path / "stopped" / "checkpoints")
    shutil.rmtree(last)
    assert parts.different(tmp_path / "whole", tmp_path / "stopped")[0].startswith("players/")


def test_the_time_without_work_is_what_no_span_covers(parts: Any) -> None:
    assert parts.idle([(0.0, 2.0), (1.0, 4.0), (6.0, 10.0)]) == pytest.approx(0.2)
    assert parts.idle([(0.0, 10.0), (2.0, 3.0), (5.0, 6.0)]) == 0
    assert parts.idle([]) == 1
