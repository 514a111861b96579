"""How well clusters that nobody named agree with labels.

Chen et al., "InfoGAN: Interpretable Representation Learning by Information Maximizing Generative Adversarial
Nets", 2016. arXiv:1606.03657 (section 7.2: the error of a categorical code as a classifier of digits)
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from gankit.base.errors import UserError


def matched_error(codes: Tensor, labels: Tensor) -> float:
    """Share of items whose cluster is not their label's, under the best matching of one cluster to one label.

    `codes` and `labels` are integers [n]; an item of a cluster left over, as there are more of them, is an error.
    """
    from scipy.optimize import linear_sum_assignment

    counts = _together(codes, labels)
    rows, columns = linear_sum_assignment(counts, maximize=True)
    return 1 - float(counts[rows, columns].sum() / counts.sum())


def majority_error(codes: Tensor, labels: Tensor) -> float:
    """The same where each cluster takes the label most frequent in it, so that several may share one.

    Never above `matched_error`, and 0 for as many clusters as items: compare it at one number of clusters only.
    """
    counts = _together(codes, labels)
    return 1 - float(counts.max(axis=1).sum() / counts.sum())


def two_step_error(codes_labelled: Tensor, labels: Tensor, codes_test: Tensor, labels_test: Tensor) -> float:
    """Error on test items of clusters that took their names from a few labelled items: the label most frequent there.

    All are integers, [n] and [m]. Of equally frequent labels the lowest counts; a test item of a cluster without any
    labelled item is an error. Springenberg, "Unsupervised and Semi-supervised Learning with Categorical Generative
    Adversarial Networks", 2015, arXiv:1511.06390, takes 100 labelled items of a validation set.
    """
    known, tested = _together(codes_labelled, labels), _together(codes_test, labels_test)
    right = 0
    for few, many in zip(known, tested, strict=False):  # clusters with no labelled item lie beyond, or hold 0
        name = few.argmax()
        right += many[name] if few.any() and name < len(many) else 0
    return 1 - float(right / tested.sum())


def _together(codes: Tensor, labels: Tensor) -> np.ndarray:
    """How many items bear cluster i and label j, [clusters, labels]."""
    if codes.dim() != 1 or codes.shape != labels.shape or codes.is_floating_point() or labels.is_floating_point():
        raise UserError(f"codes and labels are integers [n], not {list(codes.shape)} and {list(labels.shape)}")
    if not len(codes):
        raise UserError("an error of clusters needs at least 1 item, not 0")
    if min(int(codes.min()), int(labels.min())) < 0:
        raise UserError("codes and labels can't be negative")
    clusters, classes = int(codes.max()) + 1, int(labels.max()) + 1
    pairs = codes.long().cpu() * classes + labels.long().cpu()
    return torch.bincount(pairs, minlength=clusters * classes).reshape(clusters, classes).numpy()
