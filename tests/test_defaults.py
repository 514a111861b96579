"""The script whose sheet shows every method's default command: what it runs, skips, goes on with and refuses."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image

from gankit.methods import METHODS
from tests.tiny import TINY

spec = importlib.util.spec_from_file_location("defaults", Path(__file__).parents[1] / "benchmarks" / "defaults.py")
assert spec is not None
assert spec.loader is not None
DEFAULTS = importlib.util.module_from_spec(spec)
spec.loader.exec_module(DEFAULTS)


def test_a_sheet_of_every_method_that_samples(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[list[str]] = []

    def run(command: list[str], check: bool) -> SimpleNamespace:
        assert command[1:3] == ["-m", "gankit"]
        asked.append(command[3:])
        if command[4] == "fgan":
            return SimpleNamespace(returncode=2)
        TINY[command[4]].train(Path(command[command.index("--out") + 1]), steps=2)
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr(DEFAULTS.subprocess, "run", run)
    folder = ["--out", str(tmp_path / "out")]
    DEFAULTS.main(["--methods", "dcgan", "fgan", "gan", *folder])
    out = str(tmp_path / "out" / "dcgan")
    assert asked[0] == ["train", "dcgan", "--data", "mnist", "--minutes", "10", "--out", out, "--seed", "0"]
    assert "fgan is left out: its command ended with status 2" in capsys.readouterr().err
    with Image.open(tmp_path / "out" / "sheet.png") as sheet:
        assert sheet.width > 700
    table = (tmp_path / "out" / "table.md").read_text()
    assert "| dcgan | 2 | 16 |" in table
    assert "fgan" not in table
    DEFAULTS.main(["--methods", "dcgan", "lsgan", *folder])
    assert [command[1] for command in asked] == ["dcgan", "fgan", "gan", "lsgan"], "what is there is not run again"
    (tmp_path / "out" / "gan.done").unlink()
    with pytest.raises(SystemExit, match="gan was stopped before its time: delete it"):
        DEFAULTS.main(["--methods", "gan", *folder])
    with pytest.raises(SystemExit, match="holds runs of other options"):
        DEFAULTS.main(["--methods", "gan", "--minutes", "5", *folder])


def test_only_the_translators_are_left_out() -> None:
    assert set(METHODS) - set(DEFAULTS.SAMPLING) == {"pix2pix", "cyclegan"}
