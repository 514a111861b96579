"""The command line's door: which commands there are, and what becomes of a mistake."""

from __future__ import annotations

import io
import os
import re
import sys
from importlib import import_module
from pathlib import Path

import pytest
from PIL import Image

import gankit
from gankit import commands
from gankit.commands.main import COMMANDS, main
from tests.commands.command_line import error
from tests.tiny import TinyRun

SHARED = {"__init__", "main", "parsing"}


def test_a_command_is_a_file_of_its_name() -> None:
    files = {path.stem for path in Path(commands.__file__).parent.iterdir() if path.name != "__pycache__"}
    assert files == {*COMMANDS, *SHARED}
    for name in COMMANDS:
        assert callable(getattr(import_module(f"gankit.commands.{name}"), name))


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == main([]) == 0
    printed = capsys.readouterr().out
    for command in COMMANDS:
        assert re.search(rf"^  {command} +\w", printed, re.MULTILINE)
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"gankit {gankit.__version__}\n"


def test_names_that_stdout_can_t_encode_are_escaped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    folder.mkdir()
    Image.new("RGB", (8, 8)).save(folder / "a.png")
    stdout = io.TextIOWrapper(io.BytesIO(), "utf-8", errors="strict")
    monkeypatch.setattr(sys, "stdout", stdout)
    assert main(["data", str(folder), "--out", str(tmp_path / "sheet.png")]) == 0
    stdout.seek(0)
    assert "caf\\udce9: 1 image" in stdout.read()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["trian"], "did you mean 'train'"),
        (["train", "dcgn"], "did you mean 'dcgan'"),
        (["train", "dcgan", "--stepss", "5"], "--steps"),
        (["train", "dcgan", "--steps", "0"], "steps must be at least 1"),
        (["train", "dcgan", "--steps", "-3"], "steps must be at least 1"),
        (["train", "dcgan", "--size", "0"], "size"),
        (["train", "dcgan", "--network.width", "0"], "width"),
        (["train", "dcgan", "--data", "mnits"], "did you mean 'mnist'"),
        (["train", "dcgan", "--data", "no/such/folder"], "no/such/folder"),
        (["train", "dcgan", "--data", "ring"], "needs images, not vectors"),
        (["train", "dcgan", "--generator-optimizer.lr", "-1"], "lr must be above 0"),
        (["train", "gan", "--discriminator-steps", "0"], "at least 1"),
        (["train", "wgan-gp", "--penalty", "-1"], "negative"),
        (["train", "dcgan", "--device", "tpu"], "auto, cpu, cuda, xpu, mps"),
        (["sample", "no-run"], "holds no run"),
        (["data", "no-data"], "no-data"),
        (["methods", "--verbose"], "takes no options"),
    ],
)
def test_a_mistake_is_one_clear_line_and_status_2(
    arguments: list[str],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert re.search(words, error(capsys, *arguments)), words
    assert not list(tmp_path.iterdir()), "something was left half-written"


@pytest.mark.parametrize("name", ["made", "made.zip", "made.npy", "made.png"])
def test_a_full_disk_is_named_with_what_to_do(
    name: str, tiny_run: TinyRun, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*rest: object, **more: object) -> None:
        raise OSError(28, "No space left on device")

    out, run = tmp_path / name, tiny_run("dcgan").directory
    for place in ("PIL.Image.Image.save", "numpy.lib.format.write_array_header_1_0"):
        monkeypatch.setattr(place, full)
    assert main(["sample", str(run), "-n", "4", "--out", str(out)]) == 2
    *_, line = capsys.readouterr().err.splitlines()
    assert line == f"gankit: error: No space left on device: {out} (make room there, or take another --out)"
    assert not list(tmp_path.iterdir())
