from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from gankit.losses import objectives

EXTREME = (-200.0, -30.0, -3.0, 0.0, 0.5, 30.0, 200.0)


def log_d(scores: np.ndarray) -> np.ndarray:
    """log sigmoid(s)"""
    return -np.logaddexp(0, -scores)


def log_not_d(scores: np.ndarray) -> np.ndarray:
    """log(1 - sigmoid(s))"""
    return -np.logaddexp(0, scores)


def d(scores: np.ndarray) -> np.ndarray:
    """D = sigmoid(s), so 1 - D is d(-s), to every digit."""
    return np.exp(log_d(scores))


OF_ONE = {
    "real_cross_entropy": (lambda s: -log_d(s), lambda s: -d(-s)),
    "fake_cross_entropy": (lambda s: -log_not_d(s), d),
    "minimax": (log_not_d, lambda s: -d(s)),
    "non_saturating": (lambda s: -log_d(s), lambda s: -d(-s)),
}
"""Each objective of one set of scores: its value and its slope for one score, in float64."""


def slope(value: Tensor, scores: Tensor) -> np.ndarray:
    return torch.autograd.grad(value, scores, retain_graph=True)[0].numpy()


@pytest.mark.parametrize("name", OF_ONE)
def test_value_is_the_closed_form(name: str) -> None:
    scores = np.random.default_rng(0).normal(size=(5, 7)) * 4
    got = getattr(objectives, name)(torch.tensor(scores))
    assert got.dtype == torch.float32
    assert got.shape == ()
    assert got.item() == pytest.approx(OF_ONE[name][0](scores).mean(), rel=1e-6)


@pytest.mark.parametrize("score", EXTREME)
@pytest.mark.parametrize("smoothing", [0.1, 0.3])
def test_a_smoothed_label_is_both_answers_in_proportion(smoothing: float, score: float) -> None:
    scores = torch.tensor([score, -1.0], requires_grad=True)
    exact = scores.detach().double().numpy()
    got = objectives.real_cross_entropy(scores, smoothing)
    expected = -(1 - smoothing) * log_d(exact) - smoothing * log_not_d(exact)
    assert got.item() == pytest.approx(expected.mean(), rel=1e-6)
    np.testing.assert_allclose(slope(got, scores), (d(exact) - (1 - smoothing)) / 2, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("name", OF_ONE)
@pytest.mark.parametrize("score", EXTREME)
def test_value_and_slope_at_extreme_scores(name: str, score: float) -> None:
    value, derivative = OF_ONE[name]
    scores = torch.tensor([score], requires_grad=True)
    got = getattr(objectives, name)(scores)
    assert got.item() == pytest.approx(value(np.array(score)), rel=1e-6, abs=1e-30)
    assert slope(got, scores)[0] == pytest.approx(derivative(np.array(score)), rel=1e-6, abs=1e-30)


def test_each_score_weighs_the_same() -> None:
    scores = torch.tensor([[-2.0, 1.0], [0.0, 5.0]], requires_grad=True)
    expected = -d(-scores.detach().double().numpy()) / 4
    np.testing.assert_allclose(slope(objectives.non_saturating(scores), scores), expected, rtol=1e-6)


def test_both_generator_losses_slope_the_same_way() -> None:
    scores = torch.tensor([-3.0, -0.5, 0.0, 2.0], requires_grad=True)
    probability = d(scores.detach().double().numpy())
    in_game = slope(objectives.minimax(scores), scores)
    in_practice = slope(objectives.non_saturating(scores), scores)
    np.testing.assert_allclose(in_practice, in_game * (1 - probability) / probability, rtol=1e-6)


def test_the_discriminators_halves_are_the_game() -> None:
    """At D = 1/2 the value of the game is -log 4."""
    scores = torch.zeros(9)
    value = -(objectives.real_cross_entropy(scores) + objectives.fake_cross_entropy(scores))
    assert value.item() == pytest.approx(-np.log(4))


def test_wasserstein() -> None:
    real = torch.tensor([3.0, 5.0], requires_grad=True)
    fake = torch.tensor([1.0, -2.0, 4.0, 200.0], requires_grad=True)
    got = objectives.wasserstein(real, fake)
    assert got.item() == pytest.approx(203 / 4 - 4)
    assert slope(got, real).tolist() == [-0.5, -0.5]
    assert slope(got, fake).tolist() == [0.25] * 4


@pytest.mark.parametrize("name", OF_ONE)
def test_half_precision_scores_are_widened(name: str) -> None:
    scores = torch.tensor([3.0, -1.5, 0.25], dtype=torch.bfloat16)
    objective = getattr(objectives, name)
    assert objective(scores).dtype == torch.float32
    assert objective(scores) == objective(scores.float())


def test_half_precision_scores_are_averaged_in_float32() -> None:
    """4,097 is no bfloat16: the nearest is 4,096."""
    real, fake = torch.tensor([8192.0, 2.0], dtype=torch.bfloat16), torch.zeros(1, dtype=torch.bfloat16)
    assert objectives.wasserstein(real, fake).item() == -4097
    assert objectives.wasserstein(fake, real).item() == 4097


@pytest.mark.parametrize("target", [-1.0, 0.0, 1.0])
def test_squared_error(target: float) -> None:
    scores = torch.tensor([[3.0, -2.0], [200.0, 0.5]], requires_grad=True)
    got = objectives.squared_error(scores, target)
    away = scores.detach().double().numpy() - target
    assert got.item() == pytest.approx((away**2).mean() / 2, rel=1e-6)
    np.testing.assert_allclose(slope(got, scores), away / 4, rtol=1e-6)
    wide = objectives.squared_error(torch.tensor([257.0, 0.0]).bfloat16(), 1.0)  # 257 is 256 in bfloat16; 255^2 is none
    assert wide.dtype == torch.float32
    assert wide.item() == pytest.approx((255**2 + 1) / 4)
