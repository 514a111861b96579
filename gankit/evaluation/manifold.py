"""Fidelity and diversity apart: how much of the samples lies among the data, and of the data among the samples.

Kynkäänniemi et al., "Improved Precision and Recall Metric for Assessing Generative Models", 2019.
arXiv:1904.06991 (equations 1 to 3)
Naeem et al., "Reliable Fidelity and Diversity Metrics for Generative Models", 2020. arXiv:2002.09797 (section 3)
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from gankit.base.errors import UserError
from gankit.evaluation.distances import clouds, nearest, tiles
from gankit.evaluation.estimate import Estimate

SURFACE = 1e-6
"""How far from its surface, in units of the squared radius, rounding may put a point that is on a ball's surface."""


@dataclass(frozen=True)
class Manifold:
    """Shares in [0, 1], except for the density. Of a perfect sampler, in as many dimensions as one likes, only
    the density (1) and the coverage (`expected_coverage`) are known."""

    precision: float
    """Share of samples within the k-th-neighbour ball of any real point."""
    recall: float
    """Share of real points within the k-th-neighbour ball of any sample."""
    density: float
    """How many balls of real points a sample lies in, on average, over k: may exceed 1."""
    coverage: float
    """Share of balls of real points that hold any sample."""
    density_error: float
    """Standard error of the density over samples, the real points being given."""


def manifold_scores(real: Tensor, fake: Tensor, *, pr_k: int = 3, dc_k: int = 5) -> Manifold:
    """All four of features [n, d] and [m, d]: precision and recall by the `pr_k`-th neighbour, `dc_k` for the rest.

    As in the papers, a ball holds its surface for precision and recall, and does not for density and coverage.
    Each kind needs more samples than the larger k. Time grows with (n + m)^2 d, memory with n and m.
    """
    if min(pr_k, dc_k) < 1:
        raise UserError(f"precision, recall, density and coverage need k of at least 1, not {min(pr_k, dc_k)}")
    most = max(pr_k, dc_k)
    real, fake = clouds(f"a manifold by the neighbour of rank {most}", most + 1, real=real, fake=fake)
    real_squares, fake_squares = nearest(real, k=most)[0], nearest(fake, k=pr_k)[0]
    real_ball, fake_ball = ((1 + SURFACE) * squares[:, pr_k - 1] for squares in (real_squares, fake_squares))
    open_ball = (1 - SURFACE) * real_squares[:, dc_k - 1]
    recalled, covered = torch.zeros(2, len(real), dtype=torch.bool, device=real.device)
    precise = torch.zeros(len(fake), dtype=torch.bool, device=real.device)
    balls = torch.zeros(len(fake), dtype=torch.int64, device=real.device)
    for rows, columns, squares in tiles(real, fake):
        precise[columns] |= (squares <= real_ball[rows, None]).any(0)
        recalled[rows] |= (squares <= fake_ball[columns]).any(1)
        within = squares < open_ball[rows, None]
        covered[rows] |= within.any(1)
        balls[columns] += within.sum(0)
    precision, recall, coverage = (float(hits.double().mean()) for hits in (precise, recalled, covered))
    density = Estimate.of(balls / dc_k)
    return Manifold(precision, recall, density.mean, coverage, density.standard_error)


def expected_coverage(real: int, fake: int, k: int = 5) -> float:
    """The coverage of a perfect sampler: 1 - prod_{i=1..k} (n - i) / (n + m - i), for n real points and m samples."""
    missed = 1.0
    for i in range(1, k + 1):
        missed *= (real - i) / (real + fake - i)
    return 1 - missed
