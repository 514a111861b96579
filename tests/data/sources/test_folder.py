"""Folders of pictures: every format and mode, orientation, classes and size."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import torch
from PIL import Image

from gankit.base.errors import UserError
from gankit.data import images, open_data
from tests.data.material import second
from tests.images import Paint


@pytest.mark.parametrize(
    ("name", "options"),
    [("a.png", {}), ("a.bmp", {}), ("a.tiff", {}), ("a.webp", {"lossless": True}), ("a.PPM", {"format": "PPM"})],
)
def test_lossless_formats_keep_every_pixel(folder: Path, paint: Paint, name: str, options: dict[str, object]) -> None:
    pixels = paint(folder / name, (5, 9, 3), **options)
    pack = open_data(folder)
    assert pack.spec.shape == (3, 5, 9)
    assert np.array_equal(pack.values[0].numpy(), pixels)


def test_jpeg_and_gif_are_read(folder: Path, paint: Paint) -> None:
    pixels = paint(folder / "a.jpg", pixels=np.full((8, 8, 3), 100, np.uint8), quality=95)
    paint(folder / "b.gif", pixels=np.full((8, 8), 7, np.uint8))
    assert np.abs(open_data(folder).values[0].numpy().astype(int) - pixels).max() <= 2


def test_all_grey_is_one_channel(folder: Path, paint: Paint) -> None:
    grey = paint(folder / "a.png", (8, 8))
    Image.fromarray(grey > 127).save(folder / "b.png")
    pack = open_data(folder)
    assert pack.spec.shape == (1, 8, 8)
    assert np.array_equal(pack.values[0, :, :, 0].numpy(), grey)
    assert np.array_equal(pack.values[1, :, :, 0].numpy(), (grey > 127) * np.uint8(255))
    assert pack.report.modes == {"L": 1, "1": 1}


def test_grey_among_colours_turns_to_rgb(folder: Path, paint: Paint) -> None:
    grey = paint(folder / "a.png", (8, 8))
    paint(folder / "b.png")
    pack = open_data(folder)
    assert pack.spec.shape == (3, 8, 8)
    assert np.array_equal(pack.values[0].numpy(), np.stack([grey] * 3, -1))
    assert "1 picture in grey turned to RGB" in pack.report.notes


def test_real_alpha_everywhere_is_four_channels(folder: Path, paint: Paint) -> None:
    pixels = [paint(folder / f"{index}.png", (8, 8, 4)) for index in range(2)]
    pack = open_data(folder)
    assert pack.spec.shape == (4, 8, 8)
    assert np.array_equal(pack.values.numpy(), np.stack(pixels))


def test_alpha_that_hides_nothing_is_dropped(folder: Path, paint: Paint) -> None:
    paint(folder / "a.png", (8, 8, 4))
    opaque = np.full((8, 8, 4), 255, np.uint8)
    opaque[..., 0] = 9
    paint(folder / "b.png", pixels=opaque)
    pack = open_data(folder)
    assert pack.spec.shape == (3, 8, 8)
    assert np.array_equal(pack.values[1].numpy(), opaque[..., :3])


def test_alpha_is_laid_over_white(folder: Path, paint: Paint) -> None:
    paint(folder / "a.png", pixels=np.full((4, 4, 4), (255, 0, 0, 0), np.uint8))
    paint(folder / "b.png", pixels=np.full((4, 4, 4), (0, 0, 0, 128), np.uint8))
    paint(folder / "c.png", (4, 4, 3))
    pack = open_data(folder)
    assert (pack.values[0] == 255).all()
    assert (pack.values[1] == 127).all()
    assert "2 pictures with an alpha channel laid over white" in pack.report.notes


def test_palettes_with_and_without_transparency(folder: Path, paint: Paint) -> None:
    image = Image.new("P", (4, 4), 1)
    image.putpalette([0, 0, 0, 10, 200, 30])
    image.save(folder / "a.png")
    image.save(folder / "b.png", transparency=1)
    pack = open_data(folder)
    assert pack.values[0, 0, 0].tolist() == [10, 200, 30]
    assert (pack.values[1] == 255).all()
    assert set(pack.report.modes) == {"P", "P with alpha"}


def test_sixteen_bits_are_exact(folder: Path, paint: Paint) -> None:
    pixels = np.random.default_rng(0).integers(0, 65536, (2, 6, 6)).astype(np.uint16)
    pixels[0, 0, :3] = 0, 65535, 32768
    paint(folder / "a.png", pixels=pixels[0])
    paint(folder / "b.tiff", pixels=pixels[1])
    pack = open_data(folder)
    assert (pack.spec.shape, pack.report.bits) == ((1, 6, 6), 16)
    shown = images(pack, [0, 1])
    assert shown.min() == -1
    assert shown.max() == 1
    assert np.array_equal(((shown[:, 0].double() + 1) * 65535 / 2).round().numpy(), pixels)


def test_sixteen_bits_among_eight_become_eight(folder: Path, paint: Paint) -> None:
    paint(folder / "a.png", pixels=np.array([[0, 257 * 200, 65535, 129]], np.uint16))
    paint(folder / "b.png", (1, 4))
    pack = open_data(folder)
    assert pack.values[0].flatten().tolist() == [0, 200, 255, 1]
    assert "1 picture of 16 bits or more reduced to 8" in pack.report.notes


def test_sixteen_bits_are_resized_without_losing_depth(folder: Path, paint: Paint) -> None:
    ramp = np.linspace(1000, 60000, 64).astype(np.uint16)
    paint(folder / "a.png", pixels=np.tile(ramp, (64, 1)))
    row = open_data(folder, size=16).values[0, 8, :, 0].int() + 32768
    assert np.abs(row[3:-3].numpy() - ramp.reshape(16, 4).mean(1)[3:-3]).max() < 2


@pytest.mark.parametrize("suffix", ["jpg", "png", "tiff", "webp"])
def test_exif_orientation_is_honoured(folder: Path, suffix: str) -> None:
    image = Image.new("RGB", (32, 16), "black")
    image.paste("white", (0, 0, 16, 16))
    exif = Image.Exif()
    exif[0x0112] = 6
    image.save(folder / f"a.{suffix}", exif=exif)
    pack = open_data(folder)
    assert pack.spec.shape == (3, 32, 16)
    assert pack.values[0, :12].float().mean() > 240
    assert pack.values[0, 20:].float().mean() < 15


def test_sub_folders_become_classes(folder: Path, paint: Paint) -> None:
    paint(folder / "dogs" / "1.png")
    paint(folder / "cats" / "deep" / "2.png")
    paint(folder / "cats" / "1.png")
    (folder / "empty").mkdir()
    pack = open_data(folder)
    assert pack.spec.classes == ("cats", "dogs")
    assert pack.labels is not None
    assert pack.labels.tolist() == [0, 0, 1]
    assert "2 sub-folders taken as classes" in pack.report.notes


def test_pictures_beside_sub_folders_have_no_classes(folder: Path, paint: Paint) -> None:
    paint(folder / "a.png")
    paint(folder / "more" / "b.png")
    pack = open_data(folder)
    assert (len(pack), pack.spec.classes, pack.labels) == (2, (), None)
    assert "no classes: some pictures lie outside the sub-folders" in pack.report.notes


def test_other_and_hidden_files_are_ignored(folder: Path, paint: Paint) -> None:
    paint(folder / "a.png")
    paint(folder / ".thumbs" / "b.png")
    (folder / ".DS_Store").write_text("x")
    (folder / "notes.txt").write_text("x")
    pack = open_data(folder)
    assert len(pack) == 1
    assert "1 file ignored, not of a picture's kind: notes.txt" in pack.report.notes


def test_linked_folders_are_followed_but_not_in_circles(folder: Path, tmp_path: Path, paint: Paint) -> None:
    paint(tmp_path / "elsewhere" / "a.png")
    (folder / "link").symlink_to(tmp_path / "elsewhere")
    (folder / "circle").symlink_to(folder)
    (folder / "nowhere").symlink_to(folder / "gone")
    pack = open_data(folder)
    assert len(pack) == 1
    assert "1 link that can't be followed left out: nowhere" in pack.report.notes


def broken_links(into: Path) -> None:
    into.mkdir(parents=True, exist_ok=True)
    (into / "loop.png").symlink_to("loop.png")
    (into / "gone.jpg").symlink_to("nowhere.jpg")
    (into / "birds").symlink_to("birds")


LINKS = {"loop.png": "too many levels of symbolic links", "gone.jpg": "no such file or directory"}


def test_broken_links_are_skipped_and_named(folder: Path, paint: Paint) -> None:
    paint(folder / "a.png")
    broken_links(folder)
    pack = open_data(folder)
    assert len(pack) == 1
    assert dict(pack.report.unreadable) == LINKS
    assert "1 link that can't be followed left out: birds" in pack.report.notes
    (folder / "nowhere.jpg").write_bytes((folder / "a.png").read_bytes())
    assert len(open_data(folder)) == 3


def test_broken_links_among_classes_and_splits(folder: Path, paint: Paint) -> None:
    for part in ("train", "test"):
        for name in ("cats", "dogs"):
            paint(folder / part / name / "a.png")
    broken_links(folder)
    broken_links(folder / "train")
    (folder / "train" / "gone.jpg").unlink()
    (folder / "train" / "loop.png").unlink()
    broken_links(folder / "train" / "dogs")
    pack = open_data(folder)
    assert pack.spec.classes == ("cats", "dogs")
    assert dict(pack.report.unreadable) == {f"dogs/{name}": why for name, why in LINKS.items()}
    assert "2 links that can't be followed left out: birds, dogs/birds" in pack.report.notes
    assert len(open_data(folder, split="test")) == 2


@pytest.mark.parametrize("sides", ["pairs", "domains"])
def test_broken_links_among_two_sides(folder: Path, paint: Paint, sides: Literal["pairs", "domains"]) -> None:
    for side in "AB":
        for name in ("a.png", "b.png", "loop.png", "gone.jpg"):
            paint(folder / f"train{side}" / name)
    for name in LINKS:
        (folder / "trainB" / name).unlink()
    broken_links(folder / "trainB")
    broken_links(folder)
    pack = open_data(folder, sides=sides)
    assert dict(second(pack).report.unreadable) == LINKS
    assert len(second(pack)) == 2
    assert len(pack) == (2 if sides == "pairs" else 4)


@pytest.mark.parametrize("name", ["pipe", "pipe.png", "pipe.npy", "pipe.zip", "pipe.parquet", "pipe.txt"])
def test_a_pipe_is_not_waited_for(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    for sides in ("auto", "one", "either"):
        with pytest.raises(UserError, match="is a pipe or a device: save what it gives to a file"):
            open_data(tmp_path / name, sides=sides)


def test_a_pipe_among_pictures_is_skipped(folder: Path, paint: Paint) -> None:
    paint(folder / "a.png")
    for name in ("b.png", "c.jpg", "talk"):
        os.mkfifo(folder / name)
    pack = open_data(folder)
    assert dict(pack.report.unreadable).keys() == {"b.png", "c.jpg"}
    assert "1 file ignored, not of a picture's kind: talk" in pack.report.notes


def test_train_and_test_folders_are_splits(folder: Path, paint: Paint) -> None:
    one = paint(folder / "train" / "a.png")
    two = paint(folder / "test" / "b.png")
    assert np.array_equal(open_data(folder).values[0].numpy(), one)
    assert np.array_equal(open_data(folder, split="test").values[0].numpy(), two)
    with pytest.raises(UserError, match="no test split"):
        open_data(folder / "train", split="test")


def test_a_validation_folder_is_the_test_split_where_there_is_no_other(folder: Path, paint: Paint) -> None:
    one, two = (paint(folder / split / "a.png") for split in ("train", "val"))
    assert np.array_equal(open_data(folder).values[0].numpy(), one)
    assert np.array_equal(open_data(folder, split="test").values[0].numpy(), two)
    three = paint(folder / "test" / "a.png")
    assert np.array_equal(open_data(folder, split="test").values[0].numpy(), three)


@pytest.mark.parametrize(
    ("shapes", "size", "expected"),
    [
        ([(20, 30, 3)] * 2, None, (20, 30)),
        ([(64, 64, 3)], None, (64, 64)),
        ([(65, 30, 3)], None, (64, 64)),
        ([(20, 30, 3), (30, 20, 3)], None, (64, 64)),
        ([(20, 30, 3)], 16, (16, 16)),
        ([(20, 30, 3)], "16x24", (16, 24)),
        ([(20, 30, 3)], (24, 7), (24, 7)),
        ([(3, 100, 3)], 128, (128, 128)),
    ],
)
def test_sizes(folder: Path, paint: Paint, shapes: list[tuple[int, ...]], size: object, expected: object) -> None:
    for index, shape in enumerate(shapes):
        paint(folder / f"{index}.png", shape)
    pack = open_data(folder, size=size)  # type: ignore[arg-type]
    assert pack.spec.shape[1:] == expected


def test_a_crop_is_centred(folder: Path, paint: Paint) -> None:
    wide = np.zeros((16, 48, 3), np.uint8)
    wide[:, 16:32] = 200
    paint(folder / "a.png", pixels=wide)
    pack = open_data(folder, size=16)
    assert np.array_equal(pack.values[0].numpy(), wide[:, 16:32])
    assert pack.report.sizes == {"16x48": 1}
    assert any("centre-cropped" in note for note in pack.report.notes)


def test_resizing_is_lanczos(folder: Path, paint: Paint) -> None:
    pixels = paint(folder / "a.png", (40, 40, 3))
    wanted = Image.fromarray(pixels).resize((16, 16), Image.Resampling.LANCZOS)
    assert np.array_equal(open_data(folder, size=16).values[0].numpy(), np.asarray(wanted))


def test_reduction_by_default_is_said(folder: Path, paint: Paint) -> None:
    paint(folder / "a.png", (100, 100, 3))
    assert any("--size asks for another" in note for note in open_data(folder).report.notes)
    assert not any("--size" in note for note in open_data(folder, size=64).report.notes)


def test_duplicates_are_found_across_formats(folder: Path, paint: Paint) -> None:
    pixels = paint(folder / "a.png")
    paint(folder / "b.bmp", pixels=pixels)
    paint(folder / "c.png")
    assert open_data(folder).report.duplicates == [["a.png", "b.bmp"]]


def test_mean_is_that_of_the_data(folder: Path, paint: Paint) -> None:
    for index in range(5):
        paint(folder / f"{index}.png", (6, 4, 3))
    pack = open_data(folder)
    assert pack.spec.mean is not None
    torch.testing.assert_close(pack.spec.mean, images(pack, range(5)).mean(0))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("alpha", "said"),
    [
        ((None, None), "a fourth channel was added, opaque in all: --channels 3 has none"),
        ((255, None), "a fourth channel was kept, opaque in all: --channels 3 has none"),
        (
            (254, None),
            "transparency kept, as a fourth channel; 1 picture without any opaque: --channels 3 would lay it",
        ),
    ],
)
def test_of_a_fourth_channel_it_is_said_what_is_true(
    folder: Path, paint: Paint, alpha: tuple[int | None, ...], said: str
) -> None:
    for index, shade in enumerate(alpha):
        pixels = np.full((8, 8, 3 if shade is None else 4), 9, np.uint8)
        pixels[0, 0, 3:] = shade or 0
        pixels[1:, :, 3:] = pixels[0, 1:, 3:] = 255
        paint(folder / f"{index}.png", pixels=pixels)
    notes = [note for note in open_data(folder, channels=4).report.notes if "fourth" in note]
    assert len(notes) == 1
    assert notes[0].startswith(said)
