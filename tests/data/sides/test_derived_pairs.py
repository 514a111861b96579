"""Pairs made of any pictures: what each side is, and that no truth is seen in training."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gankit.base.errors import UserError
from gankit.data import Pack, open_data
from gankit.data.sides import derived_pairs as pairings
from gankit.data.sides.derived_pairs import PAIRINGS, RAMP, edge_map, luminance
from gankit.data.sides.opening import open_two_sides
from tests.data.material import write_table


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A file of 40 noisy pictures of 12x12, all different."""
    values = np.random.default_rng(0).integers(0, 256, (40, 12, 12, 3), dtype=np.uint8)
    np.save(tmp_path / "photos.npy", values)
    return tmp_path / "photos.npy"


def sides(pack: Pack) -> tuple[np.ndarray, np.ndarray]:
    assert pack.other is not None
    return pack.values.numpy(), pack.other.values.numpy()


def rows(values: np.ndarray) -> set[bytes]:
    return {item.tobytes() for item in values}


@pytest.mark.parametrize("name", PAIRINGS)
def test_pairs_are_of_one_picture_and_none_of_training_is_in_the_test_split(photos: Path, name: str) -> None:
    make, whole = PAIRINGS[name].make, np.load(photos)
    train, test = (open_two_sides(photos, aligned=True, pair=name, split=split) for split in ("train", "test"))
    assert (len(train), len(test), train.spec.aligned, test.spec.aligned) == (36, 4, True, True)
    truth = {first.tobytes(): second.tobytes() for first, second in map(make, whole)}
    for pack in (train, test):
        assert all(truth[a.tobytes()] == b.tobytes() for a, b in zip(*sides(pack), strict=True))
    assert rows(sides(train)[1]) | rows(sides(test)[1]) == set(truth.values())
    assert not rows(sides(train)[1]) & rows(sides(test)[1])
    swapped = open_two_sides(photos, aligned=True, pair=name, direction="BtoA")
    assert np.array_equal(sides(swapped)[0], sides(train)[1])
    assert not any("direction" in note for note in train.report.notes)


@pytest.mark.parametrize("name", PAIRINGS)
def test_two_domains_share_no_picture(photos: Path, name: str) -> None:
    truth = {first.tobytes(): second.tobytes() for first, second in map(PAIRINGS[name].make, np.load(photos))}
    train = open_two_sides(photos, aligned=False, pair=name)
    first, second = sides(train)
    assert (len(first), len(second), train.spec.aligned) == (18, 18, False)
    assert not {truth[item.tobytes()] for item in first} & rows(second)
    held = open_two_sides(photos, aligned=False, pair=name, split="test")
    assert held.spec.aligned
    assert held.content == open_two_sides(photos, aligned=True, pair=name, split="test").content
    seen = {truth[item.tobytes()] for item in first} | rows(second)
    assert not seen & rows(sides(held)[1])


def test_a_test_split_of_its_own_is_used_and_all_of_train(tmp_path: Path) -> None:
    from PIL import Image

    rng = np.random.default_rng(0)
    for split, count in (("train", 7), ("test", 3)):
        (tmp_path / "set" / split).mkdir(parents=True)
        for index in range(count):
            Image.fromarray(rng.integers(0, 256, (8, 8, 3), np.uint8)).save(tmp_path / "set" / split / f"{index}.png")
    (tmp_path / "set" / "train" / "bad.png").write_bytes(b"")
    train = open_two_sides(tmp_path / "set", aligned=True, pair="colorize")
    test = open_two_sides(tmp_path / "set", aligned=False, pair="colorize", split="test")
    assert (len(train), len(test), test.spec.aligned) == (7, 3, True)
    assert rows(sides(test)[1]) == rows(open_data(tmp_path / "set", split="test").values.numpy())
    assert "1 picture that can't be read left out, bad.png the first" in train.report.notes
    halves = open_two_sides(tmp_path / "set", aligned=False, pair="colorize")
    assert sorted(map(len, sides(halves))) == [3, 4]


def test_colours_and_turns() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (5, 5, 3), dtype=np.uint8)
    grey, same = PAIRINGS["colorize"].make(picture)
    assert same is picture
    assert np.abs(grey[..., 0] - picture @ [0.299, 0.587, 0.114]).max() <= 0.5
    before, turned = PAIRINGS["rotate"].make(picture)
    assert np.array_equal(turned[0, 0], before[0, -1])  # the upper right corner goes to the upper left
    assert np.array_equal(turned[-1, 0], before[0, 0])


def test_a_tint_can_be_undone() -> None:
    assert len(np.unique(RAMP, axis=0)) == 256
    assert (np.diff(RAMP.astype(int), axis=0) >= 0).all()
    assert RAMP[0, 2] > RAMP[0].max(initial=0, where=[True, True, False])
    assert RAMP[255, 0] > RAMP[255, 2]
    grey, tinted = PAIRINGS["tint"].make(np.arange(256, dtype=np.uint8).reshape(16, 16, 1))
    assert np.array_equal(tinted.reshape(256, 3), RAMP)
    assert np.array_equal(grey.ravel(), np.arange(256))


