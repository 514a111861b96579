"""Files of several kinds side by side are refused, or named: never is one kind read for another."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
from PIL import Image

from gankit.base.errors import UserError
from gankit.data import open_data
from gankit.data.pack import encoded
from gankit.data.pack.encoded import AVIF
from gankit.data.sources import kinds
from gankit.translation.paths import picture_files
from tests.data.material import noise, write_table
from tests.images import Paint


def beside(folder: Path, kind: str, name: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if kind == ".parquet":
        write_table(folder / f"{name}.parquet", image=noise(2))
    elif kind == "named by nothing":
        np.save(folder / "x.npy", noise(1)[0])
        (folder / "x.npy").rename(folder / name)
    else:
        np.save(folder / f"{name}.npy", noise(1)[0])


@pytest.mark.parametrize("kind", [".npy", ".parquet", "named by nothing"])
@pytest.mark.parametrize("place", ["", "cat/", "deep/er/"])
@pytest.mark.parametrize("packed", [False, True])
def test_pictures_beside_other_data_are_refused(
    folder: Path, paint: Paint, kind: str, place: str, *, packed: bool
) -> None:
    paint(folder / "cat" / "0.png")
    paint(folder / "dog" / "0.png")
    beside(folder / place, kind, "stray")
    source = folder
    if packed:
        source = folder.with_suffix(".zip")
        with ZipFile(source, "w") as archive:
            for file in sorted(folder.rglob("*")):
                archive.write(file, file.relative_to(folder))
    file = ".parquet" if kind == ".parquet" else ".npy"
    with pytest.raises(UserError, match=rf"2 pictures .* and 1 {file} file .*stray.*which are meant"):
        open_data(source)


def test_arrays_beside_tables_are_refused(folder: Path) -> None:
    beside(folder, ".npy", "a")
    beside(folder, ".parquet", "b")
    with pytest.raises(UserError, match=r"1 .npy file \(a.npy\) and 1 .parquet file \(b.parquet\)"):
        open_data(folder)


def test_what_is_left_aside_is_named(folder: Path, paint: Paint) -> None:
    paint(folder / "0.png")
    for name in ("a.txt", "b.txt", "c.txt"):
        (folder / name).write_text("x")
    np.savez(folder / "labels.npz", labels=np.zeros(1))
    assert "4 files ignored, not of a picture's kind: labels.npz, a.txt, b.txt, ..." in open_data(folder).report.notes
    for index in range(2):
        np.save(folder / f"{index}.npy", noise(1)[0])
    (folder / "0.png").unlink()
    assert any("labels.npz" in note for note in open_data(folder).report.notes)


@pytest.mark.parametrize("packed", [False, True])
def test_a_folder_of_sets_is_told_what_to_give(folder: Path, *, packed: bool) -> None:
    np.savez(folder / "set.npz", images=noise(2))
    source = folder
    if packed:
        source = folder.with_suffix(".zip")
        with ZipFile(source, "w") as archive:
            archive.write(folder / "set.npz", "set.npz")
    with pytest.raises(UserError, match=r"holds no pictures but set.npz: (give '.*set.npz'|unpack it)"):
        open_data(source)


def test_a_zip_of_arrays_says_that_it_is_to_be_unpacked(folder: Path) -> None:
    np.save(folder / "0.npy", noise(1)[0])
    with ZipFile(folder.with_suffix(".zip"), "w") as archive:
        archive.write(folder / "0.npy", "set/0.npy")
    with pytest.raises(UserError, match=r"holds no pictures but 0.npy: unpack it"):
        open_data(folder.with_suffix(".zip"))


HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"


def test_pictures_that_are_not_read_are_counted_by_kind(folder: Path, paint: Paint) -> None:
    for name in ("1.HEIC", "2.heif", "3.heic", "4.jxl"):
        (folder / name).write_bytes(HEIC)
    line = "3 HEIC files and 1 JPEG XL file, which are not read: convert them to JPEG"
    with ZipFile(folder.with_name("photos.zip"), "w") as packed:
        for file in folder.iterdir():
            packed.write(file, file.name)
    for source in (folder, folder.with_name("photos.zip")):
        with pytest.raises(UserError, match=rf"^no pictures in '.*' but {line}$"):
            open_data(source)
    with pytest.raises(UserError, match=f"but {line}$"):
        picture_files([str(folder)], "A", print)
    with pytest.raises(UserError, match=r"1.HEIC' is 1 HEIC file, which is not read: convert it to JPEG$"):
        open_data(folder / "1.HEIC")
    paint(folder / "a.png")
    (folder / "b.jpg").write_bytes(HEIC)
    (folder / "notes.txt").write_text("none")
    report = open_data(folder).report
    assert line in report.notes
    assert "1 file ignored, not of a picture's kind: notes.txt" in report.notes
    assert report.unreadable == [("b.jpg", "HEIC, which is not read: convert it to JPEG")]


@pytest.mark.skipif(not AVIF, reason="needs a Pillow that decodes AVIF")
def test_avif_is_read(folder: Path, paint: Paint) -> None:
    grey, frames = np.full((16, 8, 3), 100, np.uint8), [Image.new("RGB", (16, 8), shade) for shade in ("red", "blue")]
    paint(folder / "a.avif", pixels=grey, quality=100)
    paint(folder / "by-content", pixels=grey, format="AVIF", quality=100)
    frames[0].save(folder / "film.avif", save_all=True, append_images=frames[1:])
    exif = Image.Exif()
    exif[0x0112] = 6
    frames[0].save(folder / "turned.avif", exif=exif)
    pack = open_data(folder, size="16x8")
    assert (len(pack), pack.report.unreadable) == (5, [])
    assert pack.report.sizes == {"16x8": 3, "8x16": 2}
    assert np.abs(pack.values[0].numpy().astype(int) - grey).max() <= 3


def test_avif_that_is_not_read_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kinds, "EXTENSIONS", kinds.EXTENSIONS - {".avif"})
    monkeypatch.setattr(encoded, "AVIF", False)
    (folder / "a.avif").write_bytes(HEIC.replace(b"heic", b"avif"))
    with pytest.raises(UserError, match=r"but 1 AVIF file, which is not read: convert it to JPEG$"):
        open_data(folder)
