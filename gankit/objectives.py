"""What the players minimise, as functions of the discriminator's scores.

A score s is a logit, D = sigmoid(s), and higher means more real. Each objective takes scores of any shape and
float type and returns a float32 scalar; being written in logits, none of them ever takes the log of 0.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F


def real_cross_entropy(scores: Tensor) -> Tensor:
    """-E log D: what it costs to call these samples real.

    On data it is half of the discriminator's loss, and on samples the generator's `non_saturating` loss.
    """
    return F.softplus(-scores.float()).mean()


def fake_cross_entropy(scores: Tensor) -> Tensor:
    """-E log(1 - D): what it costs to call these samples fake.

    On samples it is the other half of the discriminator's loss, and with its sign turned the generator's
    `minimax` loss. The two halves sum to -V(D, G) of the game (Goodfellow et al. 2014, equation 1).
    """
    return F.softplus(scores.float()).mean()


def minimax(fake: Tensor) -> Tensor:
    """E log(1 - D(G(z))): the generator's side of the game (Goodfellow et al. 2014, equation 1).

    Its slope in a score is -D, which vanishes where the discriminator is sure that a sample is fake.
    """
    return -fake_cross_entropy(fake)


def non_saturating(fake: Tensor) -> Tensor:
    """-E log D(G(z)): the generator's loss in practice (Goodfellow et al. 2014, section 3).

    Its slope in a score is -(1 - D): the direction of `minimax`, times (1 - D) / D.
    """
    return real_cross_entropy(fake)


def wasserstein(real: Tensor, fake: Tensor) -> Tensor:
    """E f(G(z)) - E f(x): what a critic f minimises (Arjovsky et al. 2017, Algorithm 1).

    Over 1-Lipschitz critics its least value is minus the distance W1 from data to samples.
    """
    return fake.float().mean() - real.float().mean()
