"""What tests of the commands share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gankit.commands.main import main

TINY = ["--network.width", "4", "--batch-size", "8", "--steps", "3"]
"""Options of a quick training."""


def error(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one line that a user's mistake ends in."""
    capsys.readouterr()
    try:
        status, parsed = main(arguments), True
    except SystemExit as stop:  # option parsing exits by itself, with its own message
        status, parsed = stop.code, False
    printed = capsys.readouterr().err
    assert status == 2
    if not parsed:
        return printed
    assert printed.startswith("gankit: error: ")
    assert printed.count("\n") == 1, printed
    return printed


def read_picture(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture)
