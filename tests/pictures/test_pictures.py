"""Sheets, clouds and films."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from gankit import pictures
from gankit.base.errors import UserError
from gankit.pictures.grids import HEAD
from gankit.pictures.samples import Samples
from gankit.pictures.sheets import Row, sheet, stacked


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 5])
def test_a_grid_holds_every_image_in_its_place(channels: int) -> None:
    images = torch.linspace(-1, 1, 6)[:, None, None, None].expand(6, channels, 70, 65)
    sheet = np.asarray(pictures.grid(images, columns=3, gap=1, scale=1))
    assert sheet.shape[:2] == (2 * 71 + 1, 3 * 66 + 1)
    shown = sheet.reshape(*sheet.shape[:2], -1)[..., 0]
    levels = [shown[1 + 71 * (i // 3), 1 + 66 * (i % 3)] for i in range(6)]
    assert levels == [0, 51, 102, 153, 204, 255]
    assert shown[0].max() == 0


def test_small_images_are_enlarged_without_blur() -> None:
    sheet = np.asarray(pictures.grid(torch.tensor([[-1.0, 1.0], [1.0, -1.0]])[None, None], gap=0))
    assert sheet.shape == (800, 800)
    assert set(np.unique(sheet)) == {0, 255}


@pytest.mark.parametrize(("n", "side"), [(64, 8), (64, 28), (64, 64), (1, 200), (1, 900), (400, 32)])
def test_sheets_are_large_enough_to_look_at(n: int, side: int) -> None:
    width = pictures.grid(torch.zeros(n, 3, side, side)).width
    assert 500 <= width <= 900 or width in (side + 4, 20 * (side + 2) + 2)
    assert pictures.grid(torch.zeros(n, 3, side, side), gap=0, scale=2).width == 2 * side * round(n**0.5)


def test_names_of_narrow_columns_do_not_overlap() -> None:
    narrow = torch.zeros(30, 1, 28, 8)
    whole = pictures.columns([("a long name of it", narrow), ("another long name", narrow)])
    head = np.asarray(whole.convert("L"))[:HEAD]
    inked = np.flatnonzero(head.min(0) < 128)
    assert np.diff(inked).max() > 4  # between the two, and nothing is cut off at the sides
    assert inked[0] > 0
    assert inked[-1] < whole.width - 1


def test_values_out_of_range_are_clipped() -> None:
    assert pictures.to_bytes(torch.tensor([-9.0, 0.0, 9.0])[:, None, None, None]).ravel().tolist() == [0, 128, 255]


@pytest.mark.parametrize("dimensions", [1, 2, 3])
def test_clouds_show_points(dimensions: int) -> None:
    torch.manual_seed(0)
    picture = pictures.cloud({"data": torch.randn(99, dimensions), "generated": torch.randn(99, dimensions)}, size=200)
    assert picture.size == (200, 200)
    assert np.asarray(picture).std() > 5


def test_a_film_rests_on_its_last_frame(tmp_path: Path) -> None:
    frames = [Image.new("L", (8, 8), level) for level in (0, 100, 200)]
    with Image.open(pictures.film(frames, tmp_path / "deep" / "film.gif", milliseconds=50)) as film:
        assert getattr(film, "n_frames", 1) == 3
        film.seek(2)
        assert film.info["duration"] == 2000
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["film.gif"]


def encoder(folder: Path, script: str) -> Path:
    """A program called ffmpeg in `folder`."""
    path = folder / "ffmpeg"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_a_movie_gives_its_frames_to_the_encoder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder(tmp_path, 'for last; do :; done; cat > "$last"')
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    frames = [Image.new("L", (6, 5), level) for level in (0, 100, 200)]
    made = pictures.movie(frames, tmp_path / "deep" / "film.mp4", milliseconds=100, rest=500)
    pixels = np.frombuffer(made.read_bytes(), np.uint8).reshape(-1, 5, 6, 3)
    assert pixels[:, 0, 0, 0].tolist() == [0, 100, *[200] * 6]


def test_a_movie_that_the_encoder_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder(tmp_path, "cat > /dev/null; echo some trouble >&2; exit 3")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(UserError, match=r"film.mp4 .some trouble.: take a name that ends in .gif"):
        pictures.movie([Image.new("L", (6, 5))], tmp_path / "film.mp4")
    assert not (tmp_path / "film.mp4").exists()


def test_a_movie_is_a_gif_where_nothing_encodes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gankit.pictures.films.find_encoder", lambda: None)
    said: list[str] = []
    made = pictures.movie([Image.new("L", (6, 5))] * 2, tmp_path / "film.mp4", say=said.append)
    assert made == tmp_path / "film.gif"
    assert made.exists()
    assert len(said) == 1
    assert pictures.movie([Image.new("L", (6, 5))] * 2, tmp_path / "other.gif", say=said.append).suffix == ".gif"
    assert len(said) == 1


def test_a_picture_that_can_t_be_saved_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"can't write .*x.jpg: .* take \.png, "):
        pictures.save(Image.new("F", (8, 8)), tmp_path / "x.jpg")
    assert not list(tmp_path.iterdir())


RED_AND_HIDDEN = Image.fromarray(np.array([[[255, 0, 0, 255], [0, 0, 0, 0]]] * 2, np.uint8).repeat(8, 0).repeat(8, 1))
"""The right half is transparent, and black beneath."""


def halves_of(picture: Image.Image) -> list[list[int]]:
    """The colours of the left and of the right half, as far as JPEG keeps them."""
    pixels = np.asarray(picture.convert("RGB")).astype(int)
    return [[round(value / 32) * 32 for value in pixels[4, column]] for column in (3, 12)]


@pytest.mark.parametrize("name", ["x.jpg", "x.bmp", "x.pcx"])
def test_formats_without_transparency_hold_it_over_white(name: str, tmp_path: Path) -> None:
    with Image.open(pictures.save(RED_AND_HIDDEN, tmp_path / name)) as saved:
        assert halves_of(saved) == [[256, 0, 0], [256, 256, 256]]
    with Image.open(pictures.save(RED_AND_HIDDEN, tmp_path / "x.png")) as saved:
        assert saved.mode == "RGBA"


def test_films_sheets_and_stacks_show_transparency_over_white(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Image.open(pictures.film([RED_AND_HIDDEN] * 2, tmp_path / "film.gif")) as film:
        assert halves_of(film) == [[256, 0, 0], [256, 256, 256]]
    encoder(tmp_path, 'for last; do :; done; cat > "$last"')
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    made = pictures.movie([RED_AND_HIDDEN], tmp_path / "film.mp4").read_bytes()
    assert np.frombuffer(made, np.uint8).reshape(-1, 16, 16, 3)[0, 4, [3, 12]].tolist() == [[255, 0, 0], [255] * 3]
    assert halves_of(stacked(RED_AND_HIDDEN)) == [[256, 0, 0], [256, 256, 256]]
    hidden = torch.full((1, 4, 8, 8), -1.0)
    assert np.asarray(sheet([Row("", hidden)])).min() == 255


@pytest.mark.parametrize(("name", "mode"), [("x.psd", "RGB"), ("x.FITS", "L"), ("x.blp", "RGB"), ("x.pcx", "F")])
def test_a_format_that_can_t_be_written(tmp_path: Path, name: str, mode: str) -> None:
    with pytest.raises(UserError, match=rf"can't write .*{name}: .* take \.png, "):
        pictures.save(Image.new(mode, (8, 8)), tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_labels_that_go_round_stand_below_their_like() -> None:
    round_and_round = torch.arange(64)
    assert pictures.columns_by_label(round_and_round % 10) == 10
    assert pictures.columns_by_label(round_and_round % 3) == 6
    assert pictures.columns_by_label(round_and_round % 2) == 8
    assert pictures.columns_by_label(torch.arange(5)) == 5
    assert pictures.columns_by_label(round_and_round % 50) is None
    assert pictures.columns_by_label(torch.full((64,), 3)) is None
    assert pictures.columns_by_label(torch.zeros(9, dtype=torch.long)) is None


def test_columns_bear_the_names_of_their_classes() -> None:
    labels = torch.arange(8) % 4
    samples = Samples(torch.zeros(8, 3, 16, 16), labels, ("cat", "dog", "a very long name indeed", "x"))
    plain = pictures.grid(samples.values, columns=8)
    sheet = samples.picture()
    assert sheet.width == plain.width
    head = sheet.height - plain.height
    assert head > 0
    assert np.array_equal(np.asarray(sheet)[head:], np.asarray(plain))
    width = (sheet.width - 2) // 8
    cells = [np.asarray(sheet)[:head, 2 + index * width : (index + 1) * width] for index in range(8)]
    assert all(np.array_equal(cells[index], cells[index + 4]) for index in range(4))  # 4 names over 8 columns
    assert all((cell != 255).any() for cell in cells)


def test_points_of_classes_have_a_colour_and_a_name_each() -> None:
    points = Samples(torch.rand(9, 2), torch.arange(9) % 3, ("north", "south", "east", "nowhere"))
    assert list(points._groups()) == ["north", "south", "east"]
    assert points.picture().size == Samples(torch.rand(9, 2)).picture().size
