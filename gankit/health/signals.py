"""The arithmetic of the signals: pure functions of scores, features and curves, each a scalar on its device."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

Scalar = Float[Tensor, ""]
Points = Float[Tensor, "n d"]


def above(scores: Float[Tensor, " n"], boundary: float) -> Scalar:
    """The share of `scores` that a classifier takes for data."""
    return (scores > boundary).float().mean()


def ranked(higher: Float[Tensor, " n"], lower: Float[Tensor, " m"]) -> Scalar:
    """P(h > l) for a score of either, a tie being half: 1/2 where they are alike, whatever their scale."""
    difference = higher[:, None] - lower[None]
    return (difference > 0).float().mean() + (difference == 0).float().mean() / 2


def total_norm(gradients: list[Tensor]) -> Scalar:
    """The Euclidean norm of all `gradients` as one vector."""
    norms = torch._foreach_norm(gradients)
    return torch.linalg.vector_norm(torch.stack([norm.float() for norm in norms]))


def spread(features: Points) -> Scalar:
    """Mean distance of two different ones of `features`."""
    return torch.pdist(features).mean()


def nearest_other(distances: Float[Tensor, "n n"]) -> Float[Tensor, " n"]:
    """The distance of each to its nearest other one."""
    return (distances + torch.diag(distances.new_full((len(distances),), torch.inf))).amin(1)


def effective(counts: Float[Tensor, " k"]) -> Scalar:
    """How many of k bins are in use: exp of the entropy of their shares."""
    shares = counts / counts.sum().clamp(min=1e-12)
    return torch.special.entr(shares).sum().exp()


def two_sample(real: Points, fake: Points) -> Scalar:
    """How often the nearest other one is of the same kind: 1/2 where samples are like data, 1 where they are apart.

    The 1-nearest-neighbour two-sample test (Lopez-Paz and Oquab 2017, arXiv:1610.06545), leaving one out.
    """
    n = min(len(real), len(fake))
    both = torch.cat([real[:n], fake[:n]])
    distances = torch.cdist(both, both) + torch.diag(both.new_full((2 * n,), torch.inf))
    kinds = torch.arange(2 * n, device=both.device) >= n
    return (kinds[distances.argmin(1)] == kinds).float().mean()


def saturation(values: Float[Tensor, "n ..."]) -> Scalar:
    """The share of values that lie at an end of [-1, 1]."""
    return (values.abs() > 0.99).float().mean()


def corner_power(images: Float[Tensor, "n c h w"]) -> Scalar:
    """The share of the spectrum's power beyond 3/4 of the highest frequency, in height and in width: where the grids
    of strided convolutions show (Odena et al. 2016, "Deconvolution and Checkerboard Artifacts")."""
    power = torch.fft.rfft2(images.float() - images.float().mean((2, 3), keepdim=True)).abs().square().mean((0, 1))
    height, width = images.shape[2:]
    rows = torch.fft.fftfreq(height, device=images.device).abs() >= 0.375
    columns = torch.fft.rfftfreq(width, device=images.device) >= 0.375
    corner = rows[:, None] & columns[None]
    return (power * corner).sum() / power.sum().clamp(min=1e-12)


def spectral_peak(curve: Float[Tensor, " n"]) -> Scalar:
    """The share of a curve's power, its straight line taken away, that lies in one peak of its spectrum: a period of an
    eighth of the curve at least. Near 1 for a sine, small for noise and for what only falls."""
    n = len(curve)
    curve = curve.double()
    time = torch.linspace(-1, 1, n, dtype=torch.float64, device=curve.device)
    curve = curve - curve.mean()
    curve = curve - time * (curve * time).sum() / time.square().sum()
    power = torch.fft.rfft(curve * torch.hann_window(n, dtype=torch.float64, device=curve.device)).abs().square()[1:]
    peaks = F.avg_pool1d(power[None, None], 3, 1, padding=1)[0, 0] * 3
    return (peaks[2:].amax() / power.sum().clamp(min=1e-30)).float()


def comes_back(path: Float[Tensor, "t n d"]) -> Scalar:
    """How far what has moved away has come back, over the last `t` looks at the same latents: 0 for what stands still,
    drifts or wanders at random, near 1 for what goes round.

    d(k) is the mean squared distance of two looks that are k apart. Where it has a peak, a later d(k) below it is a
    return: 1 - d(k) / d(peak).
    """
    flat = path.flatten(1)
    squares = torch.cdist(flat, flat).square()
    t = len(path)
    apart = torch.stack([squares.diagonal(k).mean() for k in range(1, 3 * t // 4 + 1)])
    peak = apart.cummax(0).values
    return ((peak - apart) / peak.clamp(min=1e-30)).amax()
