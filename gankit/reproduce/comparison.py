"""What several runs make of the same test pictures, on one sheet."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch

from gankit import pictures
from gankit.base.randomness import seeded
from gankit.data import images
from gankit.runs.run import Run

SHOWN = 8


def beside(runs: Mapping[str, Run], path: Path) -> Path:
    """Write a column of inputs, one for each of `runs`, and one of targets: the first eight of the test split."""
    pack = next(iter(runs.values())).data("test")
    assert pack.other is not None
    given, wanted = (images(side, torch.arange(min(SHOWN, len(side)))) for side in (pack, pack.other))
    made = []
    for name, run in runs.items():
        translator = run.translator(device="cpu")
        with seeded(torch.device("cpu"), 0), torch.inference_mode():
            made.append((name, translator(given)))
    return pictures.save(pictures.columns([("input", given), *made, ("target", wanted)]), path)
