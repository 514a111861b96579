"""Whether there is room for the players, before they are made."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from gankit.base.errors import UserError
from gankit.base.memory import available, in_words
from gankit.game import DataSpec, Method

REMEDY = "lower --batch-size, --size or the network's width; 'gankit train ... --dry-run' tells what a step takes"
COPIES = 4
"""Of each weight in a training: itself, its gradient, and two moments of an optimiser."""


def refuse_too_large(method: Method[Any], data: DataSpec, device: torch.device) -> None:
    """Raise `UserError` where the weights of `method`'s players don't fit in what memory is left."""
    left = available(device)
    if left is None:
        return
    try:
        with torch.device("meta"):
            players = method.players(data)
    except (RuntimeError, NotImplementedError):  # a network that looks at its values while it is made
        return
    needed = COPIES * sum(parameter.nbytes for parameter in players.parameters())
    if needed > left:
        count = parameters(players)
        raise UserError(
            f"the players have {count:,} parameters, which take {in_words(needed)} to train, and {in_words(left)} is "
            f"left: {REMEDY}"
        )


def parameters(module: nn.Module) -> int:
    """How many numbers `module` learns."""
    return sum(parameter.numel() for parameter in module.parameters())
