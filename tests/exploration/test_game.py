"""The game on points: where the generator's loss pushes its samples."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from gankit.base.errors import UserError
from gankit.exploration.game import CELLS, Moment, game, moment, push, window
from gankit.game import Players
from gankit.game.batch import DataSpec, Images
from gankit.game.prior import Normal
from gankit.methods.began import BEGAN
from gankit.methods.ebgan import EBGAN
from gankit.methods.gan import GAN
from gankit.methods.infogan import InfoGAN
from gankit.methods.wgan_gp import WGANGP
from gankit.networks import MLP, CGANNetwork
from gankit.networks.parts import Scores, Stack

SMALL = MLP(generator_widths=(8,), discriminator_widths=(8,), latent=2)


def players(dimensions: int, discriminator: nn.Module | None = None) -> Players:
    torch.manual_seed(0)
    made = Players(Stack(Normal(2), nn.Linear(2, dimensions)), discriminator or Scores(nn.Linear(dimensions, 1)))
    return made.eval().requires_grad_(False)


def at(method: Any, dimensions: int, **given: Any) -> Moment:
    data = torch.randn(500, dimensions, generator=torch.Generator().manual_seed(0))
    return moment(method, given.get("players", players(dimensions)), Images(data[:50]), data, step=7, seed=0)


def test_a_critic_pushes_along_its_slope() -> None:
    """The generator's loss of a Wasserstein critic is minus its mean score: samples go up its gradient."""
    pair = players(2)
    points, pushed = push(WGANGP(), pair, Images(torch.zeros(50, 2)), seed=0)
    slope = pair.discriminator[0].weight[0]
    assert points.shape == pushed.shape == (50, 2)
    torch.testing.assert_close(pushed, slope.expand(50, 2))


def test_the_push_is_the_loss_s_own_whatever_the_objective() -> None:
    pair = players(1)
    points, saturating = push(GAN(objective="minimax"), pair, Images(torch.zeros(20, 1)), seed=0)
    again, usual = push(GAN(), pair, Images(torch.zeros(20, 1)), seed=0)
    assert torch.equal(points, again)
    probability = pair.discriminator(points).sigmoid()[:, None]
    torch.testing.assert_close(saturating / usual, probability / (1 - probability))


@pytest.mark.parametrize("method", [EBGAN(), BEGAN(), InfoGAN(network=SMALL, noise=2)])
def test_every_kind_of_discriminator_pushes(method: Any) -> None:
    torch.manual_seed(0)
    pair = method.players(DataSpec(shape=(2,), bounded=False)).eval().requires_grad_(False)
    found = at(method, 2, players=pair)
    assert found.surface.shape == (CELLS, CELLS)
    assert found.push.norm(dim=1).min() > 0
    assert np.asarray(game(torch.randn(99, 2), [found]).picture()).std() > 10


def test_the_surface_is_the_score_of_every_place() -> None:
    class Right(nn.Module):
        def forward(self, points: torch.Tensor) -> torch.Tensor:
            return points[:, 0] + 100 * points[:, 1]

    data = torch.randn(500, 2, generator=torch.Generator().manual_seed(0))
    found = at(GAN(), 2, players=players(2, Right()))
    (left, right), (low, high) = window(data).tolist()
    torch.testing.assert_close(found.surface[0, 0].item(), left + 100 * low, rtol=1e-4, atol=1e-3)
    torch.testing.assert_close(found.surface[0, -1].item(), right + 100 * low, rtol=1e-4, atol=1e-3)
    torch.testing.assert_close(found.surface[-1, 0].item(), left + 100 * high, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("known", [True, False])
def test_a_line_has_densities_and_a_score(known: bool) -> None:
    found = game(torch.randn(200, 1), [at(GAN(), 1)] * 2, density=(lambda x: x[:, 0].abs()) if known else None)
    assert len(found.frames()) == 2
    assert np.asarray(found.picture()).std() > 10
    assert found.numbers["steps"] == [7, 7]


def test_what_can_t_be_shown() -> None:
    with pytest.raises(UserError, match="one or two dimensions, not 3"):
        at(GAN(), 3)
    spec = DataSpec(shape=(2,), classes=("a", "b"), bounded=False)
    labelled = Players(CGANNetwork().generator(spec), CGANNetwork().discriminator(spec))
    with pytest.raises(UserError, match="takes labels"):
        at(GAN(), 2, players=labelled)
