"""Which modes a generator hits, and how evenly: where they are known, or where a classifier tells them.

Metz et al., "Unrolled Generative Adversarial Networks", 2016. arXiv:1611.02163 (section 3.3, stacked MNIST)
Lin et al., "PacGAN: The power of two samples in generative adversarial networks", 2017. arXiv:1712.04086
(section 4: modes, high-quality samples, reverse KL)
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from gankit.base.errors import UserError
from gankit.data.sources.toys import Mixture
from gankit.evaluation.distances import clouds, nearest


@dataclass(frozen=True)
class Modes:
    """How many of the wanted modes are hit, and the distance of the shares from the wanted ones."""

    hit: int
    of: int
    kl: float
    """KL(generated || wanted) in nats."""
    floor: float
    """What a perfect sampler gets on average with as many samples: (K - 1) / 2N, for N well above K."""


@dataclass(frozen=True)
class MixtureModes(Modes):
    """Modes hit by at least one high-quality sample; the KL is over the nearest modes of all samples."""

    quality: float
    """Share of high-quality samples: those within `radius` standard deviations of a mean."""
    ceiling: float
    """What a perfect sampler gets of it: 0.9889 in two dimensions, at radius 3."""


def class_modes(labels: Tensor, classes: int, wanted: Tensor | None = None) -> Modes:
    """Modes of a classifier's labels [n], integers from 0 to `classes` - 1; `wanted` shares [K] instead of equal ones.

    `wanted` may be counts: it is divided by its sum. A sample of a class that is not wanted makes the KL infinite.
    """
    if labels.dim() != 1 or labels.is_floating_point():
        raise UserError(f"labels are integers [n], not {labels.dtype} of shape {list(labels.shape)}")
    if not len(labels):
        raise UserError("modes need at least 1 label, not 0")
    if not 0 <= int(labels.min()) <= int(labels.max()) < classes:
        raise UserError(f"labels go from {int(labels.min())} to {int(labels.max())}, where there are {classes} classes")
    target = torch.ones(classes) if wanted is None else wanted
    if target.shape != (classes,) or target.min() < 0 or target.sum() <= 0:
        raise UserError(f"wanted shares must be {classes} numbers that are not negative, and not all 0")
    counts = labels.bincount(minlength=classes).double().cpu()
    shares, target = counts / counts.sum(), target.double().cpu() / target.double().sum().cpu()
    kl = float((torch.xlogy(shares, shares) - torch.xlogy(shares, target)).sum())
    possible, hit = int((target > 0).sum()), int(((counts > 0) & (target > 0)).sum())
    return Modes(hit, possible, max(kl, 0.0), (possible - 1) / (2 * len(labels)))


def mixture_modes(points: Tensor, mixture: Mixture, *, radius: float = 3.0) -> MixtureModes:
    """Modes of a known `mixture` in points [n, D]. Published figures are of 2,500 points."""
    means = mixture.means.to(points.device)
    points, means = clouds("a count of modes", 1, generated=points, mixture=means)
    squares, which = nearest(points, means)
    good = squares[:, 0] <= (radius * mixture.sd) ** 2
    modes = class_modes(which[:, 0], len(means))
    half = torch.tensor([means.shape[1] / 2, radius**2 / 2], dtype=torch.float64)
    ceiling = float(torch.special.gammainc(half[0], half[1]))
    hit = len(which[good].unique())
    return MixtureModes(hit, modes.of, modes.kl, modes.floor, float(good.double().mean()), ceiling)
