"""The Inception Score's closed forms, and MiFID on copies."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from gankit.base.errors import UserError
from gankit.evaluation import frechet_distance, inception_score, memorisation_distance, mifid


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("splits", [1, 10])
def test_from_one_to_the_number_of_classes(splits: int) -> None:
    uniform = inception_score(torch.full((1000, 10), 0.1), splits=splits)
    certain = inception_score(torch.eye(10).repeat(100, 1), splits=splits)
    assert uniform.mean == pytest.approx(1, abs=1e-6)
    assert certain.mean == pytest.approx(10)
    assert (uniform.count, certain.count) == (splits, splits)


def test_one_class_scores_one_however_certain() -> None:
    assert inception_score(torch.eye(10)[:1].repeat(100, 1)).mean == 1


def test_a_known_confusion() -> None:
    """Two classes, right with probability p: exp(log 2 - H(p))."""
    p = 0.8
    rows = torch.tensor([[p, 1 - p], [1 - p, p]]).repeat(50, 1)
    entropy = -p * math.log(p) - (1 - p) * math.log(1 - p)
    found = inception_score(rows)
    assert found.mean == pytest.approx(2 * math.exp(-entropy))
    assert found.spread == pytest.approx(0, abs=1e-7)


def test_order_within_a_split_leaves_it() -> None:
    rows = normal(300, 7).softmax(1)
    assert inception_score(rows, splits=1).mean == pytest.approx(inception_score(rows.flip(0), splits=1).mean)


def test_what_is_no_set_of_probabilities_is_refused() -> None:
    with pytest.raises(UserError, match="in 1 splits needs at least 2 generated samples, not 1"):
        inception_score(torch.ones(1, 1), splits=1)
    with pytest.raises(UserError, match="in 10 splits needs at least 20 generated samples, not 19"):
        inception_score(torch.full((19, 2), 0.5))
    with pytest.raises(UserError, match="softmax logits"):
        inception_score(normal(100, 3))
    with pytest.raises(UserError, match="probabilities \\[n, K\\]"):
        inception_score(torch.ones(100))


def test_memorisation_is_a_mean_of_least_angles() -> None:
    real, fake = normal(40, 5), normal(30, 5, seed=1)
    cosines = torch.nn.functional.cosine_similarity(fake[:, None], real[None], dim=2).abs()
    assert memorisation_distance(real, fake) == pytest.approx(float((1 - cosines.amax(1)).mean()), rel=1e-5)
    assert memorisation_distance(real, -3 * real) == pytest.approx(0, abs=1e-12)
    assert memorisation_distance(torch.eye(4)[:2], torch.eye(4)[2:]) == 1


def test_copies_are_punished_and_held_out_data_are_not() -> None:
    train, test = normal(500, 30), normal(500, 30, seed=1)
    copies = train[:400] + 1e-4 * normal(400, 30, seed=2)
    assert mifid(train, test) == frechet_distance(train, test)
    assert mifid(train, copies) > 1e4 * frechet_distance(train, copies)
