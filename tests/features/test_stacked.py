"""A classifier on each channel: the layout of features, logits and names, and what the hash follows."""

from __future__ import annotations

import pytest
import torch

from gankit.base.errors import UserError
from gankit.data.sources.named import DIGITS
from gankit.features import extract, feature_network
from gankit.features.classifier import Classifier, Kind, read_weights
from gankit.features.stacked import Stacked
from tests.features.material import pictures, spec


def small(seed: int = 0) -> Classifier:
    torch.manual_seed(seed)
    return Classifier("small", Kind(6, (3, 4), ("a", "b", "c"), features=5))


@pytest.mark.parametrize("channels", [1, 2, 3, 5])
def test_a_class_is_one_of_each_channel_and_the_last_changes_first(channels: int) -> None:
    one, images = small(), pictures(4, channels, 6, 6)
    network = Stacked("stacked", one, channels)
    found = extract(network, images)
    alone = [extract(one, images[:, [channel]]) for channel in range(channels)]
    assert torch.allclose(found.values, torch.cat([each.values for each in alone], 1), atol=1e-6)
    assert found.logits is not None
    assert found.logits.shape == (4, 3**channels) == (4, len(network.classes))
    for index, name in enumerate(network.classes):
        wanted = torch.zeros(4)
        for each, letter in zip(alone, name, strict=True):
            assert each.logits is not None
            wanted += each.logits.log_softmax(1)[:, "abc".index(letter)]
        assert torch.allclose(found.logits[:, index], wanted, atol=1e-5)
    assert torch.allclose(found.logits.exp().sum(1), torch.ones(4), atol=1e-5)


def test_memory_format_does_not_matter() -> None:
    images = pictures(4, 3, 6, 6)
    network = Stacked("stacked", small(), 3)
    assert torch.allclose(network(images).values, network(images.to(memory_format=torch.channels_last)).values)


def test_the_hash_follows_the_weights() -> None:
    first, network = small(), Stacked("stacked", small(), 3)
    assert network.hash == Stacked("stacked", first, 3).hash != first.hash
    assert network.hash != Stacked("stacked", small(1), 3).hash
    with torch.no_grad():
        network.one.get_parameter("hidden.bias")[0] += 1e-6
    assert network.hash != Stacked("stacked", first, 3).hash


def test_of_mnist_it_has_a_thousand_classes() -> None:
    network = feature_network("auto", spec(3, 28), "stacked-mnist")
    assert (network.name, network.resizer) == ("stacked-mnist-cnn", read_weights("mnist").resizer)
    assert network.classes == tuple(f"{number:03}" for number in range(1000))
    found = extract(network, pictures(2, 3, 28, 28))
    assert found.logits is not None
    assert (found.values.shape, found.logits.shape) == ((2, 384), (2, 1000))
    assert len(DIGITS) ** 3 == 1000


@pytest.mark.parametrize("shape", [(2, 1, 6, 6), (2, 4, 6, 6), (2, 7)])
def test_other_channels_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(UserError, match=r"'stacked' takes images \[n, 3, H, W\], not"):
        Stacked("stacked", small(), 3)(pictures(*shape))
