"""One rule for values: the container where it is used, else the set's own range, whatever the values came in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from gankit.base.errors import UserError
from gankit.data import images, in_units, open_data
from gankit.data.pack.values import Span, ends_of, parse_range
from tests.images import Paint

RNG = np.random.default_rng(0)
UNIT = RNG.random((6, 8, 8))
UNIT[0, 0, :2] = 0, 1


def shown(source: Any, **how: Any) -> torch.Tensor:
    """All images of a source, its first channel, from 0 to 1."""
    pack = open_data(source, **how)
    return images(pack, range(len(pack)))[:, 0].double().add(1).div(2)  # type: ignore[arg-type]


def filed(folder: Path, paint: Paint, values: np.ndarray, suffix: str = "png") -> Path:
    for index, pixels in enumerate(values):
        paint(folder / f"{index}.{suffix}", pixels=pixels)
    return folder


@pytest.mark.parametrize("dtype", [np.uint16, np.int16, np.int32, np.int64, np.float32, np.float64])
@pytest.mark.parametrize(("low", "high"), [(0, 4095), (0, 1), (5, 21), (-1024, 3071), (1000, 1400)])
def test_arrays_that_do_not_use_their_container_come_out_alike(dtype: type, low: int, high: int) -> None:
    if low < 0 and dtype is np.uint16:
        return
    values = np.rint(low + UNIT * (high - low))
    expected = torch.from_numpy((values - low) / (high - low))
    torch.testing.assert_close(shown(values.astype(dtype)), expected, atol=3e-3, rtol=0)


def test_files_come_out_as_arrays_do(tmp_path: Path, paint: Paint) -> None:
    deep, mask = np.rint(UNIT * 4095), np.rint(UNIT)
    wanted = torch.from_numpy(deep / 4095)
    for name, values, suffix in [
        ("12 bits", deep.astype(np.uint16), "png"),
        ("ints", deep.astype(np.int32), "tif"),
        ("floats", (deep - 1000).astype(np.float32), "tif"),
    ]:
        torch.testing.assert_close(shown(filed(tmp_path / name, paint, values, suffix)), wanted, atol=3e-5, rtol=0)
    assert torch.equal(shown(filed(tmp_path / "mask", paint, mask.astype(np.uint8))), torch.from_numpy(mask))


def test_it_is_said_and_stated(folder: Path, paint: Paint) -> None:
    pack = open_data(filed(folder, paint, np.rint(UNIT * 4095).astype(np.uint16)))
    note = "16-bit values scaled by the set's own range, 0 to 4095; --range LOW HIGH overrules it"
    assert note in pack.report.notes
    assert pack.report.values == {"16-bit": (0, 4095)}


def test_what_uses_its_container_keeps_every_value(folder: Path, paint: Paint) -> None:
    dim = RNG.integers(0, 64, (4, 8, 8), dtype=np.uint8)
    dim[3, 0, 0] = 64
    assert np.array_equal(open_data(filed(folder, paint, dim)).values[..., 0].numpy(), dim)
    half = RNG.integers(0, 2**15 + 1, (4, 8, 8)).astype(np.uint16)
    half[0, 0, :2] = 0, 2**15
    assert open_data(half).report.values == {}
    assert open_data(np.zeros((3, 4, 4), np.uint8)).report.values == {}


@pytest.mark.parametrize(
    ("span", "ends"),
    [
        (Span("8-bit", 0, 1), (0, 1)),
        (Span("8-bit", 0, 64), (0, 255)),
        (Span("16-bit", 0, 200), (0, 255)),
        (Span("16-bit", 32768, 36000), (32768, 36000)),
        (Span("16-bit", 0, 16383), (0, 16383)),
        (Span("integer", 0, 250), (0, 255)),
        (Span("integer", -1, 254), (-1, 254)),
        (Span("float", 0, 0.8), (0, 1)),
        (Span("float", -0.9, 0.9), (-1, 1)),
        (Span("float", 0, 0.05), (0, 0.05)),
        (Span("float", 0, 254.5), (0, 255)),
        (Span("float", 0.5, 0.5), (0, 1)),
    ],
)
def test_the_ends(span: Span, ends: tuple[float, float]) -> None:
    assert ends_of(span) == ends


def test_a_range_is_asked_for_and_cuts(folder: Path, paint: Paint) -> None:
    values = np.rint(UNIT * 4095).astype(np.uint16)
    filed(folder, paint, values)
    wanted = torch.from_numpy(((values.astype(float) - 1000) / 1000).clip(0, 1))
    for source in (folder, values, values.astype(np.float64)):
        torch.testing.assert_close(shown(source, range=(1000, 2000)), wanted, atol=2e-5, rtol=0)
    assert open_data(folder, range=(0, 65535)).report.values == {}
    assert np.array_equal(open_data(folder, range=(0, 65535)).values[..., 0].int().numpy() + 32768, values)


@pytest.mark.parametrize("asked", [(1, 1), (2, 1), (0, float("inf")), (float("nan"), 1), (-1e300, 1e300)])
def test_a_range_that_is_none(asked: tuple[float, float]) -> None:
    with pytest.raises(UserError, match="give the value that becomes -1"):
        parse_range(asked)


def test_mixed_depths_each_have_their_ends(folder: Path, paint: Paint) -> None:
    paint(folder / "a.png", pixels=np.array([[0, 255]], np.uint8))
    paint(folder / "b.png", pixels=np.array([[0, 4095]], np.uint16))
    assert open_data(folder).values[..., 0, :, 0].tolist() == [[0, 255], [0, 255]]


def test_a_test_split_follows_training(folder: Path, paint: Paint) -> None:
    filed(folder / "train", paint, np.rint(UNIT * 4000).astype(np.uint16))
    filed(folder / "test", paint, np.rint(UNIT * 2000).astype(np.uint16))
    assert open_data(folder, split="test").report.values == {"16-bit": (0, 4000)}
    assert shown(folder, split="test").max() == pytest.approx(0.5, abs=1e-3)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_float_picture_without_numbers_is_named(folder: Path, bad: float) -> None:
    values = (UNIT * 3000 - 1000).astype(np.float32)
    for index, pixels in enumerate(values):
        Image.fromarray(np.where(index == 2, bad, pixels).astype(np.float32)).save(folder / f"{index}.tif")
    pack = open_data(folder)
    assert pack.report.unreadable == [("2.tif", "it holds NaN or infinity")]
    assert len(pack) == 5


def test_numbers_beyond_32_bits_are_refused() -> None:
    for values in (np.full((3, 4, 4), 1e300), np.array([[-1e308, 1e308]] * 3)):
        with pytest.raises(UserError, match="beyond 32 bits in 3 items"):
            open_data(values)


def test_columns_of_a_few_whole_numbers_are_named() -> None:
    table = np.stack([RNG.normal(5e4, 1e4, 200), RNG.integers(18, 90, 200), RNG.integers(0, 2, 200)], 1)
    pack = open_data(table)
    assert any("columns of a few whole numbers, taken as numbers all the same: #2 (2)" in n for n in pack.report.notes)

    back = in_units(pack.values, pack.report.values).double()
    torch.testing.assert_close(back, torch.from_numpy(table), rtol=1e-5, atol=1e-3)


def test_columns_that_look_like_pictures_get_a_hint() -> None:
    pack = open_data(RNG.random((9, 784)))
    assert "784 columns look like pictures of 28x28: --layout 28x28 takes them so" in pack.report.notes
