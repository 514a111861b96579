"""Which network a name stands for, and what is said of a wrong one."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from gankit.base.errors import UserError
from gankit.features import NAMES, extract, feature_network
from gankit.game.batch import DataSpec
from tests.features.material import VECTORS, pictures, spec


@pytest.mark.parametrize(
    ("data", "source", "name"),
    [
        (VECTORS, "ring", "points"),
        (VECTORS, "digits", "points"),
        (spec(1, 8), "digits", "digits-cnn"),
        (spec(1, 28), "mnist", "mnist-cnn"),
        (spec(1, 28), "fashion-mnist", "fashion-mnist-cnn"),
        (spec(3, 28), "stacked-mnist", "stacked-mnist-cnn"),
        (spec(3, 32), "cifar10", "photos-cnn"),
        (spec(3, 64), "photos/", "photos-cnn"),
        (spec(3, 64), "photos", "photos-cnn"),
        (spec(1, 64), "x-rays/", "photos-cnn"),
        (spec(5, 64), "bands/", "pixels"),
    ],
)
def test_auto(data: DataSpec, source: str, name: str) -> None:
    assert feature_network("auto", data, source).name == name
    assert name in NAMES


def test_points_are_left_as_they_are() -> None:
    points = pictures(5, 2)
    found = extract(feature_network("points", VECTORS, "ring"), points)
    assert torch.equal(found.values, points)
    assert found.logits is None


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 33, 17), (5, 8, 8), (4, 5, 3)])
def test_pixels_are_means_over_an_8x8_grid(shape: tuple[int, int, int]) -> None:
    images = pictures(2, *shape)
    network = feature_network("pixels", DataSpec(shape=shape), "photos/")
    found = extract(network, images)
    assert found.values.shape == (2, shape[0] * 64)
    assert torch.equal(found.values, F.adaptive_avg_pool2d(images, 8).flatten(1))
    assert (network.resizer, network.classes, found.logits) == ("mean 8x8", (), None)


def test_pooling_keeps_vectors_and_averages_images() -> None:
    assert feature_network("points", VECTORS, "ring")(torch.zeros(4, 2)).values.shape == (4, 2)
    images = torch.arange(4 * 3 * 16 * 24).reshape(4, 3, 16, 24).float()
    pooled = feature_network("pixels", DataSpec(shape=(3, 16, 24)), "photos/")(images).values
    assert pooled.shape == (4, 3 * 64)
    assert pooled[0, 0] == images[0, 0, :2, :3].mean()


def test_what_is_found_is_frozen_and_evaluates() -> None:
    network = feature_network(nn.Sequential(nn.Flatten(), nn.Linear(4, 2), nn.BatchNorm1d(2)), VECTORS, "ring")
    assert not any(part.training for part in network.modules())
    assert not any(weight.requires_grad for weight in network.parameters())


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("mnist", spec(1, 28), "did you mean 'mnist-cnn'"),
        ("resnet", spec(), "no feature network 'resnet'.*give one of auto, points, .*dinov2, or my_file.py:Name"),
        ("points", spec(), "these are images: use 'pixels'"),
        ("pixels", VECTORS, "'pixels' takes images, and these are vectors: use 'points'"),
        ("mnist-cnn", VECTORS, "use 'points'"),
        ("mnist-cnn", spec(2), "1, 3 or 4 channels, not 2: use 'pixels'"),
        ("stacked-mnist-cnn", spec(1), "takes images of 3 channels, not 1: use 'pixels'"),
        ("stacked-mnist-cnn", VECTORS, "use 'points'"),
        ("inception", spec(5), "1, 3 or 4 channels, not 5: use 'pixels'"),
        ("nowhere.py:Net", spec(), "nowhere.py can't be read"),
    ],
)
def test_mistakes_are_one_clear_line(name: str, data: DataSpec, message: str) -> None:
    with pytest.raises(UserError, match=message) as caught:
        feature_network(name, data, "photos/")
    assert "\n" not in str(caught.value)
