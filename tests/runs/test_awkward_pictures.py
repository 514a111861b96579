"""Pictures that are few, plain, small, deep, transparent or long: each is trained on as a line says, or by choice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import gankit
from gankit.base.errors import UserError
from gankit.commands.main import main
from gankit.data import images, open_data
from gankit.methods.dcgan import DCGAN
from gankit.networks import DCGANNetwork
from gankit.runs.from_config import from_config
from gankit.runs.recipe import option_words
from gankit.runs.remarks import pack_words

CHANCE = np.random.default_rng(0)


def noise(*shape: int) -> np.ndarray:
    return CHANCE.integers(0, 256, shape, dtype=np.uint8)


def folder(tmp_path: Path, *pictures: np.ndarray) -> Path:
    (tmp_path / "photos").mkdir()
    for number, picture in enumerate(pictures):
        Image.fromarray(picture).save(tmp_path / "photos" / f"{number}.png")
    return tmp_path / "photos"


def trained(data: Path, **options: Any) -> tuple[gankit.Run, list[str]]:
    """A run of one step, and what was said before it."""
    said: list[str] = []
    method = DCGAN(network=DCGANNetwork(width=2), batch_size=4)
    common: Any = {"steps": 1, "preview_every": 0, "device": "cpu", "out": data.parent / "run"}
    return gankit.train(method, data=data, say=said.append, **common, **options), said


@pytest.mark.parametrize(
    ("pictures", "options", "shape", "line"),
    [
        ([noise(16, 16, 3) for _ in range(3)], {}, (3, 16, 16), "has only 3 images: the batch is 3, not 4"),
        ([noise(16, 16, 3)], {}, (3, 16, 16), "it holds a single picture, so there is nothing to learn but that one"),
        (
            [np.full((16, 16, 3), 90, np.uint8)] * 4,
            {},
            (3, 16, 16),
            "its pictures are all the same, so there is nothing",
        ),
        ([noise(8, 8, 3) for _ in range(4)], {"size": 16}, (3, 16, 16), "4 pictures smaller than that and enlarged"),
        (
            [noise(16, 16).astype(np.uint16) * 257, *(noise(16, 16, 3) for _ in range(3))],
            {},
            (3, 16, 16),
            "1 picture of 16 bits or more reduced to 8",
        ),
        ([noise(16, 16, 4) for _ in range(4)], {}, (4, 16, 16), "transparency kept, as a fourth channel: --channels 3"),
        (
            [noise(16, 16, 4), *(noise(16, 16, 3) for _ in range(3))],
            {},
            (3, 16, 16),
            "1 picture with an alpha channel laid over white",
        ),
        (
            [noise(16, 16, 4), *(noise(16, 16, 3) for _ in range(3))],
            {"channels": 4},
            (4, 16, 16),
            "transparency kept, as a fourth channel; 3 pictures without any opaque",
        ),
        ([noise(16, 16, 4) for _ in range(4)], {"channels": 3}, (3, 16, 16), "4 pictures with an alpha channel laid"),
        (
            [noise(10, 100, 3) for _ in range(4)],
            {},
            (3, 64, 64),
            "a crop keeps as little as 10% of a picture: --size 64x640 would keep all of 10x100, and --fit pad all",
        ),
        ([noise(10, 100, 3) for _ in range(4)], {"fit": "pad"}, (3, 64, 64), "4 pictures padded with black to the"),
    ],
)
def test_what_is_said_and_trained_on(
    pictures: list[np.ndarray], options: dict[str, Any], shape: tuple[int, ...], line: str, tmp_path: Path
) -> None:
    run, said = trained(folder(tmp_path, *pictures), **options)
    assert run.spec.shape == shape
    assert sum(line in each for each in said) == 1
    assert max(run.steps()) == 1


def test_grey_of_16_bits_stays_so(tmp_path: Path) -> None:
    pack = open_data(folder(tmp_path, *(noise(16, 16).astype(np.uint16) * 257 for _ in range(4))))
    assert (pack.spec.shape, pack.report.bits) == ((1, 16, 16), 16)


def test_padded_pictures_are_whole(tmp_path: Path) -> None:
    long = np.full((10, 100, 3), 255, np.uint8)
    long[:, :10] = 128  # which a crop from the middle would lose
    data = folder(tmp_path, long)
    padded = images(open_data(data, size=50, fit="pad"), [0])[0]
    assert padded.shape == (3, 50, 50)
    middle = padded[0, 25]
    assert middle[:4].mean() == pytest.approx(0, abs=0.02)
    assert middle[10:].mean() == pytest.approx(1, abs=0.02)
    assert bool((padded[:, :22] == -1).all())
    assert bool((padded[:, 28:] == -1).all())
    assert images(open_data(data, size=50), [0])[0].mean() == pytest.approx(1, abs=0.02)


def test_a_run_keeps_how_its_pictures_were_taken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run, _ = trained(folder(tmp_path, *(noise(8, 32, 4) for _ in range(4))), fit="pad", channels=3, size=16)
    assert {name: run.config["data"][name] for name in ("fit", "channels")} == {"fit": "pad", "channels": 3}
    assert run.data().report.notes == open_data(tmp_path / "photos", fit="pad", channels=3, size=16).report.notes
    with pytest.raises(UserError, match="fit"):
        trained(tmp_path / "photos", channels=3, size=16)
    options: Any = from_config(run.directory)[1]
    assert (options["fit"], options["channels"], options["size"]) == ("pad", 3, "16")
    assert "--fit pad --channels 3" in " ".join(option_words(run.config, set()))
    assert main(["data", str(tmp_path / "photos"), "--fit=pad", "--size=16", f"--out={tmp_path / 'sheet.png'}"]) == 0
    assert "padded with black" in capsys.readouterr().out


def test_numbers_have_no_files(tmp_path: Path) -> None:
    cases: list[tuple[np.ndarray, dict[str, Any], str]] = [
        (np.zeros((4, 8, 8), np.uint8), {"channels": 3}, "--channels 3 is for pictures in files"),
        (np.zeros((4, 8)), {"fit": "pad"}, "leave --fit away"),
        (np.zeros((4, 8, 8), np.uint8), {"fit": "stretch"}, "--fit is crop or pad"),
    ]
    for array, how, words in cases:
        with pytest.raises(UserError, match=words):
            open_data(array, **how)
    np.savez(tmp_path / "two.npz", a=np.zeros((4, 8, 8), np.uint8), b=np.zeros((4, 8, 8), np.uint8))
    with pytest.raises(UserError, match="--channels 3 is for pictures in files"):
        open_data(tmp_path / "two.npz", sides="pairs", channels=3)
    assert open_data(np.full((4, 4, 8), 9, np.uint8), size=8, fit="pad").spec.shape == (1, 8, 8)


@pytest.mark.parametrize(
    ("sides", "words"), [("pairs", "5 pairs of 8x8x3 and 8x8x1 images"), ("domains", "5 and 5 8x8x3 and 8x8x1 images")]
)
def test_two_sides_are_counted_as_such(sides: Any, words: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "two.npz", a=noise(5, 8, 8, 3), b=noise(5, 8, 8))
    assert pack_words(open_data(tmp_path / "two.npz", sides=sides)) == words
