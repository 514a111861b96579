"""Guided backpropagation against its rule, and sheets of filters."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gankit.base.errors import UserError
from gankit.exploration.guided import Guided, crops, features, filters, guided_gradient, rectify
from gankit.exploration.layers import choose, layers
from gankit.game.batch import DataSpec
from gankit.networks import BEGANNetwork, ConditionalDCGAN, DCGANNetwork, MaxoutMLP

SPEC = DataSpec(shape=(1, 8, 8), classes=tuple("ab"))


def data(n: int = 6) -> Tensor:
    return torch.randn(n, 1, 8, 8, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize(
    "rectifier",
    [
        nn.ReLU(),
        nn.ReLU(inplace=True),
        nn.LeakyReLU(0.2),
        nn.LeakyReLU(0.2, inplace=True),
        nn.ELU(),
        nn.ELU(inplace=True),
        F.relu,
        torch.relu,
        torch.Tensor.relu,
        torch.Tensor.relu_,
        lambda x: F.leaky_relu(x, 0.1, True),
        lambda x: F.relu(x, True),
    ],
)
def test_only_positive_gradients_pass_and_only_active_units(rectifier: Callable[[Tensor], Tensor]) -> None:
    x = torch.tensor([-1.0, -1.0, 2.0, 2.0], requires_grad=True)
    weights = torch.tensor([3.0, -3.0, 3.0, -3.0])
    with Guided():
        (rectifier(x * 1) * weights).sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [0, 0, 3, 0]


def test_outside_of_it_nothing_changes() -> None:
    x = torch.tensor([-1.0, 2.0], requires_grad=True)
    with Guided():
        assert F.leaky_relu(x, 0.5).tolist() == [-0.5, 2]
    (F.leaky_relu(x, 0.5) * -1).sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [-0.5, -1]
    assert rectify(torch.ones(2)).tolist() == [1, 1]


def test_the_gradient_is_the_paper_s_through_two_layers() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU(inplace=True), nn.Conv2d(3, 2, 3), nn.ReLU(inplace=True))
    layer = choose(layers(network, data()), "conv2")
    units = torch.tensor([0, 1, 0, 1, 0, 1])
    found = guided_gradient(network, data(), None, layer, units)
    first, second = network[0], network[2]
    assert isinstance(first, nn.Conv2d)
    assert isinstance(second, nn.Conv2d)
    before = first(data())
    maps = second(before.relu()).relu()
    for index, unit in enumerate(units.tolist()):
        strongest = maps[index, unit].flatten().argmax()
        seed = torch.zeros_like(maps[index]).flatten(1)
        seed[unit, strongest] = float(maps[index, unit].flatten()[strongest] > 0)
        back = F.conv_transpose2d(seed.reshape(1, *maps[index].shape), second.weight)
        back = back.clamp(min=0) * (before[index] > 0)
        torch.testing.assert_close(found[index], F.conv_transpose2d(back, first.weight)[0])


@pytest.mark.parametrize(
    "family", [DCGANNetwork(width=4), MaxoutMLP(units=6, pieces=2), BEGANNetwork(filters=4, repeats=1, code=3)]
)
def test_every_trunk_shows_what_excites_it(family: DCGANNetwork | MaxoutMLP | BEGANNetwork) -> None:
    torch.manual_seed(0)
    networks = {name: family.discriminator(SPEC).eval() for name in ("trained", "random")}
    before = {key: value.clone() for key, value in networks["trained"].state_dict().items()}
    found = features(networks, data(20), units=3, examples=4)
    assert found.of["trained"].images.shape[:3] == (3, 4, 1)
    assert found.of["trained"].gradients.abs().amax((2, 3, 4)).min() > 0
    assert found.of["trained"].units != found.of["random"].units
    assert len(found.numbers["trained"]["peaks"]) == 3
    assert np.asarray(found.picture()).std() > 10
    after = networks["trained"].state_dict()
    assert all(torch.equal(value, after[key]) for key, value in before.items())


def test_labels_reach_a_discriminator_that_takes_them() -> None:
    torch.manual_seed(0)
    networks = {"trained": ConditionalDCGAN(width=4, hidden=8).discriminator(SPEC).eval()}
    labels = torch.arange(20) % 2
    assert features(networks, data(20), labels, units=2).layer == "conv2"
    assert filters(networks, data(20), labels).of["trained"].shape == (4, 1, 5, 5)


def test_a_unit_is_shown_where_it_looks() -> None:
    images = torch.arange(2 * 6 * 5).reshape(2, 1, 6, 5).float()
    gradients = torch.zeros(2, 1, 6, 5)
    gradients[0, 0, 1:4, 2:4] = 1.0
    gradients[1, 0, 5, 0] = 1.0
    seen, shown = crops(images, gradients)
    assert seen.shape == shown.shape == (2, 1, 3, 2)
    assert torch.equal(seen[0, 0], images[0, 0, 1:4, 2:4])
    assert shown[1].sum() == 1
    assert torch.equal(seen[1, 0], images[1, 0, 3:6, 0:2])


def test_filters_are_the_first_layer_s_weights() -> None:
    network = DCGANNetwork(width=4).discriminator(SPEC)
    found = filters({"trained": network}, data(), most=3)
    assert found.of["trained"].shape == (3, 1, 4, 4)
    assert found.strengths["trained"] == sorted(found.strengths["trained"], reverse=True)
    assert found.numbers["layer"] == "conv1"
    assert np.asarray(found.picture()).std() > 10
    assert filters({"a": MaxoutMLP(units=2, pieces=2).discriminator(SPEC)}, data()).of["a"].shape == (4, 1, 8, 8)
    with pytest.raises(UserError, match="does not take the image itself"):
        filters({"a": nn.Sequential(nn.AvgPool2d(2), nn.Flatten(), nn.Linear(16, 1))}, data())
