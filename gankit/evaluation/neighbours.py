"""What the nearest neighbour knows: samples as a training set, and samples told from data.

Radford et al., "Unsupervised Representation Learning with Deep Convolutional Generative Adversarial Networks",
2015. arXiv:1511.06434 (table 3)
Lopez-Paz and Oquab, "Revisiting Classifier Two-Sample Tests", 2016. arXiv:1610.06545
Schilling, "Multivariate Two-Sample Tests Based on Nearest Neighbors", 1986. doi:10.2307/2289012
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from gankit.base.errors import UserError
from gankit.evaluation.distances import clouds, nearest


def nearest_neighbour_error(samples: Tensor, labels: Tensor, test: Tensor, test_labels: Tensor) -> float:
    """Share of `test` [m, ...] whose nearest of `samples` [n, ...] bears another label: labels [n] and [m].

    The paper's table is of MNIST's pixels; the distance is the same for any scale that both share.
    """
    samples, test = clouds("a nearest-neighbour error", 1, generated=samples, test=test)
    for name, given, points in (("labels", labels, samples), ("test labels", test_labels, test)):
        if given.shape != points.shape[:1]:
            raise UserError(f"{name} are of shape {list(given.shape)}, where [{len(points)}] is needed")
    predicted = labels[nearest(test, samples)[1][:, 0].to(labels.device)]
    return float((predicted != test_labels.to(predicted.device)).double().mean())


@dataclass(frozen=True)
class TwoSample:
    """How well the nearest other point tells real from fake: all about 1/2 if they are alike, 1 if they lie apart.

    Below 1/2 they are closer to each other than to themselves, as copies are.
    """

    accuracy: float
    real: float
    """Share of real points whose nearest other point is real."""
    fake: float
    """Share of samples whose nearest other point is a sample."""
    p_value: float
    """Probability of an accuracy as far from chance, if both are draws of one distribution."""


def two_sample_test(real: Tensor, fake: Tensor) -> TwoSample:
    """Leave-one-out 1-nearest-neighbour accuracy of features [n, d] and [m, d]; at least two of each.

    The p-value takes the accuracy for normal, with the exact mean and variance that it has over all ways to
    share the labels out among the points as they lie: neighbours of each other are not independent.
    """
    real, fake = clouds("a two-sample test", 2, real=real, fake=fake)
    pooled = torch.cat([real, fake.to(real.dtype)])
    neighbour = nearest(pooled)[1][:, 0]
    is_fake = torch.arange(len(pooled), device=pooled.device) >= len(real)
    same = (is_fake[neighbour] == is_fake).double()
    mean, variance = _chance(neighbour, len(real), len(fake))
    # Every way has the same accuracy where the variance is 0: then nothing can be told.
    deviation = abs(float(same.sum()) - mean) / math.sqrt(2 * variance) if variance > 1e-9 else 0.0
    return TwoSample(
        accuracy=float(same.mean()),
        real=float(same[: len(real)].mean()),
        fake=float(same[len(real) :].mean()),
        p_value=math.erfc(deviation),
    )


def _chance(neighbour: Tensor, n: int, m: int) -> tuple[float, float]:
    """Mean and variance, over all ways to label n + m points, of how many have a `neighbour` of their own label."""
    total = n + m

    def falling(x: int, k: int) -> int:
        return math.prod(x - i for i in range(k))

    two, three, four = ((falling(n, k) + falling(m, k)) / falling(total, k) for k in (2, 3, 4))
    four += 2 * falling(n, 2) * falling(m, 2) / falling(total, 4)
    # Pairs of edges point -> neighbour: those between the same two points, those that share one, and the others.
    mutual = int((neighbour[neighbour] == torch.arange(total, device=neighbour.device)).sum())
    degree = 1 + neighbour.bincount(minlength=total)
    sharing = int((degree * (degree - 1)).sum()) - 2 * mutual
    apart = total * (total - 1) - sharing - mutual
    return total * two, (total + mutual) * two + sharing * three + apart * four - (total * two) ** 2
