"""LSGAN's theorems on a discrete pair: the best discriminator, and what the generator then minimises."""

from __future__ import annotations

import pytest
import torch

from gankit.losses.objectives import squared_error
from gankit.methods.lsgan import LSGAN
from tests.methods.discrete import P, Q, batch, players

BINARY = LSGAN()
PEARSON = LSGAN(fake_target=-1.0, real_target=1.0, wanted=0.0)
GAMES = {"binary": BINARY, "pearson": PEARSON}


def best(method: LSGAN) -> torch.Tensor:
    """D* = (b p_data + a p_g) / (p_data + p_g), equation 5."""
    return (method.real_target * P + method.fake_target * Q) / (P + Q)


def test_the_default_targets_are_those_of_the_experiments() -> None:
    assert (BINARY.fake_target, BINARY.real_target, BINARY.wanted) == (0, 1, 1)


@pytest.mark.parametrize("name", GAMES)
def test_the_best_discriminator(name: str) -> None:
    method = GAMES[name]
    game = players(best(method))
    loss = sum(method.discriminator_loss(game, batch()).values(), torch.zeros(()))
    loss.backward()
    assert game.discriminator.scores.grad.abs().max() < 1e-7
    apart = (method.real_target - method.fake_target) ** 2
    assert loss.item() == pytest.approx((apart * P * Q / (P + Q)).sum().item() / 2, rel=1e-6)


@pytest.mark.parametrize("name", GAMES)
def test_what_the_generator_minimises(name: str) -> None:
    """Twice equation 6: sum of ((b - c) p_data - (c - a) p_g)^2 / (p_data + p_g)."""
    method = GAMES[name]
    game = players(best(method))
    (on_samples,) = method.generator_loss(game, batch()).values()
    on_data = squared_error(game.discriminator(batch().images), method.wanted)  # the generator can't change it
    to_data, to_samples = method.real_target - method.wanted, method.wanted - method.fake_target
    expected = ((to_data * P - to_samples * Q) ** 2 / (P + Q)).sum().item()
    assert 2 * (on_samples + on_data).item() == pytest.approx(expected, rel=1e-6)


def test_with_targets_minus_1_1_and_0_that_is_pearson_s_chi_squared() -> None:
    """Equation 7: 2 C(G) = chi^2 of p_data + p_g from 2 p_g, where b - c = 1 and b - a = 2."""
    game = players(best(PEARSON))
    (on_samples,) = PEARSON.generator_loss(game, batch()).values()
    cost = on_samples + squared_error(game.discriminator(batch().images), PEARSON.wanted)
    assert 2 * cost.item() == pytest.approx(((2 * Q - (P + Q)) ** 2 / (P + Q)).sum().item(), rel=1e-6)


def test_scores_are_not_squashed() -> None:
    """A score far beyond its target costs by the square of how far: no sigmoid stands between."""
    game = players(torch.full((4,), 31.0))
    assert BINARY.generator_loss(game, batch())["wanted"].item() == pytest.approx(450)
    assert BINARY.discriminator_loss(game, batch())["fake"].item() == pytest.approx(31**2 / 2)
