"""MATLAB's and PyTorch's files: arrays by name, split and axis; nothing in them is run."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.io import savemat

from gankit.base.errors import UserError
from gankit.data import open_data
from tests.data.material import noise, pixels


def test_a_mat_file_whose_last_axis_counts_the_pictures(tmp_path: Path) -> None:
    images, labels = noise(12), np.arange(12) % 3 + 1
    savemat(tmp_path / "train_8x8.mat", {"X": images.transpose(1, 2, 3, 0), "y": labels[:, None]}, do_compression=True)
    pack = open_data(tmp_path / "train_8x8.mat")
    assert (pack.spec.classes, np.array_equal(pixels(pack), images)) == (("1", "2", "3"), True)
    assert "the last axis of X counts the pictures, as in MATLAB" in pack.report.notes
    with pytest.raises(UserError, match="no test split"):
        open_data(tmp_path / "train_8x8.mat", split="test")


def test_a_mat_file_of_grey_pictures_with_splits(tmp_path: Path) -> None:
    images = noise(20, 1)[..., 0]
    stacked = images.transpose(1, 2, 0)
    savemat(tmp_path / "x.mat", {"x_train": stacked, "y_train": np.arange(20) % 2, "x_test": stacked[..., :4]})
    assert np.array_equal(pixels(open_data(tmp_path / "x.mat"))[..., 0], images)
    assert len(open_data(tmp_path / "x.mat", split="test")) == 4


def test_axes_in_our_order_stay(tmp_path: Path) -> None:
    savemat(tmp_path / "x.mat", {"images": noise(20)})
    assert open_data(tmp_path / "x.mat").values.shape == (20, 8, 8, 3)


@pytest.mark.parametrize("start", [b"\x89HDF\r\n\x1a\n", b"MATLAB 7.3 MAT-file, Platform: GLNXA64"])
def test_version_73_is_refused_with_what_converts_it(tmp_path: Path, start: bytes) -> None:
    (tmp_path / "x.mat").write_bytes(start.ljust(600, b"\0"))
    with pytest.raises(UserError, match=r"HDF5 \(MATLAB's -v7.3\), .*: convert it, by python -c .*h5py"):
        open_data(tmp_path / "x.mat")


def test_a_mat_file_that_swells_is_not_unpacked(tmp_path: Path) -> None:
    packer = zlib.compressobj()
    packed = packer.compress(bytes(2**29)) + packer.flush()
    head = b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM"
    (tmp_path / "x.mat").write_bytes(head + struct.pack("<II", 15, len(packed)) + packed)
    with pytest.raises(UserError, match="decompression bomb"):
        open_data(tmp_path / "x.mat")


@pytest.mark.parametrize("suffix", [".pt", ".pth"])
@pytest.mark.parametrize("legacy", [False, True])
def test_tensors_of_torch(tmp_path: Path, suffix: str, *, legacy: bool) -> None:
    images, labels = torch.from_numpy(noise(6).transpose(0, 3, 1, 2).copy()), torch.arange(6) % 2
    path = tmp_path / f"x{suffix}"
    for held in (images, {"images": images, "labels": labels}, (images, labels)):
        torch.save(held, path, _use_new_zipfile_serialization=not legacy)
        pack = open_data(path)
        assert torch.equal(pack.values, images.permute(0, 2, 3, 1))
        assert pack.spec.classes == (() if held is images else ("0", "1"))


class Program:
    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (Path("ran"),)


def test_no_program_in_a_pt_file_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save(Program(), "x.pt")
    with pytest.raises(UserError, match="holds no plain tensors"):
        open_data("x.pt")
    assert not Path("ran").exists()


@pytest.mark.parametrize(
    ("held", "why"),
    [
        (torch.zeros(1, 1, 1, 1).expand(2**20, 64, 64, 3), "shows its bytes as"),
        (torch.eye(3).to_sparse(), "sparse or quantised"),
        ({"weight": torch.zeros(3, 3)}, "call the array of images 'images'"),
        ([1, 2], "holds list"),
    ],
)
def test_other_tensors_are_refused(tmp_path: Path, held: object, why: str) -> None:
    torch.save(held, tmp_path / "x.pt")
    with pytest.raises(UserError, match=why):
        open_data(tmp_path / "x.pt")
