"""Arrays from .npy, .npz and Python: shapes, types, ranges and labels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from gankit.base.errors import UserError
from gankit.data import images, in_units, open_data
from tests.data.material import noise

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (6, 5, 7, 3), dtype=np.uint8)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((6, 5, 7), (1, 5, 7)),
        ((6, 5, 7, 1), (1, 5, 7)),
        ((6, 5, 7, 2), (2, 5, 7)),
        ((6, 5, 7, 4), (4, 5, 7)),
        ((6, 5, 7, 9), (9, 5, 7)),
        ((6, 3, 5, 7), (3, 5, 7)),
        ((6, 3, 5, 3), (3, 3, 5)),
    ],
)
def test_shapes(shape: tuple[int, ...], expected: tuple[int, ...]) -> None:
    pack = open_data(RNG.integers(0, 256, shape, dtype=np.uint8))
    assert pack.spec.shape == expected
    assert images(pack, [0]).shape == (1, *expected)


def test_channels_first_is_turned_and_said() -> None:
    pack = open_data(np.ascontiguousarray(PIXELS.transpose(0, 3, 1, 2)))
    assert np.array_equal(pack.values.numpy(), PIXELS)
    assert "its axes taken as (N, C, H, W)" in pack.report.notes


def test_bytes_become_minus_one_to_one_exactly() -> None:
    ramp = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)
    shown = images(open_data(ramp), [0]).flatten()
    assert (shown[0], shown[-1]) == (-1, 1)
    torch.testing.assert_close(shown, torch.arange(256) * 2 / 255 - 1, atol=1e-6, rtol=0)


def test_sixteen_bit_integers_are_exact() -> None:
    values = np.arange(65536, dtype=np.uint16).reshape(1, 256, 256)
    pack = open_data(values)
    assert pack.report.bits == 16
    shown = (images(pack, [0])[0, 0].double() + 1) / 2 * 65535
    assert np.array_equal(shown.round().numpy(), values[0])


@pytest.mark.parametrize("bits", [8, 16])
def test_many_channels_are_resized_one_by_one(bits: int) -> None:
    kind = {8: np.uint8, 16: np.uint16}[bits]
    values = np.zeros((1, 16, 16, 5), kind)
    values[..., 2] = np.iinfo(kind).max
    shown = images(open_data(values, size=8), [0])[0]
    assert shown[:, 3, 3].tolist() == [-1, -1, 1, -1, -1]


def test_booleans_are_black_and_white() -> None:
    assert images(open_data(np.eye(4, dtype=bool)[None]), [0])[0, 0].equal(torch.eye(4) * 2 - 1)


def test_whole_numbers_of_a_wide_type() -> None:
    assert np.array_equal(open_data(PIXELS.astype(np.int64)).values.numpy(), PIXELS)
    shifted = open_data(PIXELS.astype(np.int64) - 256)
    assert np.array_equal(shifted.values.numpy(), open_data(PIXELS.astype(float) - 256).values.numpy() // 257 + 128)


@pytest.mark.parametrize(
    ("low", "high", "note"), [(0, 1, "floats in [0, 1]"), (-1, 1, "floats in [-1, 1]"), (-30, 90, "-30 to 90")]
)
def test_floats_are_scaled_into_sixteen_bits(low: float, high: float, note: str) -> None:
    unit = RNG.random((4, 6, 6)).astype(np.float32)
    unit[0, 0, :2] = 0, 1
    pack = open_data(low + unit * (high - low))
    assert pack.report.bits == 16
    assert any(note in line for line in pack.report.notes)
    torch.testing.assert_close(images(pack, range(4))[:, 0], torch.from_numpy(unit * 2 - 1), atol=4e-5, rtol=0)  # type: ignore[arg-type]


def test_constant_floats_do_not_divide_by_zero() -> None:
    assert images(open_data(np.full((2, 4, 4), 7.0)), [0]).isfinite().all()


def test_vectors_are_standardised_column_by_column_or_left_as_they_are() -> None:
    points = (RNG.standard_normal((50, 3)) * (100, 1, 0) + (5, 0, 7)).astype(np.float32)
    pack = open_data(points)
    assert (pack.spec.shape, pack.spec.bounded, pack.report.bits) == ((3,), False, 32)
    torch.testing.assert_close(pack.values.mean(0), torch.zeros(3), atol=1e-6, rtol=0)
    torch.testing.assert_close(pack.values.std(0, correction=0), torch.tensor([1.0, 1.0, 0.0]))
    torch.testing.assert_close(in_units(pack.values, pack.report.values), torch.from_numpy(points))
    assert any("each column standardised" in note for note in pack.report.notes)
    plain = open_data(points, range=(-1, 1))
    assert np.array_equal(images(plain, torch.arange(50)).numpy(), points)
    assert plain.spec.mean is not None
    torch.testing.assert_close(plain.spec.mean, torch.from_numpy(points.mean(0)))
    with pytest.raises(UserError, match="leave --size away"):
        open_data(points, size=8)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("shape", [(9, 4, 4), (9, 3)])
def test_nan_and_infinity_are_counted(bad: float, shape: tuple[int, ...]) -> None:
    values = np.zeros(shape)
    values[4, 1] = values[7, 0] = bad
    with pytest.raises(UserError, match="in 2 items, first in number 4"):
        open_data(values)


@pytest.mark.parametrize(
    "values",
    [np.zeros(5), np.zeros((0, 4, 4)), np.zeros((1, 2, 3, 4, 5)), np.array([["a"]]), np.zeros((2, 2), complex)],
)
def test_what_is_no_data(values: np.ndarray) -> None:
    with pytest.raises(UserError, match=r"shape|type"):
        open_data(values)


def test_npy(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", PIXELS)
    assert np.array_equal(open_data(tmp_path / "a.npy").values.numpy(), PIXELS)
    assert np.array_equal(open_data(str(tmp_path / "a.npy")).values.numpy(), PIXELS)


@pytest.mark.parametrize("name", ["images", "x", "arr_0", "whatever"])
def test_npz_by_name(tmp_path: Path, name: str) -> None:
    np.savez(tmp_path / "a.npz", **{name: PIXELS, "y": np.array([5, 3, 3, 5, 9, 9])})  # type: ignore[arg-type]
    pack = open_data(tmp_path / "a.npz")
    assert np.array_equal(pack.values.numpy(), PIXELS)
    assert pack.spec.classes == ("3", "5", "9")
    assert pack.labels is not None
    assert pack.labels.dtype == torch.int64
    assert pack.labels.tolist() == [1, 0, 0, 1, 2, 2]


def test_npz_with_names_as_labels(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", images=PIXELS, labels=np.array([["dog"], ["cat"], ["cat"], ["cat"], ["cat"], ["cat"]]))
    pack = open_data(tmp_path / "a.npz")
    assert pack.spec.classes == ("cat", "dog")


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"images": PIXELS, "labels": np.zeros(5, int)}, "5 labels for 6 images"),
        ({"images": PIXELS, "labels": np.zeros((6, 3))}, "6x3 labels for 6 images"),
        ({"images": PIXELS, "labels": np.full(6, 0.5)}, "whole numbers or names"),
        ({"one": PIXELS, "two": PIXELS}, "holds one, two"),
    ],
)
def test_npz_that_is_wrong(tmp_path: Path, arrays: dict[str, np.ndarray], message: str) -> None:
    np.savez(tmp_path / "a.npz", **arrays)  # type: ignore[arg-type]
    with pytest.raises(UserError, match=message):
        open_data(tmp_path / "a.npz")


@pytest.mark.parametrize("suffix", ["npy", "npz"])
def test_pickles_and_damage_are_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    save = np.save if suffix == "npy" else np.savez
    save(path, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(UserError, match="cannot be read"):
        open_data(path)
    path.write_bytes(path.read_bytes()[:90])
    with pytest.raises(UserError, match="cannot be read"):
        open_data(path)


def test_duplicates_are_numbered() -> None:
    assert open_data(np.stack([PIXELS[0], PIXELS[1], PIXELS[0]])).report.duplicates == [["#0", "#2"]]


def test_labels_larger_than_any_integer_are_told_apart(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", images=noise(4), labels=np.array([1e30, 2.0, 1e30, -1e25]))
    pack = open_data(tmp_path / "x.npz")
    assert pack.labels is not None
    names = [pack.spec.classes[index] for index in pack.labels.tolist()]
    assert [float(name) for name in names] == [1e30, 2.0, 1e30, -1e25]
    for odd in (np.inf, np.nan, 0.5):
        np.savez(tmp_path / "y.npz", images=noise(2), labels=np.array([odd, 1.0]))
        with pytest.raises(UserError, match="whole numbers or names are needed"):
            open_data(tmp_path / "y.npz")
