"""The table of f-divergences against its definitions, in float64 and with scipy where a formula is special."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy import special
from torch import Tensor

from gankit.losses.divergences import DIVERGENCES, log_omega

RATIOS = torch.logspace(-3, 3, 61, dtype=torch.float64)
SCORES = torch.linspace(-9, 9, 37, dtype=torch.float64)
P = torch.tensor([0.4, 0.3, 0.2, 0.1], dtype=torch.float64)
Q = torch.tensor([0.1, 0.25, 0.15, 0.5], dtype=torch.float64)

EDGE = {"reverse-kl": 0.0, "neyman": 1.0, "hellinger": 1.0, "js": math.log(2), "gan": 0.0}
"""Where the domain of f* ends, above; it ends nowhere in the other rows."""


def jensen_shannon(p: Tensor, q: Tensor) -> float:
    middle = (p + q) / 2
    return float((p * (p / middle).log() + q * (q / middle).log()).sum() / 2)


CLOSED = {
    "kl": (P * (P / Q).log()).sum().item(),
    "reverse-kl": (Q * (Q / P).log()).sum().item(),
    "pearson": ((P - Q) ** 2 / Q).sum().item(),
    "neyman": ((P - Q) ** 2 / P).sum().item(),
    "hellinger": ((P.sqrt() - Q.sqrt()) ** 2).sum().item(),
    "jeffrey": ((P - Q) * (P / Q).log()).sum().item(),
    "js": 2 * jensen_shannon(P, Q),
    "gan": 2 * jensen_shannon(P, Q) - math.log(4),
}
"""The divergences of P from Q, as they are defined elsewhere."""


def slope(of: object, at: Tensor) -> Tensor:
    leaf = at.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(of(leaf).sum(), leaf, create_graph=True)  # pyright: ignore[reportCallIssue]
    return gradient.detach()


def test_there_are_the_paper_s_eight() -> None:
    assert DIVERGENCES.keys() == CLOSED.keys()


@pytest.mark.parametrize("name", DIVERGENCES)
def test_f_gives_the_divergence(name: str) -> None:
    assert (Q * DIVERGENCES[name].f(P / Q)).sum().item() == pytest.approx(CLOSED[name], rel=1e-12)


@pytest.mark.parametrize("name", DIVERGENCES)
def test_f_is_convex_and_0_at_1_but_for_gan(name: str) -> None:
    f = DIVERGENCES[name].f
    assert f(torch.ones((), dtype=torch.float64)).item() == pytest.approx(-math.log(4) if name == "gan" else 0)
    slopes = slope(f, RATIOS)
    assert (slopes.diff() > 0).all()


@pytest.mark.parametrize("name", DIVERGENCES)
def test_the_conjugate_is_the_supremum(name: str) -> None:
    """f*(t) = sup over u of u t - f(u), on a fine grid around the best u; Pearson's over all real u."""
    row = DIVERGENCES[name]
    t = row.output(SCORES)
    fine = torch.logspace(-9, 9, 100_001, dtype=torch.float64)
    grid = torch.cat([-fine.flip(0), fine]) if name == "pearson" else fine
    # 1e9 bounds u, and so t: beyond the slopes of f on the grid its end would win.
    ends = slope(row.f, grid[[0, -1]])
    for value in t[(t > ends[0]) & (t < ends[1])]:
        best = (grid * value - row.f(grid)).max()
        assert row.conjugate(value).item() == pytest.approx(best.item(), rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("name", DIVERGENCES)
def test_the_conjugate_of_the_slope(name: str) -> None:
    """f*(f'(u)) = u f'(u) - f(u), and the slope of f* there is u."""
    row = DIVERGENCES[name]
    at = slope(row.f, RATIOS)
    torch.testing.assert_close(row.conjugate(at), RATIOS * at - row.f(RATIOS), rtol=1e-8, atol=1e-8)
    torch.testing.assert_close(slope(row.conjugate, at), RATIOS, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("name", DIVERGENCES)
def test_the_output_rises_and_fills_the_domain(name: str) -> None:
    row = DIVERGENCES[name]
    t = row.output(torch.linspace(-30, 30, 601, dtype=torch.float64))
    assert (t.diff() > 0).all()
    assert t[0] < -29
    if name in EDGE:
        assert t[-1] < EDGE[name]
        assert t[-1].item() == pytest.approx(EDGE[name], abs=1e-6)
    else:
        assert t[-1] > 29


@pytest.mark.parametrize("name", DIVERGENCES)
def test_both_formulas_of_the_conjugate_agree(name: str) -> None:
    row = DIVERGENCES[name]
    torch.testing.assert_close(row.conjugate_of_output(SCORES), row.conjugate(row.output(SCORES)), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", DIVERGENCES)
def test_the_best_function_attains_the_divergence_and_no_other_does(name: str) -> None:
    row = DIVERGENCES[name]

    def bound(t: Tensor) -> float:
        return ((P * t).sum() - (Q * row.conjugate(t)).sum()).item()

    best = slope(row.f, P / Q)
    assert bound(best) == pytest.approx(CLOSED[name], rel=1e-10)
    for index in range(len(P)):
        for move in (-0.02, 0.02):
            other = best.clone()
            other[index] += move
            assert bound(other) < CLOSED[name] - 1e-8


@pytest.mark.parametrize("name", DIVERGENCES)
@pytest.mark.parametrize("score", [-80.0, -40.0, -17.0, -3.0, 0.0, 3.0, 17.0, 40.0, 80.0])
def test_float32_keeps_its_digits_at_large_scores(name: str, score: float) -> None:
    """Against the same formulas in float64: no infinity, no cancellation, and a slope as good as the value."""
    row = DIVERGENCES[name]
    for function in (row.output, row.conjugate_of_output):
        rough, exact = torch.tensor(score), torch.tensor(score, dtype=torch.float64)
        assert function(rough).dtype == torch.float32
        assert function(rough).item() == pytest.approx(function(exact).item(), rel=3e-5, abs=1e-6)
        got = slope(function, rough).item()
        assert math.isfinite(got)
        assert got == pytest.approx(slope(function, exact).item(), rel=3e-5, abs=1e-30)


def test_log_omega_is_scipy_s() -> None:
    y = np.concatenate([np.linspace(-600, 1e4, 2001), np.linspace(-20, 20, 2001)])
    expected = np.where(y < -40, y, np.log(np.maximum(special.wrightomega(np.maximum(y, -700)), 1e-320)))
    torch.testing.assert_close(log_omega(torch.tensor(y)), torch.tensor(expected), rtol=1e-13, atol=1e-13)


def test_log_omega_has_both_derivatives() -> None:
    """l' = 1 / (1 + e^l) and l'' = -e^l / (1 + e^l)^3."""
    y = torch.linspace(-30, 60, 181, dtype=torch.float64, requires_grad=True)
    root = log_omega(y)
    (first,) = torch.autograd.grad(root.sum(), y, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), y)
    exponential = root.detach().exp()
    torch.testing.assert_close(first.detach(), 1 / (1 + exponential), rtol=1e-12, atol=0)
    torch.testing.assert_close(second, -exponential / (1 + exponential) ** 3, rtol=1e-9, atol=1e-13)
