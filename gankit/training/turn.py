"""One move of one player: its loss, the gradient, the step, with the opponent frozen."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager

import torch
from torch import nn

from gankit.game import Players, Terms, Turn
from gankit.game.batch import Batch


def freeze(still: Iterable[nn.Parameter], mover: Iterable[nn.Parameter]) -> None:
    """Let gradients reach `mover` alone: a frozen player passes gradients through and keeps none."""
    for parameter in still:
        parameter.requires_grad_(False)
    for parameter in mover:
        parameter.requires_grad_(True)


def play(
    players: Players,
    turn: Turn,
    batch: Batch,
    optimizer: torch.optim.Optimizer,
    autocast: AbstractContextManager[object],
) -> Terms:
    """`turn.player` takes one optimiser step on the sum of its terms; returns them without their graph."""
    with autocast:
        terms = turn.loss(players, batch)
        loss = torch.stack([term.float() for term in terms.values()]).sum()
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return {name: term.detach() for name, term in terms.items()}
