"""Kernel distance (KID): the squared maximum mean discrepancy of features, unbiased at any number of samples.

Binkowski et al., "Demystifying MMD GANs", 2018. arXiv:1801.01401 (section 4; the estimator is equation 4)
"""

from __future__ import annotations

import torch
from torch import Tensor

from gankit.base.errors import UserError
from gankit.evaluation.distances import clouds
from gankit.evaluation.estimate import Estimate


def kernel_distance(real: Tensor, fake: Tensor, *, size: int = 1000, seed: int = 0) -> Estimate:
    """KID of features [n, d] and [m, d], over disjoint subsets of `size` drawn with `seed`; 0 or less if alike.

    Published figures often average 100 subsets that overlap: they expect the same mean, but their spread says
    less than it seems to. Disjoint ones are independent, so `standard_error` is what it is called. At least two
    subsets of each kind are needed.
    """
    if size < 2:
        raise UserError(f"KID needs subsets of at least 2 samples, not {size}")
    real, fake = clouds(f"KID over subsets of {size:,}", 2 * size, real=real, fake=fake)
    random = torch.Generator().manual_seed(seed)
    count = min(len(real), len(fake)) // size
    ours, theirs = (torch.randperm(len(x), generator=random)[: count * size].view(count, size) for x in (real, fake))
    return Estimate.of(torch.stack([unbiased_mmd(real[i], fake[j]) for i, j in zip(ours, theirs, strict=True)]))


def unbiased_mmd(x: Tensor, y: Tensor) -> Tensor:
    """Unbiased squared MMD, a double scalar, of [n, d] and [m, d] by the polynomial kernel."""
    x, y = x.double(), y.double()
    return _mean_of_pairs(x) + _mean_of_pairs(y) - 2 * polynomial(x, y).mean()


def polynomial(x: Tensor, y: Tensor) -> Tensor:
    """The kernel (x.y / d + 1)^3 of [n, d] and [m, d], as [n, m]."""
    return (x @ y.T / x.shape[1] + 1) ** 3


def _mean_of_pairs(x: Tensor) -> Tensor:
    kernel = polynomial(x, x)
    return (kernel.sum() - kernel.trace()) / (len(x) * (len(x) - 1))
