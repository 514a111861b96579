"""One move of one player: its loss, the gradient, the step, with the opponent frozen."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import Tensor, nn

from gankit.base.errors import UserError
from gankit.game import Players, Terms, Turn
from gankit.game.batch import Batch


def freeze(still: Iterable[nn.Parameter], mover: Iterable[nn.Parameter]) -> None:
    """Let gradients reach `mover` alone: a frozen player passes gradients through and keeps none."""
    for parameter in still:
        parameter.requires_grad_(False)
    for parameter in mover:
        parameter.requires_grad_(True)


def total(turn: Turn, terms: Any) -> Tensor:
    """The sum of `terms`. Raises `UserError` where a loss of somebody's own returned something else than terms."""
    known = isinstance(terms, dict) and all(isinstance(term, Tensor) and term.dim() == 0 for term in terms.values())
    if not known or not terms:
        raise UserError(f"the {turn.player}'s loss must be names with a number each, as tensors of no side")
    loss = torch.stack([term.float() for term in terms.values()]).sum()
    if not loss.requires_grad:
        raise UserError(f"the {turn.player}'s loss does not hang on its weights: nothing could be learned from it")
    return loss


def differentiate(players: Players, turn: Turn, batch: Batch, autocast: AbstractContextManager[object]) -> Terms:
    """Add the gradient of the sum of the turn's terms to that of the mover; returns the terms without their graph."""
    with autocast:
        terms = turn.loss(players, batch)
        loss = total(turn, terms)
    loss.backward()
    return {name: term.detach() for name, term in terms.items()}


def play(
    players: Players,
    turn: Turn,
    batch: Batch,
    optimizer: torch.optim.Optimizer,
    autocast: AbstractContextManager[object],
) -> Terms:
    """`turn.player` takes one optimiser step on the sum of its terms; returns them without their graph."""
    terms = differentiate(players, turn, batch, autocast)
    optimizer.step()
    optimizer.zero_grad()
    return terms
