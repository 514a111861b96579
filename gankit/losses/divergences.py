"""f-divergences, as rows of one table.

D_f(P || Q) = E_Q f(p / q) for a convex f. Its conjugate f*(t) = sup_u {u t - f(u)} bounds it from below:
E_P T - E_Q f*(T) <= D_f(P || Q) for every function T into the domain of f*, with equality at T = f'(p / q).
A network's score v, any real number, becomes such a T by the row's `output`.

Nowozin et al., "f-GAN: Training Generative Neural Samplers using Variational Divergence Minimization", 2016.
arXiv:1606.00709 (tables 1, 2, 5 and 6)
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F


@dataclass(frozen=True, kw_only=True)
class Divergence:
    """A row: each function takes and returns tensors of any shape and float type, element by element.

    Where a value is e^v - 1 it is written so: torch differentiates expm1 as 1 more than its value, which is 0 where
    that has rounded to -1.
    """

    title: str
    f: Callable[[Tensor], Tensor]
    """The generator of the divergence, of a density ratio u > 0."""
    output: Callable[[Tensor], Tensor]
    """g_f: an increasing function from scores v to values t in the domain of the conjugate."""
    conjugate: Callable[[Tensor], Tensor]
    """f*, of t in its domain."""
    conjugate_of_output: Callable[[Tensor], Tensor]
    """f*(g_f(v)) in one formula, which keeps its digits where g_f(v) has rounded to the edge of the domain."""


def log_omega(y: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """l with e^l + l = y: the logarithm of Lambert's W(e^y), of any y.

    Newton's iteration on a convex function from above its root: it never overshoots, and six steps leave less than
    rounding. It is differentiated as it stands.
    """
    root = torch.where(y > 1, y.clamp(min=1).log(), y)
    for _ in range(6):
        exponential = root.exp()
        root = root - (exponential + root - y) / (exponential + 1)
    return root


def _jeffrey_conjugate(t: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """W + 1 / W + t - 2 for W = W(e^(1 - t)), with W + t written as 1 - log W."""
    log = log_omega(1 - t)
    return (-log).exp() - 1 - log


def undecided(row: Divergence) -> float:
    """The score of a sample that is as likely in data as in samples, p / q = 1: there T = f'(1)."""
    with torch.enable_grad():
        one = torch.ones((), dtype=torch.float64, requires_grad=True)
        (slope,) = torch.autograd.grad(row.f(one), one)
    low, high = torch.tensor([-50.0, 50.0], dtype=torch.float64)
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if row.output(middle) < slope else (low, middle)
    return round(float(low), 9)


DIVERGENCES = {
    "kl": Divergence(
        title="Kullback-Leibler",
        f=lambda u: u * u.log(),
        output=lambda v: v,
        conjugate=lambda t: (t - 1).exp(),
        conjugate_of_output=lambda v: (v - 1).exp(),
    ),
    "reverse-kl": Divergence(
        title="reverse Kullback-Leibler",
        f=lambda u: -u.log(),
        output=lambda v: -(-v).exp(),
        conjugate=lambda t: -1 - (-t).log(),
        conjugate_of_output=lambda v: v - 1,
    ),
    "pearson": Divergence(
        title="Pearson chi squared",
        f=lambda u: (u - 1).square(),
        output=lambda v: v,
        # The supremum over all real u: over u >= 0 it would be -1 below t = -2. The bound holds for both.
        conjugate=lambda t: t.square() / 4 + t,
        conjugate_of_output=lambda v: v.square() / 4 + v,
    ),
    "neyman": Divergence(
        title="Neyman chi squared",
        f=lambda u: (1 - u).square() / u,
        output=lambda v: 1 - (-v).exp(),
        conjugate=lambda t: 2 - 2 * (1 - t).sqrt(),
        conjugate_of_output=lambda v: 2 - 2 * (-v / 2).exp(),
    ),
    "hellinger": Divergence(
        title="squared Hellinger",
        f=lambda u: (u.sqrt() - 1).square(),
        output=lambda v: 1 - (-v).exp(),
        conjugate=lambda t: t / (1 - t),
        conjugate_of_output=lambda v: v.exp() - 1,
    ),
    "jeffrey": Divergence(
        title="Jeffrey",
        f=lambda u: (u - 1) * u.log(),
        output=lambda v: v,
        conjugate=_jeffrey_conjugate,
        conjugate_of_output=_jeffrey_conjugate,
    ),
    "js": Divergence(
        title="twice Jensen-Shannon",
        f=lambda u: u * u.log() - (u + 1) * ((1 + u) / 2).log(),
        output=lambda v: math.log(2) - F.softplus(-v),
        conjugate=lambda t: -(2 - t.exp()).log(),
        conjugate_of_output=lambda v: F.softplus(v) - math.log(2),
    ),
    "gan": Divergence(
        title="GAN: twice Jensen-Shannon minus log 4",  # so f(1) is -log 4, not 0
        f=lambda u: u * u.log() - (u + 1) * (u + 1).log(),
        output=lambda v: -F.softplus(-v),
        conjugate=lambda t: -torch.log(-torch.expm1(t)),
        conjugate_of_output=F.softplus,
    ),
}
"""The eight divergences, by the name they are asked for."""
