"""A turn's gradient reaches its player and nobody else."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Literal

import pytest
import torch

from gankit.game.optimizers import Adam
from gankit.training.turn import freeze, play
from tests.tiny import TINY


@pytest.mark.parametrize("mover", ["generator", "discriminator"])
@pytest.mark.parametrize("name", TINY)
def test_a_loss_reaches_its_player_s_gradients_and_only_those(
    name: str, mover: Literal["generator", "discriminator"]
) -> None:
    torch.manual_seed(0)
    tiny = TINY[name]
    method = tiny.method
    players = method.players(tiny.spec)
    turn = next(turn for turn in method.turns() if turn.player == mover)
    own = getattr(players, mover)
    other = players.discriminator if mover == "generator" else players.generator
    freeze(other.parameters(), own.parameters())
    sum(turn.loss(players, tiny.batch()).values(), torch.zeros(())).backward()
    assert all(parameter.grad is None for parameter in other.parameters())
    assert all(parameter.grad is not None for parameter in own.parameters())
    assert any(parameter.grad.abs().max() > 0 for parameter in own.parameters())


def test_a_frozen_generator_s_sample_carries_no_graph() -> None:
    players = TINY["dcgan"].method.players(TINY["dcgan"].spec)
    freeze(players.generator.parameters(), players.discriminator.parameters())
    assert not players.generator.sample(4).requires_grad


@pytest.mark.parametrize("mover", ["generator", "discriminator"])
def test_play_moves_one_player_and_leaves_no_gradient(mover: Literal["generator", "discriminator"]) -> None:
    torch.manual_seed(0)
    tiny = TINY["gan"]
    method = tiny.method
    players = method.players(tiny.spec)
    own = getattr(players, mover)
    other = players.discriminator if mover == "generator" else players.generator
    before = [[p.detach().clone() for p in player.parameters()] for player in (own, other)]
    turn = next(turn for turn in method.turns() if turn.player == mover)
    freeze(other.parameters(), own.parameters())
    terms = play(players, turn, tiny.batch(), Adam().build(own.parameters()), nullcontext())
    assert any(not torch.equal(a, b) for a, b in zip(before[0], own.parameters(), strict=True))
    assert all(torch.equal(a, b) for a, b in zip(before[1], other.parameters(), strict=True))
    assert all(parameter.grad is None for parameter in players.parameters())
    assert not any(term.requires_grad for term in terms.values())


def test_frozen_gradients_equal_those_of_the_plain_loop() -> None:
    """Freezing changes what is computed, not what comes out: the reference backpropagates everything."""
    torch.manual_seed(0)
    tiny = TINY["gan"]
    method = tiny.method
    players = method.players(tiny.spec).eval()
    generator, discriminator = players
    batch = tiny.batch()
    torch.manual_seed(1)
    method.generator_loss(players, batch)["non-saturating"].backward()
    plain = [parameter.grad.clone() for parameter in generator.parameters()]
    players.zero_grad()
    freeze(discriminator.parameters(), generator.parameters())
    torch.manual_seed(1)
    method.generator_loss(players, batch)["non-saturating"].backward()
    for expected, parameter in zip(plain, generator.parameters(), strict=True):
        assert torch.equal(expected, parameter.grad)
