"""Weights that come with gankit: small classifiers of digits, clothes and photos.

`gankit examples classifiers` made them.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from safetensors.torch import load
from torch import Tensor

from gankit.base.errors import UserError

WEIGHTS = Path(__file__).parent / "weights"
RECORD = "weights.json"


def shipped(data: str, folder: Path = WEIGHTS) -> dict[str, Tensor]:
    """The tensors of the classifier of the data set `data`; `UserError` if its file is damaged or gone."""
    path = folder / f"{data}.safetensors"
    try:
        content = path.read_bytes()
        whole = hashlib.sha256(content).hexdigest() == record(folder)[data]["sha256"]
    except (OSError, ValueError, KeyError):
        whole, content = False, b""
    if not whole:
        raise UserError(f"the weights {str(path)!r} are damaged or missing: install gankit again")
    return load(content)


def record(folder: Path = WEIGHTS) -> dict[str, dict[str, Any]]:
    """What is known of each file of weights: its sha256, accuracy, on which images, and the command that made it."""
    return json.loads((folder / RECORD).read_text(encoding="utf-8"))
