"""Large photos: reduced while they are decoded, JPEGs by their draft mode, upright by EXIF."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, JpegImagePlugin

from gankit.data import open_data
from tests.data.material import pixels

COLOURS = {"blue": (0, 0, 200), "red": (200, 0, 0), "green": (0, 200, 0), "grey": (90, 90, 90)}


def photo(path: Path, turn: int) -> None:
    """256x192 as stored: blue and red above, green and grey below."""
    picture = Image.new("RGB", (256, 192))
    for place, colour in zip(((0, 0), (128, 0), (0, 96), (128, 96)), COLOURS.values(), strict=True):
        picture.paste(colour, (*place, place[0] + 128, place[1] + 96))
    exif = Image.Exif()
    exif[0x0112] = turn
    options: dict[str, Any] = {"quality": 95} if path.suffix == ".jpg" else {}
    picture.save(path, exif=exif, **options)


@pytest.fixture
def small_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("decode", "encoded", "content"):
        monkeypatch.setattr(f"gankit.data.pack.{module}.LARGE", 10_000)


@pytest.mark.usefixtures("small_is_large")
@pytest.mark.parametrize("kind", ["jpg", "png"])
@pytest.mark.parametrize("turn", range(1, 9))
def test_every_way_of_lying_is_turned_upright(
    folder: Path, kind: str, turn: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo(folder / f"photo.{kind}", turn)
    large = open_data(folder, size=24)
    assert list(large.report.sizes) == ["192x256" if turn < 5 else "256x192"]
    for module in ("decode", "encoded", "content"):
        monkeypatch.setattr(f"gankit.data.pack.{module}.LARGE", 10**9)
    whole = open_data(folder, size=24, cache=folder.parent / "another")
    corners = [(4, 4), (4, 19), (19, 4), (19, 19)]
    seen = [pixels(large)[0][corner].astype(int) for corner in corners]
    assert np.abs(np.array(seen) - [pixels(whole)[0][corner].astype(int) for corner in corners]).max() < 12


@pytest.mark.usefixtures("small_is_large")
def test_a_jpeg_is_never_decoded_whole(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photo(folder / "photo.jpg", 1)
    sizes = []
    load = JpegImagePlugin.JpegImageFile.load

    def watched(image: JpegImagePlugin.JpegImageFile) -> object:
        sizes.append(image.size)
        return load(image)

    monkeypatch.setattr(JpegImagePlugin.JpegImageFile, "load", watched)
    pack = open_data(folder, size=24)
    assert sizes
    assert max(sizes) == (64, 48)  # a quarter of each side, twice as large as what is kept
    assert np.abs(pixels(pack)[0, 4, 4].astype(int) - COLOURS["blue"]).max() < 12
