"""DICOM is read in the units that its files state, as pictures of any other kind are."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest

from gankit.base.errors import UserError
from gankit.data import open_data
from tests.data.material import pixels, write_dicom

STORED = np.random.default_rng(0).integers(0, 4096, (4, 16, 16)).astype(np.uint16)
STORED[0, 0, :2] = 0, 4095


def test_ct_is_in_hounsfield_units_and_windowed_by_range(folder: Path) -> None:
    for index, values in enumerate(STORED):
        write_dicom(folder / f"IM{index:04d}", values, intercept=-1024)  # as they come from a scanner: without a suffix
    pack = open_data(folder)
    assert (pack.spec.shape, pack.report.bits) == ((1, 16, 16), 16)
    assert pack.report.values == {"integer": (-1024.0, 3071.0)}
    assert np.array_equal(np.rint((pixels(pack)[..., 0] + 32768.0) / 65535 * 4095), STORED)
    window = open_data(folder, range=(-160, 240))
    assert window.report.values == {"integer": (-160.0, 240.0)}


@pytest.mark.parametrize("packed", [False, True])
def test_frames_are_pictures(folder: Path, *, packed: bool) -> None:
    write_dicom(folder / "0.dcm", STORED)
    source = folder
    if packed:
        source = folder.with_suffix(".zip")
        with ZipFile(source, "w") as archive:
            archive.write(folder / "0.dcm", "0.dcm")
    pack = open_data(source)
    assert len(pack) == 4
    assert "1 stack taken apart: 4 pictures, one for each page or frame" in pack.report.notes


def test_white_as_the_least_value_is_turned_round(folder: Path) -> None:
    write_dicom(folder / "0.dcm", STORED[0])
    write_dicom(folder / "1.dcm", 4095 - STORED[0], PhotometricInterpretation="MONOCHROME1")
    first, second = pixels(open_data(folder))
    assert np.array_equal(first, second)


def test_fractions_are_kept(folder: Path) -> None:
    write_dicom(folder / "0.dcm", STORED[0], slope=0.25)
    assert open_data(folder).report.values == {"float": (0.0, 1023.75)}


def test_bytes_are_as_they_are(folder: Path) -> None:
    write_dicom(folder / "0.dcm", (STORED[0] >> 4).astype(np.uint8))
    assert np.array_equal(pixels(open_data(folder))[0, ..., 0], STORED[0] >> 4)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"Rows": 60000, "Columns": 60000}, "GiB of memory"),
        ({"Rows": 17}, "pixel data"),
    ],
)
def test_what_does_not_fit_is_left_out(folder: Path, changed: dict[str, int], why: str) -> None:
    write_dicom(folder / "0.dcm", STORED[0], **changed)
    with pytest.raises(UserError, match=why):
        open_data(folder)


def test_frames_that_are_not_there_are_not_believed(folder: Path) -> None:
    write_dicom(folder / "0.dcm", STORED[0], NumberOfFrames=10**9)
    with pytest.raises(UserError, match="cannot be read"):
        open_data(folder)


def test_without_pydicom_it_says_what_to_install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_dicom(folder / "0.dcm", STORED[0])
    monkeypatch.setitem(__import__("sys").modules, "pydicom", None)
    with pytest.raises(UserError, match=r"pip install 'gankit\[medical\]'"):
        open_data(folder)
