"""gankit export."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gankit.base.text import tell
from gankit.commands.main import COMMANDS
from gankit.commands.parsing import parse
from gankit.export.web import size_of
from gankit.runs import export as exporting
from gankit.runs.run import Weights


@dataclass(frozen=True)
class Export:
    run: Path
    """The run directory, or hub:owner/name."""
    to: exporting.Form = "onnx"
    """onnx: a file for onnxruntime and others. torch: a .pt2 for torch.export.load. safetensors: a folder with the
    weights, config.json and a card, as on the hub. web: a folder whose index.html samples in a browser, offline.
    space: a folder that shows the run's page of 'gankit studio' to everybody, for a Space of the hub."""
    out: Path | None = None
    """Where to; by default into the run's folder export."""
    uint8: bool = False
    """Whole images from 0 to 255, not 0 to 1: out, and for a translator in, too. A page always has them."""
    int8: bool = False
    """Keep the weights of an .onnx or a page in 8 bits: a quarter of the size; it says what that costs."""
    backwards: bool = False
    """A translator's way back, where it knows one."""
    weights: Weights = "average"
    """The generator's running average, or its last weights."""
    trust: bool = False
    """Run the method.py of a run that was not made here: it is a program, so read it first."""


def export(arguments: list[str]) -> None:
    options = parse(Export, arguments, "gankit export", COMMANDS["export"])
    path = exporting.export(**{**vars(options), "say": tell})
    folder = path.parent if options.to == "web" else path
    size = size_of(folder) if folder.is_dir() else path.stat().st_size
    tell(f"{path}  {size / 2**20:.1f} MiB")
