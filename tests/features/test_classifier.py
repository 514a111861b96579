"""The shipped classifiers: what they take, how well they do, and that their files are what their record says."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path

import pytest
import torch
from torch import Tensor

from gankit.base.errors import UserError
from gankit.data import open_data
from gankit.data.pack import images as images_of
from gankit.data.sources.named import CLOTHES, DIGITS, THINGS
from gankit.features import extract
from gankit.features.classifier import KINDS, Classifier, Kind, read_weights
from gankit.networks.shipped import WEIGHTS, record
from tests.features.material import pictures

DATA = tuple(KINDS)


def accuracy(network: Classifier, images: Tensor, labels: Tensor | None) -> float:
    logits = extract(network, images).logits
    assert logits is not None
    assert labels is not None
    return float((logits.argmax(1) == labels).double().mean())


@pytest.mark.parametrize("data", DATA)
@pytest.mark.parametrize("shape", [(1, 8, 8), (1, 28, 28), (3, 28, 28), (4, 33, 17), (1, 1, 1), (3, 64, 48)])
def test_images_of_any_size_and_channels(data: str, shape: tuple[int, ...]) -> None:
    found = extract(read_weights(data), pictures(3, *shape))
    assert found.logits is not None
    assert (found.values.shape, found.logits.shape) == ((3, 128), (3, 10))
    assert found.values.min() == 0
    if KINDS[data].of_maps:
        assert torch.allclose(found.values.square().mean(1), torch.ones(3))
    assert found.logits.isfinite().all()


@pytest.mark.parametrize("kind", [Kind(7, (4,), DIGITS), Kind(33, (4, 5, 6), CLOTHES, features=3)])
def test_sizes_are_numbers(kind: Kind) -> None:
    found = Classifier("any", kind)(pictures(2, 1, kind.side, kind.side))
    assert (found.values.shape, found.logits.shape) == ((2, kind.features), (2, len(kind.classes)))


@pytest.mark.parametrize("data", DATA)
def test_files_are_small_and_what_their_record_says(data: str) -> None:
    content = (WEIGHTS / f"{data}.safetensors").read_bytes()
    known = record()[data]
    assert len(content) < (2_000_000 if data == "photos" else 500_000)
    assert hashlib.sha256(content).hexdigest() == known["sha256"]
    assert known["command"] == f"gankit examples classifiers {data}"
    assert known["accuracy"] >= {"digits": 0.97, "mnist": 0.99, "fashion-mnist": 0.91, "photos": 0.8}[data]


@pytest.mark.parametrize(
    ("data", "classes"), [("digits", DIGITS), ("mnist", DIGITS), ("fashion-mnist", CLOTHES), ("photos", THINGS)]
)
def test_names(data: str, classes: tuple[str, ...]) -> None:
    network = read_weights(data)
    side = {"digits": 8, "photos": 32}.get(data, 28)
    assert (network.name, network.classes) == (f"{data}-cnn", classes)
    assert network.resizer == f"bilinear antialias {side}x{side}"


def test_accuracy_on_the_digits_held_out() -> None:
    pack = open_data("digits")
    assert pack.labels is not None
    held = range(len(pack) - 297, len(pack))
    found = accuracy(read_weights("digits"), images_of(pack, list(held)), pack.labels[-297:])
    assert found == pytest.approx(record()["digits"]["accuracy"], abs=0.004)


@pytest.mark.parametrize("data", ["mnist", "fashion-mnist"])
def test_accuracy_on_test_images(data: str) -> None:
    """Of the first 2,000, with what chance allows them: three standard deviations."""
    if not (Path(os.environ.get("GANKIT_DATA", "")) / data / "t10k-labels-idx1-ubyte.gz").is_file():
        pytest.skip(f"needs {data} under $GANKIT_DATA")
    pack = open_data(data, split="test")
    assert pack.labels is not None
    images = images_of(pack, list(range(2000)))
    known = record()[data]["accuracy"]
    network = read_weights(data)
    found = accuracy(network, images, pack.labels[:2000])
    assert found == pytest.approx(known, abs=3 * (known * (1 - known) / 2000) ** 0.5)
    coloured = accuracy(network, images[:500].expand(-1, 3, -1, -1), pack.labels[:500])
    assert coloured == accuracy(network, images[:500], pack.labels[:500])
    doubled = torch.nn.functional.interpolate(images[:500], scale_factor=2)
    assert accuracy(network, doubled, pack.labels[:500]) > coloured - 0.03


def test_accuracy_on_test_photos() -> None:
    if not (Path(os.environ.get("GANKIT_DATA", "")) / "cifar10").is_dir():
        pytest.skip("needs cifar10 under $GANKIT_DATA")
    pack = open_data("cifar10", split="test")
    assert pack.labels is not None
    known = record()["photos"]["accuracy"]
    found = accuracy(read_weights("photos"), images_of(pack, list(range(2000))), pack.labels[:2000])
    assert found == pytest.approx(known, abs=3 * (known * (1 - known) / 2000) ** 0.5)


def test_the_hash_follows_the_weights_and_the_data() -> None:
    network = read_weights("digits")
    assert network.hash == read_weights("digits").hash
    assert network.hash != Classifier("digits", KINDS["digits"]).hash
    assert len({read_weights(data).hash for data in DATA}) == 4


def test_reading_draws_no_random_numbers() -> None:
    before = torch.get_rng_state()
    read_weights("digits")
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("spoil", ["bit", "cut", "gone", "unrecorded", "record"])
def test_a_damaged_file_is_said(tmp_path: Path, spoil: str) -> None:
    folder = shutil.copytree(WEIGHTS, tmp_path / "weights")
    path, known = folder / "digits.safetensors", folder / "weights.json"
    content = bytearray(path.read_bytes())
    if spoil == "bit":
        content[-1] ^= 1
        path.write_bytes(content)
    elif spoil == "cut":
        path.write_bytes(content[:-4])
    elif spoil == "gone":
        path.unlink()
    elif spoil == "unrecorded":
        known.write_text(json.dumps({"mnist": record()["mnist"]}))
    else:
        known.write_text("{")
    with pytest.raises(UserError, match=r"digits.safetensors' are damaged or missing: install gankit again"):
        read_weights("digits", folder)
