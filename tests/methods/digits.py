"""How near a method's samples come to the built-in digits."""

from __future__ import annotations

from typing import Any

import torch

from gankit.data import Batches, images, open_data
from gankit.evaluation.frechet import frechet_distance
from gankit.game import Method
from gankit.game.batch import Images
from gankit.training.state import State


def distances_to_digits(method: Method[Any], steps: int) -> tuple[float, float]:
    """The Fréchet distance of pixels of 1,000 samples to 1,000 digits, before and after `steps`."""
    pack = open_data("digits")
    state = State(method, pack.spec, ema=0.9)
    batches = Batches(pack, Images, method.batch_size, seed=0)
    real = images(pack, torch.arange(1000)).flatten(1)

    def distance() -> float:
        torch.manual_seed(0)
        with torch.no_grad():
            return frechet_distance(real, state.average.module.sample(1000).flatten(1))

    before = distance()
    for _ in range(steps):
        state.advance(batches)
    return before, distance()
