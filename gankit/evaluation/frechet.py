"""Fréchet distance: how far apart two clouds are when each is taken for a Gaussian.

Heusel et al., "GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash Equilibrium", 2017.
arXiv:1706.08500 (equation 6)
"""

from __future__ import annotations

import torch
from torch import Tensor

from gankit.evaluation.distances import clouds


def frechet_distance(real: Tensor, fake: Tensor) -> float:
    """|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)) of features [n, d] and [m, d]; at least two of each."""
    real, fake = clouds("a Fréchet distance", 2, real=real, fake=fake)
    return _between(_moments(real.double()), _moments(fake.double()))


def frechet_error(real: Tensor, fake: Tensor, *, resamples: int = 20, seed: int = 0) -> float:
    """Standard deviation of the Fréchet distance over bootstrap resamples of features [n, d] and [m, d].

    Only their spread is of use: a resample repeats points, so its distance is larger on average.
    """
    real, fake = (points.double() for points in clouds("a Fréchet distance", 2, real=real, fake=fake))
    random = torch.Generator().manual_seed(seed)
    distances = []
    for _ in range(resamples):
        distances.append(_between(*(_moments(points, _drawn(len(points), random)) for points in (real, fake))))
    return float(torch.tensor(distances).std())


def _between(first: tuple[Tensor, Tensor], second: tuple[Tensor, Tensor]) -> float:
    (mean, spread), (other_mean, other) = first, second
    traces = spread.square().sum() + other.square().sum()
    return float((mean - other_mean).square().sum() + traces - 2 * _common(spread, other))


def _common(spread: Tensor, other: Tensor) -> Tensor:
    """tr (C1 C2)^(1/2) of C1 = A^T A and C2 = B^T B, of points A [n, d] and B [m, d].

    It is the sum of the roots of the eigenvalues of R C2 R^T for any R with R^T R = C1, A too, which is small where its
    points are few.
    """
    few, many = sorted((spread, other), key=len)
    dimensions = few.shape[1]
    root = few if len(few) <= dimensions else _root(few.T @ few)
    if 2 * len(root) < dimensions:
        product = many @ root.T
        squares = product.T @ product
    else:
        squares = root @ (many.T @ many) @ root.T
    return torch.linalg.eigvalsh(squares).clamp(min=0).sqrt().sum()


def _root(covariance: Tensor) -> Tensor:
    """R with R^T R = C: Cholesky's, a tenth of the work of C's own root, which is for where C has no inverse."""
    root, failed = torch.linalg.cholesky_ex(covariance, upper=True)
    if not failed:
        return root
    values, vectors = torch.linalg.eigh(covariance)
    return (vectors * values.clamp(min=0).sqrt()).T


def _drawn(n: int, random: torch.Generator) -> Tensor:
    """How often each of `n` points is in a bootstrap resample: double [n]."""
    return torch.randint(n, (n,), generator=random).bincount(minlength=n).double()


def _moments(points: Tensor, counts: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Mean [d] of double points [n, d], each taken `counts` [n] times, and A [k, d] whose A^T A is their covariance, a
    row for each of the k that are taken at all."""
    n = len(points)
    counts = (torch.ones(n, dtype=torch.float64) if counts is None else counts).to(points.device)
    points, weights = points[counts > 0], counts[counts > 0]
    mean = weights @ points / n
    return mean, (points - mean) * (weights / (n - 1)).sqrt()[:, None]