def test_edges_lie_where_the_picture_changes() -> None:
    square = np.full((32, 32), 40, np.uint8)
    square[8:24, 8:24] = 200
    found = edge_map(square)
    assert set(np.unique(found)) == {0, 255}
    y, x = np.nonzero(found == 0)
    away = np.maximum(np.abs(y - 15.5), np.abs(x - 15.5))
    assert (np.abs(away - 8) <= 1).all()
    assert all((found[row] == 0).sum() == 2 for row in range(10, 22))  # one pixel wide on either side
    assert all((found[:, column] == 0).sum() == 2 for column in range(10, 22))
    assert (np.sort(edge_map(square.T).ravel()) == np.sort(found.ravel())).all()


def test_flat_pictures_and_faint_noise_have_no_edges() -> None:
    assert (edge_map(np.full((16, 16), 7, np.uint8)) == 255).all()
    noise = np.random.default_rng(0).integers(120, 136, (16, 16), dtype=np.uint8)
    assert (edge_map(noise) == 255).all()
    assert edge_map(np.zeros((1, 1), np.uint8)).shape == (1, 1)


def test_weak_edges_count_where_they_go_on_from_strong_ones() -> None:
    step = np.zeros((64, 64), np.uint8)
    step[:, 32:] = np.linspace(60, 255, 64, dtype=np.uint8)[:, None]
    column = (edge_map(step) == 0).any(axis=1)
    assert column.all()
    alone = np.zeros((64, 64), np.uint8)
    alone[:, 32:48] = 255
    alone[20:40, 10:14] = 30
    assert (edge_map(alone)[:, :18] == 255).all()


def test_what_a_pairing_needs_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"colorize needs pictures in RGB; those of 'digits' have 1 channel$"):
        open_two_sides("digits", aligned=True, pair="colorize")
    np.save(tmp_path / "wide.npy", np.zeros((4, 8, 12, 3), np.uint8))
    with pytest.raises(UserError, match=r"square pictures, not 8x12: ask for --size 8"):
        open_two_sides(tmp_path / "wide.npy", aligned=True, pair="rotate")
    assert open_two_sides(tmp_path / "wide.npy", aligned=True, pair="rotate", size=8).spec.other_shape == (3, 8, 8)
    np.save(tmp_path / "vectors.npy", np.zeros((4, 8)))
    with pytest.raises(UserError, match="holds vectors"):
        open_two_sides(tmp_path / "vectors.npy", aligned=True, pair="rotate")
    np.save(tmp_path / "alone.npy", np.zeros((1, 8, 8), np.uint8))
    for aligned in (True, False):
        with pytest.raises(UserError, match="too few"):
            open_two_sides(tmp_path / "alone.npy", aligned=aligned, pair="tint")
    np.save(tmp_path / "three.npy", np.zeros((3, 8, 8), np.uint8))
    with pytest.raises(UserError, match="at least 2"):
        open_two_sides(tmp_path / "three.npy", aligned=False, pair="tint")


def test_arrays_and_deep_pixels() -> None:
    values = np.random.default_rng(0).random((20, 8, 8))
    pack = open_two_sides(values, aligned=True, pair="tint")
    first, second = sides(pack)
    assert (first.dtype, pack.source) == (np.uint8, "the array")
    grey = {np.rint(item * 255).astype(np.uint8).tobytes() for item in values}
    assert rows(first) <= grey
    assert np.array_equal(second, RAMP[first[..., 0]])
    assert "16 bits reduced to 8" in pack.report.notes


def test_digits_at_a_size(tmp_path: Path) -> None:
    train = open_two_sides("digits", aligned=False, pair="edges", size=16)
    assert (train.spec.shape, train.spec.other_shape) == ((1, 16, 16), (1, 16, 16))
    assert sum(map(len, sides(train))) == 1797 - 179
    first = sides(train)[0]
    assert 0.02 < float((first == 0).mean()) < 0.4


def test_the_picture_is_never_held_as_a_whole() -> None:
    base = open_data("digits")
    content = pairings.Derived(values=base.values.numpy(), chosen=np.arange(5), make=luminance, rule={})
    assert np.shares_memory(content.values, base.values.numpy())
    assert np.shares_memory(next(content.items(0, 1)), content.values)


def test_a_table_of_single_pictures_can_be_made_pairs(tmp_path: Path) -> None:
    values = np.random.default_rng(0).integers(0, 256, (10, 8, 8, 3), dtype=np.uint8)
    write_table(tmp_path / "a.parquet", img=values)
    assert len(open_two_sides(tmp_path / "a.parquet", aligned=True, pair="colorize")) == 9
