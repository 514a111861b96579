from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from gankit.losses import penalties

SHAPES = [(3,), (1, 4, 5), (2, 3, 4), (5, 4, 3)]
"""A vector, and images of 1, 2 and 5 channels that are not square."""


def critic(shape: tuple[int, ...]) -> nn.Module:
    """A smooth critic [n, *shape] -> [n] in float64 with random weights."""
    torch.manual_seed(0)
    if len(shape) == 3:
        trunk = [nn.Conv2d(shape[0], 3, 3, padding=1), nn.Tanh(), nn.Flatten()]
        width = 3 * shape[1] * shape[2]
    else:
        trunk, width = [nn.Linear(shape[0], 4), nn.Tanh()], 4
    return nn.Sequential(*trunk, nn.Linear(width, 1), nn.Flatten(0)).double()


def finite_difference(value: Callable[[], Tensor], at: Tensor, step: float = 1e-5) -> Tensor:
    """Gradient of `value()` with respect to the entries of `at`, which it reads, by central differences."""
    slopes = torch.zeros_like(at)
    for entry, slope in zip(at.data.view(-1), slopes.view(-1), strict=True):
        start = entry.clone()
        entry.copy_(start + step)
        above = value().detach()
        entry.copy_(start - step)
        slope.copy_((above - value().detach()) / (2 * step))
        entry.copy_(start)
    return slopes


@pytest.mark.parametrize("shape", SHAPES)
def test_input_gradient_is_each_scores_slope(shape: tuple[int, ...]) -> None:
    network = critic(shape)
    inputs = torch.randn(3, *shape, dtype=torch.float64)
    got = penalties.input_gradient(network, inputs)
    assert got.shape == inputs.shape
    for i in range(3):
        expected = finite_difference(lambda i=i: network(inputs)[i], inputs)
        torch.testing.assert_close(got[i], expected[i], rtol=1e-6, atol=1e-8)
        assert not expected[torch.arange(3) != i].any()


