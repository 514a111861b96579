"""What the players minimise, as functions of the discriminator's scores.

A score s is a logit, D = sigmoid(s), and higher means more real. Each objective takes scores of any shape and
float type and returns a float32 scalar; being written in logits, none of them ever takes the log of 0.
"""

from __future__ import annotations

import math

from jaxtyping import Float, Float32
from torch import Tensor
from torch.nn import functional as F

Logits = Float[Tensor, "n K"]
Scalar = Float32[Tensor, ""]


def real_cross_entropy(scores: Float[Tensor, " ..."], smoothing: float = 0.0) -> Scalar:
    """-E log D: what it costs to call these samples real.

    On data it is half of the discriminator's loss, and on samples the generator's `non_saturating` loss. With
    `smoothing` a, the target is 1 - a: -E [(1 - a) log D + a log(1 - D)] (Salimans et al. 2016, section 3.4).
    """
    cost = F.softplus(-scores.float()).mean()
    return cost + smoothing * scores.float().mean() if smoothing else cost


def fake_cross_entropy(scores: Float[Tensor, " ..."]) -> Scalar:
    """-E log(1 - D): what it costs to call these samples fake.

    On samples it is the other half of the discriminator's loss, and with its sign turned the generator's
    `minimax` loss. The two halves sum to -V(D, G) of the game (Goodfellow et al. 2014, equation 1).
    """
    return F.softplus(scores.float()).mean()


def minimax(fake: Float[Tensor, " ..."]) -> Scalar:
    """E log(1 - D(G(z))): the generator's side of the game (Goodfellow et al. 2014, equation 1).

    Its slope in a score is -D, which vanishes where the discriminator is sure that a sample is fake.
    """
    return -fake_cross_entropy(fake)


def non_saturating(fake: Float[Tensor, " ..."]) -> Scalar:
    """-E log D(G(z)): the generator's loss in practice (Goodfellow et al. 2014, section 3).

    Its slope in a score is -(1 - D): the direction of `minimax`, times (1 - D) / D.
    """
    return real_cross_entropy(fake)


def wasserstein(real: Float[Tensor, " ..."], fake: Float[Tensor, " ..."]) -> Scalar:
    """E f(G(z)) - E f(x): what a critic f minimises (Arjovsky et al. 2017, Algorithm 1).

    Over 1-Lipschitz critics its least value is minus the distance W1 from data to samples.
    """
    return fake.float().mean() - real.float().mean()


def real_hinge(scores: Float[Tensor, " ..."]) -> Scalar:
    """E max(0, 1 - s): what scores of data under 1 cost (Miyato et al. 2018, equation 16)."""
    return F.relu(1 - scores.float()).mean()


def fake_hinge(scores: Float[Tensor, " ..."]) -> Scalar:
    """E max(0, 1 + s): what scores of samples over -1 cost (Miyato et al. 2018, equation 16)."""
    return F.relu(1 + scores.float()).mean()


def squared_error(scores: Float[Tensor, " ..."], target: float) -> Scalar:
    """E (s - target)^2 / 2: what it costs a score to miss its target (Mao et al. 2016, equation 2)."""
    return (scores.float() - target).square().mean() / 2


def conditional_entropy(logits: Logits) -> Scalar:
    """E_x H[p(y|x)] of a classifier's logits, in nats: 0 where it is sure of each, log K where of none.

    Springenberg 2015, section 3. arXiv:1511.06390
    """
    logs = logits.float().log_softmax(-1)
    return -(logs.exp() * logs).sum(-1).mean()


def marginal_entropy(logits: Logits) -> Scalar:
    """H[E_x p(y|x)] of a classifier's logits, in nats: log K where it uses all classes equally.

    Springenberg 2015, section 3, with the batch for the mean, which makes it too low on average (Jensen).
    """
    logs = logits.float().log_softmax(-1).logsumexp(0) - math.log(len(logits))
    return -(logs.exp() * logs).sum()


def real_class_score(logits: Logits) -> Float[Tensor, " n"]:
    """log Z, Z = sum_k exp l_k, of a classifier's logits: the score of being data.

    Beside a further class, FAKE, of logit 0, p(FAKE) = 1 / (1 + Z), and so D = 1 - p(FAKE) = sigmoid(log Z)
    (Salimans et al. 2016, section 5).
    """
    return logits.float().logsumexp(-1)


def feature_matching(real: Float[Tensor, " n *features"], fake: Float[Tensor, " m *features"]) -> Scalar:
    """Mean squared difference between the mean features of data and of samples.

    Salimans et al. 2016, section 3.1, which sums the squares; the mean is the released code's.
    """
    return (real.float().mean(0) - fake.float().mean(0)).square().mean()


def categorical_information(logits: Logits, codes: Float[Tensor, "n K"]) -> Scalar:
    """H(c) + E log Q(c|x) in nats: how much of equally likely categories can be read from samples, at least.

    `codes` are the one-hot vectors that the samples were made from, `logits` are Q's. At most log K,
    where Q is sure and right; 0 where it knows nothing; less where it is sure and wrong (Chen et al. 2016, equation 5).
    """
    return math.log(codes.shape[1]) + (logits.float().log_softmax(-1) * codes).sum(-1).mean()


def continuous_information(
    means: Float[Tensor, "n k"], log_spreads: Float[Tensor, "n k"], codes: Float[Tensor, "n k"], bound: float = 1.0
) -> Scalar:
    """H(c) + E log Q(c|x) in nats, summed over codes uniform on [-bound, bound], for a Gaussian Q.

    `means` are Q's, and `log_spreads` the logs of its standard deviations. There is no upper end: Q may be ever surer
    of a real number (Chen et al. 2016, equation 5 and section 6).
    """
    logs = log_spreads.float()
    errors = (codes - means.float()) / logs.exp()
    density = -errors.square() / 2 - logs - math.log(2 * math.pi) / 2
    return codes.shape[1] * math.log(2 * bound) + density.sum(-1).mean()
