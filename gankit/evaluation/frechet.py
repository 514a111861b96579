"""Fréchet distance: how far apart two clouds are when each is taken for a Gaussian.

Heusel et al., "GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash Equilibrium", 2017.
arXiv:1706.08500 (equation 6)
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from gankit.evaluation.distances import clouds


def frechet_distance(real: Tensor, fake: Tensor) -> float:
    """|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)) of features [n, d] and [m, d]; at least two of each."""
    real, fake = clouds("a Fréchet distance", 2, real=real, fake=fake)
    first, second = _moments(real), _moments(fake)
    # tr (C1 C2)^(1/2) is the sum of the roots of C1 C2's eigenvalues, which are real and not negative.
    roots = torch.linalg.eigvals(first[1] @ second[1]).real.clamp(min=0).sqrt().sum()
    return float((first[0] - second[0]).square().sum() + first[1].trace() + second[1].trace() - 2 * roots)


def pooled_pixels(values: Tensor, side: int = 8) -> Tensor:
    """Cheap features [n, C * side * side]: images [n, C, H, W] averaged down to `side`; vectors as they are."""
    if values.dim() == 4:
        values = F.adaptive_avg_pool2d(values, side)
    return values.flatten(1)


def _moments(features: Tensor) -> tuple[Tensor, Tensor]:
    double = features.double()
    return double.mean(0), torch.atleast_2d(double.T.cov())
