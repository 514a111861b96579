"""What tests of `gankit explore` share: asking a question, and looking at the answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from gankit.commands.main import main

Runs = dict[str, Path]
"""Directories of runs by name."""
Refusal = Callable[..., str]
"""What the fixture `refusal` gives."""
Words = str | Path | int


def explore(*words: Words) -> None:
    assert main(["explore", *map(str, words)]) == 0


def numbers_beside(path: Path) -> dict[str, Any]:
    """The numbers beside a picture, which is there and not empty."""
    with Image.open(path) as picture:
        assert np.asarray(picture.convert("RGB")).std() > 5
    return json.loads(path.with_suffix(".json").read_text())


def check_answer_repeats(folder: Path, question: str, run: Path, *options: Words) -> None:
    """A question that is asked twice gets a picture and numbers, the same ones."""
    for out in ("a.png", "b.png"):
        explore(question, run, "--out", folder / out, "--seed", 3, *options)
    assert (folder / "a.json").read_text() == (folder / "b.json").read_text()
    assert json.loads((folder / "a.json").read_text())
    with Image.open(folder / "a.png") as first, Image.open(folder / "b.png") as second:
        assert np.array_equal(np.asarray(first), np.asarray(second))
        assert np.asarray(first).std() > 10
