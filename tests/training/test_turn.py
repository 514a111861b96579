"""A turn's gradient reaches its player and nobody else."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from typing import Literal

import pytest
import torch

from gankit.game import Method
from gankit.game.batch import DataSpec, Images, Labelled, Paired, PartlyLabelled, Unpaired
from gankit.game.optimizers import Adam
from gankit.methods import METHODS
from gankit.training.turn import freeze, play

DATA = DataSpec(shape=(1, 8, 8), classes=("a", "b"), other_shape=(1, 8, 8), aligned=True)
BATCH = Images(torch.rand(8, 1, 8, 8) * 2 - 1)
LABELS = torch.arange(8) % 2
BATCHES = {
    Images: BATCH,
    Labelled: Labelled(BATCH.images, LABELS),
    PartlyLabelled: PartlyLabelled(BATCH.images, BATCH.images.flip(0), LABELS),
    Paired: Paired(BATCH.images, -BATCH.images),
    Unpaired: Unpaired(BATCH.images, -BATCH.images.flip(0)),
}


@pytest.mark.parametrize("mover", ["generator", "discriminator"])
@pytest.mark.parametrize("name", METHODS)
def test_a_loss_reaches_its_player_s_gradients_and_only_those(
    name: str, mover: Literal["generator", "discriminator"]
) -> None:
    torch.manual_seed(0)
    method: Method = replace(METHODS[name].load()(), batch_size=len(BATCH))
    players = method.players(DATA)
    turn = next(turn for turn in method.turns() if turn.player == mover)
    own = getattr(players, mover)
    other = players.discriminator if mover == "generator" else players.generator
    freeze(other.parameters(), own.parameters())
    sum(turn.loss(players, BATCHES[method.batch_type]).values(), torch.zeros(())).backward()
    assert all(parameter.grad is None for parameter in other.parameters())
    assert all(parameter.grad is not None for parameter in own.parameters())
    assert any(parameter.grad.abs().max() > 0 for parameter in own.parameters())


def test_a_frozen_generator_s_sample_carries_no_graph() -> None:
    players = METHODS["dcgan"].load()().players(DATA)
    freeze(players.generator.parameters(), players.discriminator.parameters())
    assert not players.generator.sample(4).requires_grad


@pytest.mark.parametrize("mover", ["generator", "discriminator"])
def test_play_moves_one_player_and_leaves_no_gradient(mover: Literal["generator", "discriminator"]) -> None:
    torch.manual_seed(0)
    method = METHODS["gan"].load()()
    players = method.players(DATA)
    own = getattr(players, mover)
    other = players.discriminator if mover == "generator" else players.generator
    before = [[p.detach().clone() for p in player.parameters()] for player in (own, other)]
    turn = next(turn for turn in method.turns() if turn.player == mover)
    freeze(other.parameters(), own.parameters())
    terms = play(players, turn, BATCH, Adam().build(own.parameters()), nullcontext())
    assert any(not torch.equal(a, b) for a, b in zip(before[0], own.parameters(), strict=True))
    assert all(torch.equal(a, b) for a, b in zip(before[1], other.parameters(), strict=True))
    assert all(parameter.grad is None for parameter in players.parameters())
    assert not any(term.requires_grad for term in terms.values())


def test_frozen_gradients_equal_those_of_the_plain_loop() -> None:
    """Freezing changes what is computed, not what comes out: the reference backpropagates everything."""
    torch.manual_seed(0)
    method = METHODS["gan"].load()()
    players = method.players(DATA).eval()
    generator, discriminator = players
    torch.manual_seed(1)
    method.generator_loss(players, BATCH)["non-saturating"].backward()
    plain = [parameter.grad.clone() for parameter in generator.parameters()]
    players.zero_grad()
    freeze(discriminator.parameters(), generator.parameters())
    torch.manual_seed(1)
    method.generator_loss(players, BATCH)["non-saturating"].backward()
    for expected, parameter in zip(plain, generator.parameters(), strict=True):
        assert torch.equal(expected, parameter.grad)
