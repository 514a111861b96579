"""Batches: the same for the same seed and position, every image once an epoch, flipped half the time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from gankit.base.errors import UserError
from gankit.data import Batches, Pack, images, open_data
from gankit.data.pack import normalise
from gankit.game.batch import Batch, Images, Labelled, Paired, PartlyLabelled, Unpaired

N = 50


@pytest.fixture(scope="module")
def numbered() -> np.ndarray:
    """Images that know their number: it is their first pixel; the last is 255 less it."""
    pixels = np.full((N, 3, 4, 3), 128, np.uint8)
    pixels[:, :, 0] = np.arange(N)[:, None, None]
    pixels[:, :, -1] = 255 - np.arange(N)[:, None, None]
    return pixels


@pytest.fixture
def pack(numbered: np.ndarray) -> Pack:
    return open_data(numbered)


def numbers(batch: Any) -> list[int]:
    """Which images are in `batch`, by the darker end, flipped or not."""
    ends = torch.minimum(batch.images[:, 0, 0, 0], batch.images[:, 0, 0, -1])
    return ((ends + 1) * 127.5).round().int().tolist()


def test_a_batch_depends_on_seed_and_position_alone(pack: Pack) -> None:
    positions = [0, 12, 24, 36, 48, 60, 500, 7]
    one = Batches(pack, Images, 12, seed=3, flip=True)
    other = Batches(pack, Images, 12, seed=3, flip=True)
    forward = {position: one.at(position).images for position in positions}  # type: ignore[attr-defined]
    for position in reversed(positions):
        assert torch.equal(other.at(position).images, forward[position])  # type: ignore[attr-defined]


def test_nothing_is_drawn_from_the_global_generator(pack: Pack) -> None:
    torch.manual_seed(0)
    before = torch.get_rng_state()
    Batches(pack, Images, 12, seed=3, flip=True).at(0)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("batch_size", [1, 7, 25, 49, 50])
def test_every_epoch_sees_every_image_once(pack: Pack, batch_size: int) -> None:
    source = Batches(pack, Images, batch_size, seed=0)
    seen: list[int] = []
    while len(seen) < 4 * N:
        batch = source.at(len(seen))
        assert len(batch) == batch_size
        seen += numbers(batch)
    epochs = [seen[start : start + N] for start in range(0, 4 * N, N)]
    assert all(sorted(epoch) == list(range(N)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) == 4
    assert all(epoch != list(range(N)) for epoch in epochs)


def test_the_batch_size_does_not_change_the_order(pack: Pack) -> None:
    small, large = Batches(pack, Images, 5, seed=1), Batches(pack, Images, 40, seed=1)
    assert [n for start in range(0, 40, 5) for n in numbers(small.at(start))] == numbers(large.at(0))


def test_seeds_differ(pack: Pack) -> None:
    orders = {tuple(numbers(Batches(pack, Images, N, seed=seed).at(0))) for seed in range(5)}
    epochs = {tuple(numbers(Batches(pack, Images, N, seed=0).at(epoch * N))) for epoch in range(5)}
    assert len(orders) == len(epochs) == 5
    assert len(orders | epochs) == 9


def test_images_are_float_and_channels_last(pack: Pack) -> None:
    shown = Batches(pack, Images, 6, seed=0).at(0).images  # type: ignore[attr-defined]
    assert (shown.shape, shown.dtype) == ((6, 3, 3, 4), torch.float32)
    assert shown.is_contiguous(memory_format=torch.channels_last)


def test_without_flips_images_are_as_packed(pack: Pack) -> None:
    batch: Any = Batches(pack, Images, 20, seed=0).at(40)
    assert torch.equal(batch.images, images(pack, numbers(batch)))


def test_flips_mirror_left_and_right_half_the_time(pack: Pack) -> None:
    source = Batches(pack, Images, N, seed=0, flip=True)
    flipped = 0
    for epoch in range(20):
        batch: Any = source.at(epoch * N)
        plain = images(pack, numbers(batch))
        mirrored = (batch.images != plain).flatten(1).any(1)
        assert torch.equal(batch.images[mirrored], plain[mirrored].flip(3))
        flipped += int(mirrored.sum())
    assert abs(flipped / (20 * N) - 0.5) < 4 * 0.5 / (20 * N) ** 0.5


def test_labels_go_with_their_images() -> None:
    pack = open_data("digits")
    assert pack.labels is not None
    by_image = {tuple(row.flatten().tolist()): label for row, label in zip(pack.values, pack.labels, strict=True)}
    batch: Any = Batches(pack, Labelled, 64, seed=0).at(1797 - 30)
    stored = ((batch.images.permute(0, 2, 3, 1) + 1) * 127.5).round().to(torch.uint8)
    assert batch.labels.dtype == torch.int64
    assert [by_image[tuple(row.flatten().tolist())] for row in stored] == batch.labels.tolist()


def test_sixteen_bits_and_vectors_are_served() -> None:
    deep = open_data(np.arange(4 * 9, dtype=np.uint16).reshape(4, 3, 3) * 1800)
    batch: Any = Batches(deep, Images, 4, seed=0, flip=True).at(0)
    values = ((batch.images.double() + 1) * 32767.5).round() / 1800
    assert sorted(values[:, 0, 0].amin(1).tolist()) == [0, 9, 18, 27]
    ring: Any = Batches(open_data("ring"), Labelled, 8, seed=0).at(0)
    assert ring.images.shape == (8, 2)


def test_bytes_reach_both_ends_exactly() -> None:
    assert normalise(torch.tensor([[[[0], [255]]]], dtype=torch.uint8)).flatten().tolist() == [-1, 1]
    assert normalise(torch.tensor([[[[-32768], [32767]]]], dtype=torch.int16)).flatten().tolist() == [-1, 1]


def test_too_few_images(pack: Pack) -> None:
    with pytest.raises(UserError, match="has 50 images, fewer than a batch of 64: use --batch-size 50 or less"):
        Batches(pack, Images, 64, seed=0)


@pytest.mark.parametrize("task", [Labelled, PartlyLabelled, Paired, Unpaired])
def test_a_task_that_the_pack_cannot_serve(pack: Pack, task: Any) -> None:
    with pytest.raises(UserError, match="has none"):
        Batches(pack, task, 8, seed=0)


def test_other_mistakes() -> None:
    with pytest.raises(UserError, match="no batches of Batch"):
        Batches(open_data("digits"), Batch, 8, seed=0)
    with pytest.raises(UserError, match="at least 1"):
        Batches(open_data("digits"), Images, 0, seed=0)
    with pytest.raises(UserError, match="cannot be flipped"):
        Batches(open_data("ring"), Images, 8, seed=0, flip=True)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_the_device_changes_nothing() -> None:
    pack = open_data("digits")
    here, there = (Batches(pack, Labelled, 64, seed=0, flip=True, device=device) for device in ("cpu", "cuda"))
    for position in (0, 1790):
        one, other = vars(here.at(position)), vars(there.at(position))
        assert all(torch.equal(one[name], other[name].cpu()) for name in one)
