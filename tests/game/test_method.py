"""The game's grammar: players unpack, turns are checked, a method knows its batch."""

from __future__ import annotations

import pytest
import torch

from gankit.base.errors import UserError
from gankit.game import Players, Turn
from gankit.game.batch import DataSpec, Images, Labelled
from gankit.methods.gan import GAN
from gankit.methods.wgan_gp import WGANGP
from gankit.networks import MLP
from tests.game.material import Conditional


def test_a_method_knows_its_batch_type_from_its_own_signature() -> None:
    assert Conditional().batch_type is Labelled
    assert GAN().batch_type is Images


def test_players_unpack_and_their_memory_is_state() -> None:
    players = Players(torch.nn.Linear(1, 2), torch.nn.Linear(2, 1), k=torch.tensor(0.5))
    generator, discriminator = players
    assert generator is players.generator
    assert discriminator is players.discriminator
    assert players.state_dict()["k"] == 0.5


def test_the_default_turns_and_those_of_the_methods() -> None:
    assert [(turn.player, turn.repeat) for turn in Conditional().turns()] == [("discriminator", 1), ("generator", 1)]
    assert [turn.repeat for turn in GAN(discriminator_steps=3).turns()] == [3, 1]
    assert [turn.repeat for turn in WGANGP().turns()] == [5, 1]


@pytest.mark.parametrize(("repeat", "every"), [(0, 1), (1, 0), (-2, 1)])
def test_a_turn_that_never_comes_is_refused(repeat: int, every: int) -> None:
    with pytest.raises(UserError, match="at least 1"):
        Turn(player="discriminator", loss=lambda players, batch: {}, repeat=repeat, every=every)


def test_a_turn_s_moves_are_a_function_of_the_step() -> None:
    every = Turn(player="generator", loss=lambda players, batch: {}, repeat=2, every=3)
    assert [every.moves(step) for step in range(5)] == [2, 0, 0, 2, 0]
    phased = Turn(player="discriminator", loss=lambda players, batch: {}, repeat=lambda step: 9 - step, every=2)
    assert [phased.moves(step) for step in range(5)] == [9, 0, 7, 0, 5]


def test_an_empty_batch_is_refused() -> None:
    with pytest.raises(UserError, match="batch-size"):
        GAN(batch_size=0)


def test_a_generator_knows_its_prior() -> None:
    generator = MLP(latent=7).generator(DataSpec(shape=(2,), bounded=False))
    assert generator.prior.size == 7
    assert generator.sample(5).shape == (5, 2)
