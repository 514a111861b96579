"""What a person is told and shown of a data set."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from gankit.data import Pack, contact_sheet, describe, open_data
from gankit.data.describe import chosen
from gankit.data.pack import pack as packs
from tests.images import Paint


def test_everything_that_matters_is_said(folder: Path, paint: Paint) -> None:
    cats = [paint(folder / "cats" / f"{index}.png", (20, 30, 3)) for index in range(3)]
    paint(folder / "dogs" / "copy.png", pixels=cats[2])
    paint(folder / "dogs" / "grey.png", (9, 9))
    for index in range(25):
        (folder / "dogs" / f"bad{index:02}.png").write_bytes(b"")
    pack = open_data(folder)
    text = "\n".join(describe(pack))
    assert f"{folder}: 5 images, 64x64 RGB, 8 bits" in text
    assert "20x30 (4), 9x9 (1)" in text
    assert "RGB (4), L (1)" in text
    assert "2 classes" in text
    assert "cats  ██████████████████████████████  3" in text
    assert "dogs  ████████████████████            2" in text
    assert "1 picture in grey turned to RGB" in text
    assert "25 files that could not be read" in text
    assert "dogs/bad19.png: an empty file" in text
    assert "bad20" not in text
    assert "... and 5 more" in text
    assert "1 exact, in 1 group" in text
    assert "cats/2.png = dogs/copy.png" in text
    assert str(pack.path) in text


def test_many_classes_are_summed_up(tmp_path: Path) -> None:
    labels = np.repeat(np.arange(30), np.arange(1, 31))
    np.savez(tmp_path / "a.npz", images=np.zeros((len(labels), 2, 2), np.uint8), labels=labels)
    text = "\n".join(describe(open_data(tmp_path / "a.npz")))
    assert "30: 1 to 30 in each, 16 in the median one" in text
    assert "█" not in text


def test_vectors_and_no_labels() -> None:
    text = "\n".join(describe(open_data("gaussian")))
    assert "gaussian: 100,000 vectors, 1 dimension, 32 bits" in text
    assert "classes     none" in text
    assert "packed in   memory" in text


def test_a_sheet_takes_evenly_from_classes_and_data(tmp_path: Path) -> None:
    labels = np.array([0] * 50 + [1] * 40 + [2] * 3)
    np.savez(tmp_path / "a.npz", images=np.zeros((93, 2, 2), np.uint8), labels=labels)
    pack = open_data(tmp_path / "a.npz")
    assert pack.labels is not None
    assert torch.bincount(pack.labels[chosen(pack, 16)]).tolist() == [6, 5, 3]
    assert chosen(pack, 16)[:6].tolist() == [0, 9, 19, 29, 39, 49]
    assert chosen(open_data(np.zeros((10, 2, 2), np.uint8)), 5).tolist() == [0, 2, 4, 6, 9]


def test_a_sheet_of_many_classes_takes_some_of_them_evenly(tmp_path: Path) -> None:
    labels = np.arange(60) // 2
    np.savez(tmp_path / "a.npz", images=np.zeros((60, 2, 2), np.uint8), labels=labels)
    pack = open_data(tmp_path / "a.npz")
    assert pack.labels is not None
    assert pack.labels[chosen(pack, 6)].tolist() == [0, 5, 11, 17, 23, 29]
    assert torch.bincount(pack.labels[chosen(pack, 33)]).nonzero().numel() == 30


def test_sheets_of_all_kinds() -> None:
    for source in ("digits", "ring", "gaussian", np.zeros((3, 4, 4, 2), np.uint8), np.zeros((3, 4, 4), np.uint16)):
        assert min(contact_sheet(open_data(source)).size) > 32


def test_a_sheet_of_large_pictures_is_of_thumbnails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, read = packs.images, []

    def counted(pack: Pack, indices: list[int]) -> torch.Tensor:
        read.append(len(indices))
        return whole(pack, indices)

    monkeypatch.setattr(packs, "images", counted)
    monkeypatch.setattr(packs, "SHEET", 64 * 64)
    shades = np.arange(16, dtype=np.uint8)[:, None, None] * np.full((16, 60, 40), 10, np.uint8)
    np.savez(tmp_path / "a.npz", A=shades, B=shades)
    one, pairs = open_data(shades), open_data(tmp_path / "a.npz", sides="pairs")
    domains = open_data(tmp_path / "a.npz", sides="domains")
    sheets = [contact_sheet(pack, 16) for pack in (one, pairs, domains)]
    assert "data:image/png" in one._repr_html_()
    thumbnails = packs.thumbnails(one, range(16))
    assert set(read) == {1}
    assert thumbnails.shape == (16, 1, 19, 13)
    assert torch.allclose(thumbnails[:, 0, 0, 0], whole(one, list(range(16)))[:, 0, 0, 0], atol=1e-5)
    assert packs.thumbnails(one, [3]).shape == (1, 1, 60, 40)
    assert all(sheet.width * sheet.height < 1.5 * 800**2 for sheet in sheets)
