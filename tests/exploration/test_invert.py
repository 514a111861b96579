"""Latents of pictures, found again where they are known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from gankit.base.errors import UserError
from gankit.data import normalise
from gankit.exploration import encoder
from gankit.exploration.given_pictures import read_pictures
from gankit.exploration.invert import invert, nearest_of_another_class
from gankit.exploration.latents import generate, random, within
from gankit.game.batch import DataSpec
from gankit.game.prior import Normal, Prior, Uniform
from tests.exploration.known import Largest, Plain, linear

GREY = DataSpec(shape=(1, 8, 6))


@pytest.mark.parametrize("prior", [Uniform(4), Normal(30)], ids=str)
def test_what_the_generator_made_is_found_again(prior: Prior) -> None:
    generator = linear(prior, side=8)
    known = random(generator, 5, seed=1, purpose="test")
    found = invert(generator, generate(generator, known), features=Plain(), restarts=2)
    assert found.numbers["median_error"] < 1e-5
    assert (found.errors <= found.started).all()
    assert (found.latents - known).abs().max() < 0.1
    assert torch.allclose(within(prior, found.latents), found.latents, atol=1e-5)


def test_a_picture_s_result_does_not_depend_on_its_company() -> None:
    generator = linear(Uniform(4))
    originals = torch.rand(5, 1, 4, 4)
    options: dict[str, Any] = {"features": Plain(), "restarts": 3, "steps": 20}
    whole = invert(generator, originals, **options)
    single = [invert(generator, original[None], **options).latents for original in originals]
    assert torch.allclose(whole.latents, torch.cat(single), atol=1e-4)
    again = invert(generator, originals, **options)
    assert torch.equal(whole.latents, again.latents)


def test_more_restarts_are_never_worse() -> None:
    generator = linear(Uniform(4))
    originals = torch.rand(6, 1, 4, 4)
    one, four = (invert(generator, originals, features=Plain(), restarts=n, steps=0) for n in (1, 4))
    assert torch.allclose(one.started, four.started)
    assert (four.errors <= one.errors + 1e-6).all()


def test_the_class_is_found_with_the_latent_or_taken_as_asked() -> None:
    generator = linear(Uniform(4), classes=3)
    labels = torch.tensor([0, 1, 2, 1])
    originals = generate(generator, random(generator, 4, seed=3, purpose="test"), labels)
    found = invert(generator, originals, features=Plain(), restarts=8)
    assert found.labels is not None
    assert found.labels.tolist() == labels.tolist()
    fixed = invert(generator, originals, features=Plain(), label=2, steps=0)
    assert fixed.numbers["labels"] == [2] * 4


def test_an_encoder_learns_the_way_back_and_is_kept(tmp_path: Path) -> None:
    generator = linear(Uniform(4), side=8)
    path = tmp_path / "explore" / "encoder.safetensors"
    learned, there = encoder.cached(path, generator, (1, 8, 8), steps=150)
    kept, there_now = encoder.cached(path, generator, (1, 8, 8), steps=150)
    assert (there, there_now) == (False, True)
    latents = random(generator, 50, seed=2, purpose="test")
    images = generate(generator, latents)
    assert torch.equal(learned(images), kept(images))
    assert (learned(images) - latents).square().mean() < 0.2 * latents.var()
    guessed = invert(generator, images, features=Plain(), restarts=1, steps=0, encoder=kept)
    plain = invert(generator, images, features=Plain(), restarts=1, steps=0)
    assert guessed.numbers["median_error"] < plain.numbers["median_error"]
    path.write_bytes(b"damaged")
    assert encoder.cached(path, generator, (1, 8, 8), steps=1)[1] is False


def test_the_nearest_of_another_class_is_not_of_its_own() -> None:
    train = torch.tensor([[0.0, 0.0], [1.0, 0.0], [5.0, 0.0]])
    found = nearest_of_another_class(torch.zeros(2, 2), torch.tensor([0, 1]), train, torch.tensor([0, 0, 1]))
    assert found.tolist() == [12.5, 0]


def test_training_images_of_other_classes_are_looked_at_some_at_a_time() -> None:
    rng = torch.Generator().manual_seed(0)
    train = torch.randint(0, 256, (4000, 8, 8, 3), dtype=torch.uint8, generator=rng)
    images, labels = torch.rand(5, 3, 8, 8, generator=rng) * 2 - 1, torch.tensor([0, 2, 1, 0, 3])
    kinds = torch.randint(0, 4, (4000,), generator=rng)
    with Largest() as largest:
        found = nearest_of_another_class(images, labels, train, kinds)
    errors = (images[:, None] - normalise(train)).square().flatten(2).mean(2)
    expected = errors.masked_fill(labels[:, None] == kinds, torch.inf).amin(1)
    torch.testing.assert_close(found, expected)
    assert largest.values < train[:1000].numel()


def test_pictures_are_converted_as_the_run_has_them_and_that_is_said(tmp_path: Path) -> None:
    Image.new("L", (6, 8), 255).save(tmp_path / "fits.png")
    Image.new("RGB", (60, 80), (255, 255, 255)).save(tmp_path / "large.jpg")
    said: list[str] = []
    images, names = read_pictures([tmp_path / "fits.png"], GREY, said.append)
    assert said == []
    images, names = read_pictures([tmp_path], GREY, said.append)
    assert images.shape == (2, 1, 8, 6)
    assert images.min() == 1
    assert names == ("fits", "large")
    assert said == ["converted to 8x6, 1 channel: large.jpg (80x60 RGB)"]
    assert read_pictures([tmp_path], DataSpec(shape=(3, 4, 4)), said.append)[0].shape == (2, 3, 4, 4)
    assert said[-1].endswith("and 1 more")


def test_pictures_that_can_t_be_read_are_said(tmp_path: Path) -> None:
    (tmp_path / "notes.png").write_text("no picture")
    for path, words in ((tmp_path / "notes.png", "not a picture"), (tmp_path / "no.png", "no such file")):
        with pytest.raises(UserError, match=words) as caught:
            read_pictures([path], GREY, print)
        assert "\n" not in str(caught.value)
    with pytest.raises(UserError, match="cannot read"):
        read_pictures([tmp_path], GREY, lambda line: None)
    said: list[str] = []
    Image.fromarray(np.zeros((8, 6), np.uint8)).save(tmp_path / "fits.png")
    assert len(read_pictures([tmp_path], GREY, said.append)[0]) == 1
    assert "skipped: cannot read the picture" in said[0]
    with pytest.raises(UserError, match="run of images"):
        read_pictures([tmp_path], DataSpec(shape=(2,)), print)


def test_what_can_t_be_inverted_is_said() -> None:
    generator = linear(Uniform(4))
    with pytest.raises(UserError, match=r"makes \[1, 4, 4\], but the pictures are \[1, 5, 5\]"):
        invert(generator, torch.zeros(2, 1, 5, 5), features=Plain())
    with pytest.raises(UserError, match="restarts must be at least 1"):
        invert(generator, torch.zeros(2, 1, 4, 4), features=Plain(), restarts=0)
