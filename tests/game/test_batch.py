"""The one check that words what a source lacks."""

from __future__ import annotations

import pytest
import torch

from gankit.base.errors import UserError
from gankit.game.batch import Batch, DataSpec, Images, Labelled, Paired, PartlyLabelled, Unpaired, check_offer

PLAIN = DataSpec(shape=(3, 8, 8))
CLASSES = DataSpec(shape=(3, 8, 8), classes=("cat", "dog"))
ONE_CLASS = DataSpec(shape=(3, 8, 8), classes=("cat",))
DOMAINS = DataSpec(shape=(3, 8, 8), other_shape=(1, 8, 8))
PAIRS = DataSpec(shape=(3, 8, 8), other_shape=(1, 8, 8), aligned=True)


@pytest.mark.parametrize(
    ("task", "data"),
    [
        (Images, PLAIN),
        (Images, PAIRS),
        (Labelled, CLASSES),
        (PartlyLabelled, CLASSES),
        (Unpaired, DOMAINS),
        (Unpaired, PAIRS),
        (Paired, PAIRS),
    ],
)
def test_a_source_that_has_enough_passes(task: type[Batch], data: DataSpec) -> None:
    check_offer(task, data, method="any", source="photos/")


@pytest.mark.parametrize(
    ("task", "data", "words"),
    [
        (Labelled, PLAIN, "m needs labels; 'photos/' has none: put each class in its own sub-folder"),
        (PartlyLabelled, PLAIN, "m needs labels; 'photos/' has none"),
        (Labelled, ONE_CLASS, "m needs a second class; .*its only one is 'cat'"),
        (Paired, PLAIN, "m needs pairs; 'photos/' has none"),
        (Paired, DOMAINS, "m needs pairs"),
        (Unpaired, PLAIN, "m needs two domains; .*trainA/ and trainB/"),
    ],
)
def test_a_source_that_lacks_something_is_told_what(task: type[Batch], data: DataSpec, words: str) -> None:
    with pytest.raises(UserError, match=words) as caught:
        check_offer(task, data, method="m", source="photos/")
    assert "\n" not in str(caught.value)


def test_a_batch_is_as_long_as_its_tensors() -> None:
    assert len(Labelled(torch.zeros(5, 3, 8, 8), torch.zeros(5, dtype=torch.int64))) == 5
    assert DataSpec(shape=(2,)).is_image is False
    assert PLAIN.is_image
