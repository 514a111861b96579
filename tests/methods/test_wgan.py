"""WGAN: what clipping does, when the critic moves, and the paper's example of two parallel lines."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pytest
from torch import nn

from gankit.base.errors import UserError
from gankit.data import Batches, open_data
from gankit.game import Players, Terms, Turn
from gankit.game.batch import Images
from gankit.game.optimizers import Adam, RMSProp
from gankit.methods.gan import GAN
from gankit.methods.wgan import WGAN
from gankit.networks import ConvOrMLP, DCGANNetwork
from gankit.reproduce.lines import against
from gankit.training.state import State


@dataclass(frozen=True, kw_only=True)
class Watched(WGAN):
    """Looks at both players after each of its turns."""

    def after_turn(self, turn: Turn, players: Players, terms: Terms) -> None:
        super().after_turn(turn, players, terms)
        assert all(parameter.abs().max() <= self.clip for parameter in players.discriminator.parameters())
        assert any(parameter.abs().max() > self.clip for parameter in players.generator.parameters())


def test_every_parameter_of_the_critic_is_clipped_after_each_of_its_turns() -> None:
    method = Watched(batch_size=16, network=ConvOrMLP(conv=DCGANNetwork(width=8)), critic_steps=2)
    pack = open_data("digits")
    state = State(method, pack.spec)
    batches = Batches(pack, Images, 16, seed=0)
    gains = [layer.weight for layer in state.players.discriminator.modules() if isinstance(layer, nn.BatchNorm2d)]
    assert gains
    for _ in range(3):
        state.advance(batches)
        assert all(gain.min() > method.clip / 2 for gain in gains)  # they start near 1, and move slowly


def test_the_released_code_s_long_phases() -> None:
    paper, released = WGAN().turns()[0], WGAN(long_phases=True).turns()[0]
    assert {paper.moves(step) for step in (0, 24, 25, 500)} == {5}
    assert [released.moves(step) for step in (0, 24, 25, 499, 500, 501, 1000)] == [100, 100, 5, 5, 100, 5, 100]
    assert WGAN(long_phases=True).turns()[1].moves(0) == 1


@pytest.mark.parametrize("clip", [0.0, -0.01, float("nan")])
def test_a_clip_that_leaves_nothing_is_refused(clip: float) -> None:
    with pytest.raises(UserError, match="clip must be above 0"):
        WGAN(clip=clip)


@pytest.mark.parametrize("theta", [-1.5, -0.25, 0.5, 2.0])
def test_a_clipped_critic_measures_parallel_lines_and_says_which_way(theta: float) -> None:
    """W1 is |theta|; a linear critic clipped at c is c-Lipschitz along x, and its slope in theta is c sign(theta)."""
    method = WGAN(discriminator_optimizer=RMSProp(lr=1e-3))
    value, slope = against(method, theta, 100, seed=0)
    assert value == pytest.approx(method.clip * abs(theta), rel=1e-3)
    assert slope == pytest.approx(math.copysign(method.clip, theta), rel=1e-3)


@pytest.mark.parametrize("theta", [-1.0, 2.0])
def test_where_jensen_shannon_is_log_2_and_flat(theta: float) -> None:
    """Off theta = 0 the lines don't touch: the game's value is -log 4 + 2 log 2 = 0 however far they are."""
    method = GAN(objective="minimax", discriminator_optimizer=Adam(lr=3.0, betas=(0.5, 0.999)))
    value, slope = against(method, theta, 300, seed=0)
    assert (value + math.log(4)) / 2 == pytest.approx(math.log(2), abs=1e-3)
    assert abs(slope) < 0.01
