"""Log-likelihood of test images under a Gaussian kernel on every generated one, by two protocols.

Goodfellow et al., "Generative Adversarial Networks", 2014. arXiv:1406.2661 (section 5, with its released code)
Nowozin et al., "f-GAN: Training Generative Neural Samplers using Variational Divergence Minimization", 2016.
arXiv:1606.00709 (section 3.2)

Both depend on the number of samples, on the widths tried and on the scale of pixels, so figures compare only within
a protocol. Both are for pixels in [0, 1]: see `unit_pixels`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from gankit.base.errors import UserError
from gankit.evaluation.distances import clouds, tiles
from gankit.evaluation.estimate import Estimate

GAN_WIDTHS = tuple(torch.logspace(-1, 0, 10, dtype=torch.float64).tolist())
"""The widths that the GAN paper's code tries, for pixels in [0, 1]."""
FGAN_WIDTHS = tuple(torch.logspace(-1.5, 0, 31, dtype=torch.float64).tolist())
"""From 0.03 to 1, an eighth apart, for pixels in [0, 1]: our choice, since the f-GAN paper names none."""
NEGLIGIBLE = -80.0
"""Terms of a sum below exp of this, where the largest is 1, count as that: much smaller ones take ten times as long."""


@dataclass(frozen=True)
class Likelihood(Estimate):
    """Nats per test example; `standard_error` is over test examples, not over training runs."""

    width: float
    """Standard deviation of the kernel that was chosen."""


def unit_pixels(images: Tensor) -> Tensor:
    """Images [n, ...] in [-1, 1], as batches and generators have them, as vectors [n, d] in [0, 1]."""
    return images.flatten(1).add(1).div(2)


def gan_likelihood(
    samples: Tensor, validation: Tensor, test: Tensor, *, widths: Sequence[float] = GAN_WIDTHS
) -> Likelihood:
    """The GAN paper's protocol: the width that suits `validation` best is used on `test`.

    The published figures are of 10,000 samples, 1,000 validation and 10,000 test images, with pixels in [0, 1].
    """
    metric = "a Parzen-window likelihood"
    samples, validation, test = clouds(metric, 1, generated=samples, validation=validation, test=test)
    return _at_best_width(samples, test, widths, log_densities(validation, samples, widths).mean(1))


def fgan_likelihood(
    samples: Tensor, test: Tensor, *, widths: Sequence[float] = FGAN_WIDTHS, folds: int = 3
) -> Likelihood:
    """The f-GAN paper's protocol: the width is chosen by cross-validation on the samples alone.

    The published figures are of 16,000 samples, with pixels in [0, 1]. The 502 nats that the paper has for MNIST's
    training set itself do not come out: this gives 328.6 +- 2.0.
    """
    if folds < 2:
        raise UserError(f"cross-validation needs at least 2 folds, not {folds}")
    clouds(f"a kernel density estimate in {folds} folds", folds, generated=samples)
    samples, test = clouds("a kernel density estimate", 1, generated=samples, test=test)
    fold = torch.arange(len(samples), device=samples.device) % folds
    parts = [log_densities(samples[fold == i], samples[fold != i], widths) for i in range(folds)]
    return _at_best_width(samples, test, widths, torch.cat(parts, 1).mean(1))


def log_densities(points: Tensor, samples: Tensor, widths: Sequence[float]) -> Tensor:
    """log of the mean over samples [m, d] of N(point; sample, width^2 I), at points [n, d]: double [widths, n]."""
    if not widths or min(widths) <= 0:
        raise UserError(f"kernel widths must be given and positive, not {list(widths)}")
    totals = torch.full((len(widths), len(points)), -torch.inf, dtype=torch.float64, device=points.device)
    for rows, _, squares in tiles(points, samples):
        least = squares.amin(1, keepdim=True)
        squares -= least
        terms = torch.empty_like(squares)
        for width, total in zip(widths, totals, strict=True):
            scale = -0.5 / width**2
            torch.mul(squares, scale, out=terms).clamp_(min=NEGLIGIBLE).exp_()
            total[rows] = torch.logaddexp(total[rows], terms.sum(1).double().log() + scale * least[:, 0].double())
    logs = torch.tensor(widths, dtype=torch.float64, device=points.device).log()
    norm = math.log(len(samples)) + points.shape[1] * (0.5 * math.log(2 * math.pi) + logs)
    return totals - norm[:, None]


def _at_best_width(samples: Tensor, test: Tensor, widths: Sequence[float], scores: Tensor) -> Likelihood:
    width = widths[int(scores.argmax())]
    estimate = Estimate.of(log_densities(test, samples, [width])[0])
    return Likelihood(estimate.mean, estimate.spread, estimate.count, width)
