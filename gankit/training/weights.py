"""A file of weights alone, as a run is published: safetensors, with what they belong to in its metadata."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import load
from torch import Tensor

from gankit.base.errors import UserError
from gankit.base.files import read_bytes
from gankit.base.typed import fits

MODEL = "model.safetensors"
FACTS: dict[str, Any] = {"step": int, "weights": str, "config": list}


def with_facts(facts: dict[str, Any]) -> dict[str, str]:
    """The metadata that say `facts`."""
    return {"format": "pt", "gankit": json.dumps(facts)}


def read_weights(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The tensors of a file and what its metadata say of them: step, weights and the seal of their configuration.

    Raises `UserError` where it is damaged, or not of gankit.
    """
    try:
        tensors = load(read_bytes(path))
        with safe_open(path, "pt") as file:
            facts = json.loads((file.metadata() or {}).get("gankit", "null"))
    except (SafetensorError, ValueError) as error:
        raise UserError(f"{path} can't be read: {error}") from None
    if not isinstance(facts, dict) or not all(fits(facts.get(name), kind) for name, kind in FACTS.items()):
        raise UserError(f"{path} does not say what it belongs to: it is no file of gankit")
    return tensors, facts
