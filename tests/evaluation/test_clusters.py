"""Clusters against labels: the best matching, found by trying all of them."""

from __future__ import annotations

import itertools

import pytest
import torch

from gankit.base.errors import UserError
from gankit.evaluation import majority_error, matched_error, two_step_error


def test_names_do_not_matter() -> None:
    labels = torch.tensor([0, 1, 2, 3] * 5)
    assert matched_error(torch.tensor([2, 0, 3, 1])[labels], labels) == 0
    assert majority_error(torch.tensor([2, 0, 3, 1])[labels], labels) == 0


@pytest.mark.parametrize("seed", range(5))
def test_the_matching_is_the_best_of_all(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(4, (60,), generator=generator)
    codes = torch.where(torch.rand(60, generator=generator) < 0.6, (labels + 1) % 4, labels.flip(0))
    best = max(
        (torch.tensor(names)[codes] == labels).float().mean().item() for names in itertools.permutations(range(4))
    )
    assert matched_error(codes, labels) == pytest.approx(1 - best, abs=1e-6)


def test_greedy_would_be_wrong() -> None:
    """Cluster 0 holds 5 of label 0 and 4 of label 1, cluster 1 holds 4 of label 0: 0-1 and 1-0 is best."""
    codes = torch.tensor([0] * 9 + [1] * 4)
    labels = torch.tensor([0] * 5 + [1] * 4 + [0] * 4)
    assert matched_error(codes, labels) == pytest.approx(5 / 13)
    assert majority_error(codes, labels) == pytest.approx(4 / 13)


def test_more_clusters_than_labels_and_fewer() -> None:
    labels = torch.tensor([0, 0, 0, 1, 1, 1])
    split = torch.tensor([0, 0, 2, 1, 1, 3])
    assert matched_error(split, labels) == pytest.approx(2 / 6)
    assert majority_error(split, labels) == 0
    assert matched_error(torch.zeros(6, dtype=torch.long), labels) == pytest.approx(1 / 2)
    assert majority_error(torch.zeros(6, dtype=torch.long), labels) == pytest.approx(1 / 2)


def test_names_from_a_few_labelled_items_are_tried_on_others() -> None:
    few, labels = torch.tensor([0, 0, 0, 1, 1, 3, 3]), torch.tensor([7, 7, 2, 2, 2, 5, 4])
    # Cluster 0 is 7, cluster 1 is 2, cluster 3 is 4 (the lower of two); 2 and 9 have no name.
    codes, truth = torch.tensor([0, 0, 1, 3, 3, 2, 9]), torch.tensor([7, 1, 2, 4, 5, 2, 0])
    assert two_step_error(few, labels, codes, truth) == pytest.approx(4 / 7)
    assert two_step_error(few, labels, codes[:1], truth[:1]) == 0
    assert two_step_error(few, labels, codes[1:2], truth[1:2]) == 1
    assert two_step_error(codes, truth, codes, truth) == pytest.approx(majority_error(codes, truth))
    with pytest.raises(UserError, match="integers"):
        two_step_error(few, labels, codes, truth[1:])


def test_mistakes_are_named() -> None:
    one = torch.zeros(1, dtype=torch.long)
    with pytest.raises(UserError, match="integers"):
        matched_error(torch.zeros(3), torch.zeros(3))
    with pytest.raises(UserError, match="integers"):
        majority_error(one, torch.zeros(2, dtype=torch.long))
    with pytest.raises(UserError, match="at least 1 item"):
        matched_error(one[:0], one[:0])
    with pytest.raises(UserError, match="negative"):
        matched_error(one - 1, one)
