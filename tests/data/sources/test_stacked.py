"""Stacked MNIST: every channel a digit of its split, every class what its name says, always the same."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from gankit.base.errors import UserError
from gankit.data import Pack, describe, open_data
from gankit.data.sources import stacked
from gankit.data.sources.located import Split
from tests.data.material import needs, write_idx


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An MNIST of forty images in each split, all different."""
    monkeypatch.setenv("GANKIT_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(stacked, "COUNTS", {"train": 12_000, "test": 600})
    folder = tmp_path / "data" / "mnist"
    for seed, stem in enumerate(("train", "t10k")):
        pixels = np.random.default_rng(seed).integers(0, 256, (40, 28, 28), dtype=np.uint8)
        write_idx(folder / f"{stem}-images-idx3-ubyte.gz", pixels)
        write_idx(folder / f"{stem}-labels-idx1-ubyte.gz", np.arange(40, dtype=np.uint8) % 10)
    return folder


def by_pixels(pack: Pack) -> dict[bytes, str]:
    """The class of every image of MNIST, by its bytes."""
    assert pack.labels is not None
    classes = (pack.spec.classes[label] for label in pack.labels)
    return {image.tobytes(): name for image, name in zip(pack.values[..., 0].numpy(), classes, strict=True)}


@pytest.mark.parametrize(("split", "count"), [("train", 12_000), ("test", 600)])
def test_channels_are_digits_of_the_split_and_name_the_class(tiny: Path, split: Split, count: int) -> None:
    pack, digits = open_data("stacked-mnist", split=split), by_pixels(open_data("mnist", split=split))
    assert (len(pack), pack.spec.shape) == (count, (3, 28, 28))
    assert pack.labels is not None
    for image, label in zip(pack.values.numpy()[:300], pack.labels[:300], strict=True):
        assert "".join(digits[image[..., channel].tobytes()] for channel in range(3)) == pack.spec.classes[label]
    if split == "train":
        assert pack.spec.classes == tuple(f"{number:03}" for number in range(1000))
    used = {image[..., channel].tobytes() for image in pack.values.numpy() for channel in range(3)}
    assert used == set(digits)


def test_always_the_same_and_never_in_memory_as_a_whole(tiny: Path, tmp_path: Path) -> None:
    first, again = (open_data("stacked-mnist", cache=tmp_path / name) for name in "ab")
    assert first.content == again.content
    assert first.content != open_data("stacked-mnist", split="test", cache=tmp_path / "a").content
    digits = open_data("mnist")
    content = stacked.stack(digits, "train")
    assert np.shares_memory(content.values, digits.values.numpy())
    item = next(content.items(0, 1))
    assert np.array_equal(item, first.values[0].numpy())
    assert content.name(0).count("#") == 3
    assert np.array_equal(next(content.items(0, 1)), item)


def test_its_size_can_be_asked_for(tiny: Path) -> None:
    assert open_data("stacked-mnist", split="test", size="16x12").spec.shape == (3, 16, 12)


def test_without_mnist_it_says_what_mnist_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GANKIT_DATA", str(tmp_path / "data"))
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    messages = set()
    for name in ("mnist", "stacked-mnist"):
        with pytest.raises(UserError, match=r"put train-images-idx3-ubyte.gz .* in '.*data/mnist'") as caught:
            open_data(name)
        messages.add(str(caught.value))
    assert len(messages) == 1
    with pytest.raises(UserError, match="did you mean 'stacked-mnist'"):
        open_data("stack-mnist")
    with pytest.raises(UserError, match="no data set or file 'stacked-mnist'"):
        open_data(Path("stacked-mnist"))


@needs("mnist")
def test_of_mnist(tmp_path: Path) -> None:
    pack = open_data("stacked-mnist", split="test", cache=tmp_path)
    assert (len(pack), pack.spec.shape, len(pack.spec.classes)) == (26_000, (3, 28, 28), 1000)
    assert pack.values.float().mean() / 255 == pytest.approx(0.1325, abs=5e-4)
    lines = describe(pack)
    assert "stacked-mnist: 26,000 images, 28x28 RGB, 8 bits" in lines
    assert len(lines) < 8
    assert stacked.COUNTS["train"] == 128_000
