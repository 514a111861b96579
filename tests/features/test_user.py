"""A user's own feature network: from a file, or from Python."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from gankit.base.errors import UserError
from gankit.features import FeatureNetwork, extract, feature_network
from gankit.features.plain import Pixels
from tests.features.material import VECTORS, pictures, spec

FILE = """
import torch
from torch import nn


class Means(nn.Module):
    classes = ("dark", "light")

    def __init__(self, scale=1.0):
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(scale))

    def forward(self, images):
        means = images.mean((2, 3)) * self.scale
        return means, torch.cat([-means.sum(1, keepdim=True), means.sum(1, keepdim=True)], 1)


class Sized(nn.Module):
    def __init__(self, size):
        super().__init__()


class Flat(nn.Module):
    def forward(self, images):
        return images.mean()


double = Means(2.0)
number = 3
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "my_features.py"
    path.write_text(FILE)
    return path


@pytest.mark.parametrize(("member", "scale"), [("Means", 1), ("double", 2)])
def test_a_class_or_a_module_in_a_file(file: Path, member: str, scale: int) -> None:
    network, images = feature_network(f"{file}:{member}", spec(), "photos/"), pictures(5, 3, 6, 7)
    found = extract(network, images, 2)
    assert (network.name, network.resizer) == (f"my_features.py:{member}", "its own")
    assert network.classes == ("dark", "light")
    assert torch.allclose(found.values, images.mean((2, 3)) * scale)
    assert found.logits is not None
    assert torch.allclose(found.logits[:, 1], found.values.sum(1))


def test_the_hash_follows_the_file_and_the_weights_not_the_place(file: Path, tmp_path: Path) -> None:
    found = feature_network(f"{file}:Means", spec(), "photos/").hash
    assert feature_network(f"{file}:double", spec(), "photos/").hash != found
    moved = tmp_path / "elsewhere.py"
    moved.write_text(FILE)
    assert feature_network(f"{moved}:Means", spec(), "photos/").hash == found
    file.write_text(FILE.replace("mean((2, 3))", "amax((2, 3))"))
    assert feature_network(f"{file}:Means", spec(), "photos/").hash != found


@pytest.mark.parametrize(
    ("member", "message"),
    [
        ("Other", "my_features.py has no feature network 'Other'"),
        ("number", "has no feature network 'number': name a torch.nn.Module, or a class of them"),
        ("Sized", r"Sized in .* is made without arguments \(missing a required argument: 'size'\): give them defaults"),
    ],
)
def test_what_is_no_network_is_refused(file: Path, member: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        feature_network(f"{file}:{member}", spec(), "photos/")


def test_what_gives_no_features_is_refused(file: Path) -> None:
    with pytest.raises(UserError, match=r"my_features.py:Flat gives \[\] for 4 images: .* features \[n, d\]"):
        extract(feature_network(f"{file}:Flat", spec(), "photos/"), pictures(4, 3, 2, 2))
    with pytest.raises(UserError, match=r"Identity gives \[4, 3, 2, 2\] for 4 images"):
        extract(feature_network(nn.Identity(), spec(), "photos/"), pictures(4, 3, 2, 2))


def test_a_module_from_python() -> None:
    linear = nn.Linear(2, 3)
    module = nn.Sequential(linear, nn.Dropout())
    network, points = feature_network(module, VECTORS, "ring"), pictures(5, 2)
    assert network.name == "Sequential"
    found = extract(network, points)
    assert torch.allclose(found.values, linear(points))
    assert found.logits is None
    before = network.hash
    with torch.no_grad():
        linear.weight[0, 0] += 1
    assert network.hash != before


def test_the_hash_tells_modules_of_the_same_weights_apart() -> None:
    first, second = (feature_network(module, VECTORS, "ring").hash for module in (nn.LeakyReLU(0.1), nn.LeakyReLU(0.2)))
    assert first != second


def test_a_feature_network_stays_what_it_is() -> None:
    network: FeatureNetwork = Pixels()
    assert feature_network(network, spec(), "photos/") is network
