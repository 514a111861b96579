"""Runs as files that need no gankit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

import gankit
from gankit.base.errors import UserError
from gankit.commands.main import main
from gankit.export.onnx import run_onnx
from gankit.runs import export as exporting
from tests.tiny import TinyRun, copied, quiet


def test_an_exported_file_makes_what_the_run_makes(tiny_run: TinyRun, tmp_path: Path) -> None:
    import onnx

    run, said = tiny_run("dcgan"), []
    path = run.export(out=tmp_path / "digits.onnx", say=said.append)
    assert any("largest difference" in line for line in said)
    generator = run.generator(device="cpu")
    latents = generator.prior.draw(3)
    torch.testing.assert_close(run_onnx(path.read_bytes(), (latents,)) * 2 - 1, generator(latents), atol=1e-5, rtol=0)
    card = json.loads({e.key: e.value for e in onnx.load(path).metadata_props}["gankit"])
    assert card["title"] == "DCGAN on digits"
    assert card["step"] == 6
    assert [port["name"] for port in card["inputs"]] == ["latents"]


def test_a_torch_program_carries_its_card(tiny_run: TinyRun, tmp_path: Path) -> None:
    path = tiny_run("cgan").export("torch", out=tmp_path / "digits.pt2", uint8=True, say=quiet)
    held = {"card.json": ""}
    program = torch.export.load(path, extra_files=held).module()
    images = program(torch.randn(7, 100), torch.arange(7))
    assert images.dtype == torch.uint8
    assert images.shape == (7, 1, 8, 8)
    assert json.loads(held["card.json"])["data"]["classes"] == [str(digit) for digit in range(10)]


@pytest.mark.long
def test_a_translator_is_exported_at_any_size(tiny_run: TinyRun, tmp_path: Path) -> None:
    path = tiny_run("pix2pix").export("torch", out=tmp_path / "tint.pt2", say=quiet)
    assert torch.export.load(path).module()(torch.rand(1, 1, 50, 33)).shape == (1, 3, 50, 33)


@pytest.mark.long
def test_8_bits_say_what_they_cost(tiny_run: TinyRun, tmp_path: Path) -> None:
    said: list[str] = []
    tiny_run("gan").export(out=tmp_path / "small.onnx", int8=True, say=said.append)
    (line,) = (line for line in said if line.startswith("8 bits"))
    assert "Fréchet distance (2,000 samples) from" in line


def test_by_default_it_lies_in_the_run(tiny_run: TinyRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = copied(tiny_run("points"), tmp_path / "points")
    assert main(["export", str(folder)]) == 0
    assert (folder / "export" / "points.onnx").is_file()
    assert str(folder / "export" / "points.onnx") in capsys.readouterr().out


def test_a_graph_that_computes_something_else_is_not_written(
    tiny_run: TinyRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "run_onnx", lambda content, inputs: torch.zeros(len(inputs[0]), 1, 8, 8))
    with pytest.raises(UserError, match="differs from the run"):
        tiny_run("dcgan").export(out=tmp_path / "digits.onnx", say=quiet)
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"to": "onnx", "out": "picture.png"}, "written to a file .onnx"),
        ({"to": "torch", "int8": True}, "8 bits are for onnx and web"),
        ({"to": "coreml"}, "there is no form 'coreml'"),
        ({"to": "safetensors", "uint8": True}, "safetensors holds the weights alone"),
        ({"to": "onnx", "backwards": True}, "this is none"),
    ],
)
def test_what_can_not_be_is_one_line(tiny_run: TinyRun, tmp_path: Path, options: dict[str, object], words: str) -> None:
    out = tmp_path / str(options.pop("out", "x"))
    if out.name == "x" and options["to"] in ("onnx", "torch"):
        out = out.with_suffix({"onnx": ".onnx", "torch": ".pt2"}[str(options["to"])])
    with pytest.raises(UserError, match=words):
        gankit.load(tiny_run("dcgan").directory).export(out=out, say=quiet, **options)
