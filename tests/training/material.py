"""What tests of graphs share: games on a device, with and without them."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from gankit.data import Batches
from gankit.game.optimizers import Adam
from gankit.networks import MLP
from gankit.training.graphs import Graphed
from gankit.training.state import State
from tests.tiny import Tiny, quiet

SMALL = MLP(generator_widths=(16,), discriminator_widths=(16,))
ADAM: dict[str, Any] = {"generator_optimizer": Adam(), "discriminator_optimizer": Adam()}


def batches_on(device: torch.device, tiny: Tiny) -> Batches:
    method = tiny.method
    return Batches(tiny.pack(), method.batch_type, method.batch_size, seed=0, device=device, labels=method.label_budget)


def graphed(tiny: Tiny, device: torch.device, said: list[str] | None = None) -> Graphed:
    return Graphed(tiny.method, tiny.spec, device=device, say=said.append if said is not None else quiet)


def everything(state: State) -> dict[str, Tensor]:
    return {f"{file}/{name}": value.cpu() for file, group in state.tensors().items() for name, value in group.items()}


def differing(ours: State, theirs: State) -> list[str]:
    one, other = everything(ours), everything(theirs)
    assert one.keys() == other.keys()
    return [name for name in one if not torch.equal(one[name], other[name])]
