"""Few labels: balanced, the same for the same seed, and no other label is ever shown."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from gankit.base.errors import UserError
from gankit.data import Batches, Pack, labelled_subset, open_data, save_some
from gankit.game.batch import DataSpec, PartlyLabelled

COUNTS = (5, 30, 12)


@pytest.fixture
def pack() -> Pack:
    """Images that know their number, of which each class has another count, in no order."""
    n = sum(COUNTS)
    labels = torch.repeat_interleave(torch.arange(3), torch.tensor(COUNTS))
    pixels = np.repeat(np.arange(n, dtype=np.uint8), 3 * 4).reshape(n, 3, 4)
    pixels[:, :, -1] = 255 - pixels[:, :, -1]
    plain = open_data(pixels)
    order = torch.randperm(n, generator=torch.Generator().manual_seed(1))
    spec = DataSpec(shape=plain.spec.shape, classes=("cat", "dog", "owl"))
    return replace(plain, spec=spec, labels=labels[order])


def numbers(images: Tensor) -> list[int]:
    """Which images these are, flipped or not."""
    return ((torch.minimum(images[:, 0, 0, 0], images[:, 0, 0, -1]) + 1) * 127.5).round().int().tolist()


def classes(pack: Pack, chosen: Tensor) -> list[int]:
    assert pack.labels is not None
    return pack.labels[chosen].bincount(minlength=len(pack.spec.classes)).tolist()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("labels", [3, 6, 15])
def test_it_is_balanced_and_follows_from_the_seed(pack: Pack, labels: int, seed: int) -> None:
    chosen = labelled_subset(pack, labels, seed=seed)
    assert classes(pack, chosen) == [labels // 3] * 3
    assert chosen.tolist() == sorted(set(chosen.tolist()))
    torch.randperm(5)
    assert torch.equal(chosen, labelled_subset(pack, labels, seed=seed))


def test_another_seed_chooses_others(pack: Pack) -> None:
    assert len({tuple(labelled_subset(pack, 9, seed=seed).tolist()) for seed in range(6)}) == 6


def test_every_item_of_a_class_is_as_likely(pack: Pack) -> None:
    assert pack.labels is not None
    drawn = Counter(i for seed in range(400) for i in labelled_subset(pack, 3, seed=seed).tolist())
    dogs = (pack.labels == 1).nonzero().flatten().tolist()
    expected = 400 / len(dogs)
    statistic = sum((drawn[i] - expected) ** 2 / expected for i in dogs)
    assert statistic < 59  # the chi-square of 29 degrees of freedom is above it once in 1,000


def test_what_the_classes_cannot_share_goes_to_some_that_the_seed_draws(pack: Pack) -> None:
    shares = [classes(pack, labelled_subset(pack, 7, seed=seed)) for seed in range(20)]
    assert all(sorted(share) == [2, 2, 3] for share in shares)
    assert {share.index(3) for share in shares} == {0, 1, 2}


def test_fewer_labels_are_among_more(pack: Pack) -> None:
    nested = [set(labelled_subset(pack, labels, seed=4).tolist()) for labels in range(3, 16)]
    assert all(few < more for few, more in itertools.pairwise(nested))


def test_all_is_every_item(pack: Pack) -> None:
    assert labelled_subset(pack, "all", seed=0).tolist() == list(range(len(pack)))


def test_the_labelled_half_is_the_subset_with_its_own_labels(pack: Pack) -> None:
    assert pack.labels is not None
    chosen = labelled_subset(pack, 6, seed=2).tolist()
    batches = Batches(pack, PartlyLabelled, 4, seed=2, labels=6)
    seen = []
    for start in range(0, 24, 4):
        batch: Any = batches.at(start)
        assert batch.labelled_images.shape == batch.images.shape
        shown = numbers(batch.labelled_images)
        assert batch.labels.tolist() == pack.labels[shown].tolist()
        seen += shown
    # Each pass over the subset is a shuffle of it, and passes differ.
    passes = [seen[start : start + 6] for start in range(0, 24, 6)]
    assert all(sorted(each) == chosen for each in passes)
    assert len({tuple(each) for each in passes}) > 1


def test_no_other_label_is_ever_read(pack: Pack) -> None:
    assert pack.labels is not None
    chosen = labelled_subset(pack, 6, seed=2)
    hidden = torch.full_like(pack.labels, -1)
    hidden[chosen] = pack.labels[chosen]
    batches = Batches(pack, PartlyLabelled, 8, seed=2, labels=6)
    blind = Batches(pack, PartlyLabelled, 8, seed=2, labels=6)
    blind._labels = hidden
    for start in range(0, 80, 8):
        one, other = vars(batches.at(start)), vars(blind.at(start))
        assert all(torch.equal(one[name], other[name]) for name in one)


def test_the_unlabelled_half_is_that_of_images_alone(pack: Pack) -> None:
    few, more = (Batches(pack, PartlyLabelled, 9, seed=1, labels=labels) for labels in (3, 15))
    for start in (0, 9, 45, 900):
        one: Any = few.at(start)
        other: Any = more.at(start)
        assert torch.equal(one.images, other.images)


def test_a_batch_depends_on_seed_and_position_alone(pack: Pack) -> None:
    """Also where one batch is several passes over the subset."""
    positions = [0, 16, 32, 48, 1600, 16]
    one = Batches(pack, PartlyLabelled, 16, seed=3, flip=True, labels=3)
    other = Batches(pack, PartlyLabelled, 16, seed=3, flip=True, labels=3)
    forward = {position: vars(one.at(position)) for position in positions}
    for position in reversed(positions):
        again = vars(other.at(position))
        assert all(torch.equal(forward[position][name], again[name]) for name in again)
    batch: Any = one.at(0)
    assert set(Counter(numbers(batch.labelled_images)).values()) == {5, 6}


def test_both_halves_are_flipped_each_by_its_own_draw(pack: Pack) -> None:
    batches = Batches(pack, PartlyLabelled, 24, seed=0, flip=True, labels=6)
    batch: Any = batches.at(0)
    mirrored = [images[:, 0, 0, 0] > images[:, 0, 0, -1] for images in (batch.images, batch.labelled_images)]
    assert all(0 < side.sum() < 24 for side in mirrored)
    assert not torch.equal(*mirrored)


def test_mistakes_are_told_in_one_line(pack: Pack) -> None:
    def told(labels: Any, pack: Pack) -> str:
        with pytest.raises(UserError) as caught:
            Batches(pack, PartlyLabelled, 8, seed=0, labels=labels)
        assert "\n" not in str(caught.value)
        return str(caught.value)

    assert "2 labels can't cover the 3 classes of 'array': use --labels 3" in told(2, pack)
    assert "can't cover" in told(0, pack)
    assert "can't cover" in told(-5, pack)
    assert "18 labels are 6 of class 'cat', of which 'array' has 5: use --labels all, or 15 at most" in told(18, pack)
    assert "45 labels are 15 of class 'cat', of which 'array' has 5: use --labels all, or 15 at most" in told(45, pack)
    assert pack.labels is not None
    turned = replace(pack, labels=2 - pack.labels)
    assert "45 labels are 15 of class 'cat', of which 'array' has 12: use --labels all, or 15 at most" in told(
        45, turned
    )
    empty = replace(pack, spec=replace(pack.spec, classes=("cat", "dog", "owl", "yak")))
    assert told(4, empty).endswith("1 of class 'yak', of which 'array' has 0: use --labels all")
    one = replace(pack, spec=replace(pack.spec, classes=("cat",)))
    assert "needs a second class" in told(8, one)
    assert "needs labels" in told(8, replace(pack, spec=replace(pack.spec, classes=()), labels=None))


def test_some_pictures_are_as_they_were_with_their_labels(pack: Pack, tmp_path: Path) -> None:
    some, more = (open_data(save_some(pack, count, tmp_path / f"{count}.npz")) for count in (8, 20))
    assert (len(some), some.spec.shape) == (8, pack.spec.shape)
    shown = []
    for each in (some, more, replace(pack, spec=replace(pack.spec, classes=("0", "1", "2")))):
        assert each.labels is not None
        names = [each.spec.classes[label] for label in each.labels.tolist()]
        shown.append({(image.tobytes(), name) for image, name in zip(each.values.numpy(), names, strict=True)})
    assert shown[0] < shown[1] < shown[2]
    with pytest.raises(UserError, match="has 47 pictures, not 48"):
        save_some(pack, 48, tmp_path / "48.npz")
    with pytest.raises(UserError, match="only pictures of one side"):
        save_some(open_data("ring"), 8, tmp_path / "ring.npz")


def test_some_deep_pictures_stay_deep(tmp_path: Path) -> None:
    deep = np.random.default_rng(0).integers(0, 2**16, (6, 4, 4), np.uint16)
    some = open_data(save_some(open_data(deep), 6, tmp_path / "some.npz"))
    assert some.report.bits == 16
    assert {image.tobytes() for image in some.values.numpy()} == {i.tobytes() for i in open_data(deep).values.numpy()}
