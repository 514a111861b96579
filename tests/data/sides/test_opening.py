"""Two sides of one source, whatever its form: of one size, packed once, described and shown."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gankit.base.errors import UserError
from gankit.commands.main import main
from gankit.data import contact_sheet, describe, open_data
from gankit.data.sides.opening import open_two_sides
from tests.data.material import pixels, second
from tests.images import Paint


def test_both_sides_are_of_one_size(folder: Path, paint: Paint, domains: Path) -> None:
    paint(folder / "a.png", (100, 200, 3))
    assert open_two_sides(folder, aligned=True).spec.other_shape == (3, 64, 64)
    assert open_two_sides(folder, aligned=True, size="16x24").spec.other_shape == (3, 16, 24)
    for index in range(4):
        paint(domains / "trainB" / f"b{index}.png", (30, 20))
    pack = open_two_sides(domains, aligned=False)
    assert (pack.spec.shape, pack.spec.other_shape) == ((3, 8, 8), (1, 8, 8))
    assert open_two_sides(domains, aligned=False, direction="BtoA").spec.other_shape == (3, 30, 20)


def test_either_side_is_padded_or_has_the_channels_that_are_asked_for(folder: Path, paint: Paint) -> None:
    for name in ("A", "B"):
        for index in range(3):
            paint(folder / name / f"{index}.png", (8, 16, 3) if name == "A" else (8, 16))
    pack = open_two_sides(folder, aligned=True, size=16, fit="pad", channels=3)
    assert (pack.spec.shape, pack.spec.other_shape) == ((3, 16, 16), (3, 16, 16))
    for side in (pixels(pack), pixels(second(pack))):
        assert not side[:, [*range(4), *range(12, 16)]].any()
        assert side[:, 4:12].any()
    cropped = open_two_sides(folder, aligned=True, size=16)
    assert cropped.spec.other_shape == (1, 16, 16)
    assert pixels(cropped)[:, 0].any()


def test_halves_are_padded_each_for_itself(folder: Path, paint: Paint) -> None:
    whole = [paint(folder / f"{index}.png", (16, 16, 3)) for index in range(3)]
    pack = open_two_sides(folder, aligned=True, pair="side-by-side", size=16, fit="pad")
    for side, start in ((pack, 0), (second(pack), 8)):
        assert np.array_equal(pixels(side)[:, :, 4:12], np.stack(whole)[:, :, start : start + 8])
        assert not pixels(side)[:, :, :4].any()


def test_a_pairing_is_made_of_pictures_of_the_channels_that_are_asked_for(folder: Path, paint: Paint) -> None:
    for index in range(20):
        paint(folder / f"{index}.png", (8, 16))
    with pytest.raises(UserError, match=r"needs pictures in RGB; those of .* have 1 channel"):
        open_two_sides(folder, aligned=True, pair="colorize")
    pack = open_two_sides(folder, aligned=True, pair="colorize", channels=3, fit="pad", size=16)
    assert (pack.spec.shape, pack.spec.other_shape) == ((1, 16, 16), (3, 16, 16))
    assert not pixels(second(pack))[:, :4].any()


def test_what_is_there_again_is_not_built_again(folder: Path, halves: np.ndarray, paint: Paint) -> None:
    first = open_two_sides(folder, aligned=True)
    assert first.path is not None
    before = first.path.stat().st_mtime_ns
    again = open_two_sides(folder, aligned=True)
    assert again.path is not None
    assert (again.path, again.path.stat().st_mtime_ns) == (first.path, before)
    paint(folder / "0.png", (8, 16, 3))
    changed = open_two_sides(folder, aligned=True)
    assert changed.content != first.content
    assert not first.path.exists()
    assert np.array_equal(pixels(second(changed))[1:], halves[1:, :, 8:])


def test_sides_that_look_swapped_are_said(tmp_path: Path, paint: Paint) -> None:
    ramp = np.linspace(0, 255, 32, dtype=np.uint8)
    photo = np.stack(np.broadcast_arrays(ramp[:, None], ramp, ramp[::-1, None]), -1)
    mask = np.zeros((32, 32, 3), np.uint8)
    mask[8:16, 8:16, 0], mask[20:, :, 2] = 255, 255
    for index in range(3):
        paint(tmp_path / "rgb" / f"{index}.png", pixels=np.concatenate([photo, mask], axis=1))
        paint(tmp_path / "maps" / "A" / f"{index}.png", pixels=photo)
        paint(tmp_path / "maps" / "B" / f"{index}.png", pixels=mask[..., 0])
    for source in ("rgb", "maps"):
        hint = "the second side looks like labels: --direction BtoA turns labels into photos"
        assert hint in open_two_sides(tmp_path / source, aligned=True).report.notes
        swapped = open_two_sides(tmp_path / source, aligned=True, direction="BtoA")
        assert not any("direction" in note for note in swapped.report.notes)


def test_both_sides_are_described_and_shown(folder: Path, halves: np.ndarray, domains: Path) -> None:
    text = "\n".join(describe(open_two_sides(folder, aligned=True)))
    assert f"{folder}: 5 pairs" in text
    assert "second side 5 images, 8x8 RGB, 8 bits" in text
    assert "--pair side-by-side shows them as two sides" in "\n".join(describe(open_data(folder)))
    text = "\n".join(describe(open_two_sides(domains, aligned=False)))
    assert f"{domains}: two domains" in text
    assert "first side  5 images" in text
    assert "second side 4 images" in text
    pairs = np.asarray(contact_sheet(open_two_sides(folder, aligned=True)))
    assert np.array_equal(pairs[2:202:25, 2:402:25], halves[0])
    sheet = np.asarray(contact_sheet(open_two_sides(domains, aligned=False)))
    first = open_two_sides(domains, aligned=False)
    assert np.array_equal(sheet[2:202:25, 2:202:25], pixels(first)[0])
    assert np.array_equal(sheet[204:404:25, 2:202:25], pixels(second(first))[0])


def test_the_data_command_shows_sides(
    folder: Path, halves: np.ndarray, domains: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def data(*arguments: object) -> str:
        assert main(["data", *map(str, arguments), "--out", str(tmp_path / "sheet.png")]) == 0
        return capsys.readouterr().out

    assert f"{domains}: two domains" in data(domains)
    assert "first side  4 images" in data(domains, "--direction", "BtoA")
    assert f"{folder}: 5 images" in data(folder)
    assert f"{folder}: 5 pairs" in data(folder, "--pair", "auto")
    assert "made by --pair tint" in data(folder, "--pair", "tint")
    assert main(["data", str(folder), "--pair", "tnt", "--out", str(tmp_path / "none.png")]) == 2
    assert "did you mean 'tint'" in capsys.readouterr().err
    assert not (tmp_path / "none.png").exists()
