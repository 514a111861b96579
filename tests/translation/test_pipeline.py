"""One picture through a translator, from Python: the same size back, whatever it was given as."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from gankit.base.errors import UserError
from gankit.networks import ResNetNetwork, UNetNetwork
from gankit.translation import translate
from gankit.translation.pipeline import to_image, to_pixels
from tests.translation.material import RANDOM, Negative, pipeline, pixels, spec


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_pixels_come_back_from_an_image(dtype: type) -> None:
    values = RANDOM.integers(0, np.iinfo(dtype).max, (5, 6, 1), dtype, endpoint=True)
    assert (to_pixels(to_image(values), np.dtype(dtype)) == values).all()


@pytest.mark.parametrize("scale", ["train", "own"])
@pytest.mark.parametrize("size", [(32, 32), (48, 33), (1, 1), (30, 100)])
def test_what_is_given_decides_what_comes(scale: str, size: tuple[int, int], tmp_path: Path) -> None:
    through = pipeline(scale=scale)
    values = pixels(*size)
    made = translate(through, Image.fromarray(values))
    assert made.size == (size[1], size[0])
    if scale == "own" or size == (32, 32):
        assert (np.asarray(made) == 255 - values).all()
    assert translate(through, values) == made
    Image.fromarray(values).save(tmp_path / "a.png")
    assert translate(through, tmp_path / "a.png") == made
    tensor = to_image(values)
    one, several = translate(through, tensor), translate(through, torch.stack([tensor] * 3))
    assert one.shape == (3, *size)
    assert several.shape == (3, 3, *size)
    assert (to_pixels(one, np.dtype(np.uint8)).astype(int) - np.asarray(made)).max() <= 1
    assert torch.equal(several[2], one)


def test_a_picture_comes_as_training_pictures_did(tmp_path: Path) -> None:
    """Turned as its EXIF says, over white where it is transparent, in the channels of the run."""
    values = pixels(32, 32)
    turned = Image.fromarray(values)
    exif = turned.getexif()
    exif[0x0112] = 6
    turned.save(tmp_path / "turned.png", exif=exif)
    before = turned.copy()
    assert (np.asarray(translate(pipeline(), tmp_path / "turned.png")) == 255 - np.rot90(values, -1)).all()
    clear = np.dstack([values, np.zeros((32, 32), np.uint8)])
    assert (np.asarray(translate(pipeline(), Image.fromarray(clear))) == 0).all()
    assert turned == before
    data = spec(channels=(1, 3))
    assert translate(pipeline(Negative(1), data), turned).mode == "RGB"
    assert translate(pipeline(Negative(1, two_way=True), data, backwards=True), turned).mode == "L"


def test_sixteen_bits_of_grey_stay_sixteen(tmp_path: Path) -> None:
    values = RANDOM.integers(0, 65536, (32, 32), np.uint16)
    Image.fromarray(values).save(tmp_path / "deep.png")
    through = pipeline(ResNetNetwork(width=2, blocks=1).generator(spec(channels=(1, 1))), spec(channels=(1, 1)))
    made = np.asarray(translate(through, tmp_path / "deep.png"))
    assert made.dtype == np.uint16
    expected = through(to_image(values[..., None])[None])[0, 0]
    np.testing.assert_allclose(made / 32767.5 - 1, expected, atol=2e-5)


@pytest.mark.parametrize("batch", [1, 2, 5])
def test_images_of_a_batch_know_nothing_of_each_other(batch: int) -> None:
    torch.manual_seed(0)
    for network in (UNetNetwork(width=4, test_noise=False), ResNetNetwork(width=4, blocks=2)):
        translator = network.generator(spec()).eval().requires_grad_(False)
        images = torch.rand(5, 3, 24, 40) * 2 - 1
        alone = torch.cat([translator(image[None]) for image in images])
        torch.testing.assert_close(
            translate(pipeline(translator, scale="own", batch=batch), images), alone, rtol=0, atol=1e-4
        )


def test_noise_follows_from_the_seed_and_nothing_else_moves() -> None:
    image = torch.zeros(3, 32, 32)
    before = torch.get_rng_state()
    first, again, other = (translate(pipeline(Negative(noise=0.1), seed=seed), image) for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_bf16_makes_nearly_the_same() -> None:
    torch.manual_seed(0)
    translator = ResNetNetwork(width=4, blocks=1).generator(spec()).eval().requires_grad_(False)
    images = torch.rand(1, 3, 32, 32) * 2 - 1
    exact, near = (pipeline(translator, precision=precision)(images) for precision in ("fp32", "bf16"))
    assert near.dtype == torch.float32
    assert 0 < (exact - near).abs().max() < 0.1


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (torch.zeros(1, 32, 32), "takes .n, 3, H, W., not .1, 32, 32."),
        (torch.zeros(3, 0, 32), "takes"),
        (np.zeros((4, 4), np.uint8), "an array must be uint8"),
        (np.zeros((4, 4, 3)), "an array must be uint8"),
        ("nowhere.png", "'nowhere.png': there is no such file"),
    ],
)
def test_what_is_no_picture_is_refused(wrong: Any, message: str) -> None:
    with pytest.raises(UserError, match=message):
        translate(pipeline(), wrong)


def test_images_that_no_picture_holds_go_as_tensors() -> None:
    through = pipeline(Negative(5), spec(channels=(5, 5)))
    with pytest.raises(UserError, match=r"this run's images 5 and 5: give run.translate a tensor"):
        translate(through, pixels(32, 32))
    assert translate(through, torch.zeros(5, 32, 32)).shape == (5, 32, 32)


@pytest.mark.parametrize("wrong", [{"tile": 8}, {"batch": 0}, {"overlap": 300}, {"overlap": -1}])
def test_a_manner_that_makes_no_sense(wrong: dict[str, Any]) -> None:
    with pytest.raises(UserError, match=r"must be|can't be negative"):
        pipeline(**wrong)