@pytest.mark.parametrize("shape", SHAPES)
def test_penalty_reaches_every_weight(shape: tuple[int, ...]) -> None:
    network = critic(shape)
    real, fake = torch.randn(2, 4, *shape, dtype=torch.float64)

    def value() -> Tensor:
        torch.manual_seed(1)
        return penalties.gradient_penalty(network, real, fake)

    value().backward()
    *inner, last_bias = network.parameters()
    assert last_bias.grad is None, "adding to every score makes no critic steeper"
    for weight in inner:
        torch.testing.assert_close(weight.grad, finite_difference(value, weight), rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("shape", SHAPES)
def test_penalty_is_the_mean_of_squares_at_the_points_between(shape: tuple[int, ...]) -> None:
    network = critic(shape)
    real, fake = torch.randn(2, 4, *shape, dtype=torch.float64)
    torch.manual_seed(1)
    points = penalties.between(real, fake)
    torch.manual_seed(1)
    got = penalties.gradient_penalty(network, real, fake)
    lengths = [penalties.input_gradient(network, point[None]).square().sum().sqrt() for point in points]
    torch.testing.assert_close(got, (torch.stack(lengths) - 1).square().mean())


@pytest.mark.parametrize("shape", SHAPES)
def test_a_linear_critic_is_as_steep_as_its_weight(shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    weight = torch.randn(shape)
    inputs = torch.randn(6, *shape)

    def linear(x: Tensor) -> Tensor:
        return (x * weight).flatten(1).sum(1)

    norms = penalties.gradient_norms(linear, inputs)
    torch.testing.assert_close(norms, weight.norm().expand(6))
    unit = weight / weight.norm()
    flat = penalties.gradient_penalty(lambda x: (x * unit).flatten(1).sum(1), inputs, -inputs)
    assert flat.item() == pytest.approx(0, abs=1e-10)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_flat_critic_costs_1_and_gives_no_nan(shape: tuple[int, ...]) -> None:
    network = critic(shape)
    for weight in network.parameters():
        nn.init.zeros_(weight)
    real, fake = torch.randn(2, 4, *shape, dtype=torch.float64)
    cost = penalties.gradient_penalty(network, real, fake)
    cost.backward()
    assert cost.item() == 1
    assert all(w.grad is None or w.grad.isfinite().all() for w in network.parameters())


@pytest.mark.parametrize("shape", SHAPES)
def test_between_draws_one_epsilon_for_each_sample(shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    real, fake = torch.randn(2, 2000, *shape, dtype=torch.float64)
    epsilon = ((penalties.between(real, fake) - fake) / (real - fake)).flatten(1)
    torch.testing.assert_close(epsilon, epsilon[:, :1].expand_as(epsilon), rtol=0, atol=1e-6)
    ranked = epsilon[:, 0].sort().values
    assert ranked.unique().numel() == 2000
    uniform = (torch.arange(2000, dtype=torch.float64) + 0.5) / 2000
    assert (ranked - uniform).abs().max() < 0.04, "Kolmogorov-Smirnov distance from uniform"


@pytest.mark.parametrize("shape", SHAPES)
def test_slope_penalty_is_at_the_points_it_is_given(shape: tuple[int, ...]) -> None:
    network = critic(shape)
    points = torch.randn(4, *shape, dtype=torch.float64)
    lengths = torch.stack([penalties.input_gradient(network, point[None]).norm() for point in points])
    for slope in (0.0, 1.0, 2.5):
        got = penalties.slope_penalty(network, points, slope)
        torch.testing.assert_close(got, (lengths - slope).square().mean())


def test_near_draws_a_gaussian_for_every_entry() -> None:
    torch.manual_seed(0)
    real = torch.randn(20_000, 2, 1, 2, dtype=torch.float64)
    noise = (penalties.near(real, 0.09) - real).flatten(1)
    torch.testing.assert_close(noise.mean(0), torch.zeros(4, dtype=torch.float64), atol=0.01, rtol=0)
    torch.testing.assert_close(noise.T.cov(), 0.09 * torch.eye(4, dtype=torch.float64), atol=0.003, rtol=0)
    assert ((noise / 0.3) ** 4).mean().item() == pytest.approx(3, abs=0.1)
    assert torch.equal(penalties.near(real, 0.0), real)


def test_brightened_draws_one_strength_for_each_sample_and_never_darkens() -> None:
    """In units of half the batch's deviation: alpha U, with moments 1/4 and 1/9, and 1/48 shared within a sample."""
    torch.manual_seed(0)
    real = 3 * torch.rand(20_000, 2, 1, 2, dtype=torch.float64)
    unit = real.std(correction=0) / 2
    added = ((penalties.brightened(real) - real) / unit).flatten(1)
    assert added.min() >= -1e-12
    assert 0.95 < added.max() < 1
    assert added.mean().item() == pytest.approx(1 / 4, abs=0.005)
    shared = added.T.cov()
    torch.testing.assert_close(shared.diagonal(), torch.full((4,), 1 / 9 - 1 / 16).double(), atol=0.002, rtol=0)
    torch.testing.assert_close(shared[0, 1:], torch.full((3,), 1 / 48).double(), atol=0.002, rtol=0)
    assert torch.stack([added[:-1, 0], added[1:, 0]]).corrcoef()[0, 1].abs() < 0.03


def test_inputs_and_what_made_them_get_no_gradient() -> None:
    inputs = torch.randn(4, 3, requires_grad=True)
    network = critic((3,)).float()
    penalties.gradient_norms(network, inputs * 2).sum().backward()
    assert inputs.grad is None


def test_autocast_changes_nothing() -> None:
    network = critic((2, 3, 4)).float()
    real, fake = torch.randn(2, 4, 2, 3, 4)
    penalty = []
    for autocast in (False, True):
        torch.manual_seed(1)
        with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
            network(real)
            penalty.append(penalties.gradient_penalty(network, real, fake))
    assert penalty[1].dtype == torch.float32
    assert torch.equal(*penalty)


def test_half_precision_fakes_are_widened() -> None:
    network = critic((3,)).float()
    real, fake = torch.randn(2, 4, 3)
    assert penalties.between(real, fake.bfloat16()).dtype == torch.float32
    assert penalties.input_gradient(network, real.bfloat16()).dtype == torch.float32
