"""What the tests of runs share: what a run directory holds, and how commands refuse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

import gankit
from gankit.commands.main import main
from tests.tiny import quiet


def weights(out: Path) -> dict[str, Any]:
    """Every tensor of the newest checkpoint."""
    last = sorted((out / "checkpoints").glob("step-*"))[-1]
    files = [load_file(last / f"{part}.safetensors") for part in ("players", "average", "optimizers")]
    return {f"{index}/{name}": value for index, file in enumerate(files) for name, value in file.items()}


def assert_same_weights(first: Path, second: Path) -> None:
    a, b = weights(first), weights(second)
    assert a.keys() == b.keys()
    assert [name for name in a if not torch.equal(a[name], b[name])] == []


def unsealed(out: Path) -> None:
    """Make the checkpoints of a run as they were before their facts, the log and config.json were sealed."""
    for path in out.glob("checkpoints/*/state.json"):
        facts = json.loads(path.read_text())
        path.write_text(json.dumps({name: facts[name] for name in ("step", "images", "best", "files")}))


def lines(out: Path) -> list[dict[str, Any]]:
    """The lines of the log."""
    return [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]


QUICK: dict[str, Any] = {"samples": 300, "metrics": ("frechet", "kid", "prdc")}


def evaluate(subject: Any, *rest: Any, **options: Any) -> gankit.Card:
    return gankit.evaluate(subject, *rest, say=quiet, **{**QUICK, **options})


def refuses(capsys: pytest.CaptureFixture[str], *words: str | Path) -> str:
    """The one line on stderr of a command that ends with status 2."""
    assert main([str(word) for word in words]) == 2
    *_, line = capsys.readouterr().err.strip().splitlines()
    assert line.startswith("gankit: error: ")
    return line


def photos(folder: Path, side: int = 40) -> str:
    np.save(folder / "photos.npy", np.random.default_rng(0).integers(0, 256, (12, side, side, 3), dtype=np.uint8))
    return str(folder / "photos.npy")
