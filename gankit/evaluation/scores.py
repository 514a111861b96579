"""Scores that read a classifier: the Inception Score from its classes, MiFID from its features.

Salimans et al., "Improved Techniques for Training GANs", 2016. arXiv:1606.03498 (section 4)
Bai et al., "On Training Sample Memorization: Lessons from Benchmarking Generative Modeling with a Large-scale
Competition", 2021. arXiv:2106.03062 (section 3)
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from gankit.base.errors import UserError
from gankit.evaluation.distances import COLUMNS, ROWS, clouds, steps
from gankit.evaluation.estimate import Estimate
from gankit.evaluation.frechet import frechet_distance


def inception_score(probabilities: Tensor, *, splits: int = 10) -> Estimate:
    """exp E_x KL(p(y|x) || p(y)), from 1 to K, of class probabilities [n, K] in `splits` consecutive parts.

    The +- of published scores is the `spread` of the parts. Each part needs at least two samples (the score of one
    is 1 whatever it is): shuffle samples that were made class by class.
    """
    if probabilities.dim() != 2 or splits < 1:
        raise UserError(
            "an Inception Score is of probabilities [n, K] in 1 or more splits, "
            f"not of {list(probabilities.shape)} in {splits}"
        )
    (given,) = clouds(f"an Inception Score in {splits} splits", 2 * splits, generated=probabilities)
    given = given.double()
    if given.min() < 0 or (given.sum(1) - 1).abs().max() > 1e-3:
        raise UserError("an Inception Score needs probabilities, which are not negative and sum to 1: softmax logits")
    scores = []
    for part in given.tensor_split(splits):
        marginal = part.mean(0)
        scores.append((torch.xlogy(part, part) - torch.xlogy(part, marginal)).sum(1).mean().exp())
    return Estimate.of(torch.stack(scores))


def memorisation_distance(real: Tensor, fake: Tensor) -> float:
    """Mean over samples [m, d] of the least 1 - |cosine| to training features [n, d]: 0 for copies, at most 1."""
    real, fake = clouds("a memorisation distance", 1, real=real, fake=fake)
    total = 0.0
    for rows in steps(len(fake), ROWS):
        x = F.normalize(fake[rows].double())
        parts = (real[columns].double() for columns in steps(len(real), COLUMNS))
        likest = torch.stack([(x @ F.normalize(part).T).abs().amax(1) for part in parts]).amax(0)
        total += float((1 - likest).sum())
    return max(total / len(fake), 0.0)


def mifid(real: Tensor, fake: Tensor, *, threshold: float = 0.1) -> float:
    """The Fréchet distance of features [n, d] and [m, d], over the memorisation distance where that is below
    `threshold`: a generator that copies its training set gets a huge one, any other its Fréchet distance."""
    distance = memorisation_distance(real, fake)
    return frechet_distance(real, fake) / (distance + 1e-14 if distance < threshold else 1)
