"""Convolutions whose weights' gradient is found another way: the same function, once and twice differentiated."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from gankit.game.batch import DataSpec
from gankit.networks import DCGANNetwork, deep
from gankit.networks.deep import DeepConv2d, DeepConvTranspose2d

LAYERS = {
    "kernel 4": lambda: DeepConv2d(3, 4, 4, 2, 1, bias=False),
    "kernel 5, an odd side": lambda: DeepConv2d(3, 4, 5, 2, 2),
    "transposed": lambda: DeepConvTranspose2d(4, 3, 4, 2, 1, bias=False),
    "transposed, to an odd side": lambda: DeepConvTranspose2d(4, 3, 5, 2, 2, (1, 0)),
}


def plain(layer: Any, images: torch.Tensor) -> torch.Tensor:
    arguments = images, layer.weight, layer.bias, layer.stride, layer.padding
    if hasattr(layer, "output_padding") and layer.transposed:
        return F.conv_transpose2d(*arguments, layer.output_padding)
    return F.conv2d(*arguments)


@pytest.mark.parametrize("many", [1, deep.MANY])
@pytest.mark.parametrize("name", LAYERS)
def test_it_is_a_convolution_once_and_twice_differentiated(
    name: str, many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deep, "MANY", many)
    monkeypatch.setattr(deep, "HEAVY", 0)
    torch.manual_seed(0)
    layer = LAYERS[name]().double()
    images = torch.randn(2, layer.in_channels, 5, 4, dtype=torch.float64, requires_grad=True)
    found = []
    for compute in (layer, lambda given: plain(layer, given)):
        made = compute(images)
        over = (images, *layer.parameters())
        first = torch.autograd.grad(made.tanh().square().sum(), over, create_graph=True)
        penalty = torch.stack([each.sin().sum() for each in first]).sum()
        found.append([made, *first, *torch.autograd.grad(penalty, over)])
    assert "_Convolution" in str(made_by(layer, images))
    for ours, theirs in zip(*found, strict=True):
        assert torch.allclose(ours, theirs, atol=1e-10)


def made_by(layer: nn.Module, images: torch.Tensor) -> list[object]:
    made = layer(images).grad_fn
    return [made, *(before for before, _ in made.next_functions)]


def test_it_is_taken_where_few_positions_meet_a_heavy_kernel() -> None:
    weight = torch.empty(512, 256, 4, 4, requires_grad=True)
    images = torch.empty(64, 256, 8, 8)
    assert deep.deep(images, weight, (2, 2), (4, 4))
    assert not deep.deep(images, weight, (2, 2), (16, 16))  # more positions than a kernel has weights
    assert not deep.deep(images, weight.detach(), (2, 2), (4, 4))  # frozen
    lighter = torch.empty(256, 128, 4, 4, requires_grad=True)
    assert deep.deep(images, lighter, (2, 2), (4, 4))
    assert not deep.deep(images, lighter, (1, 1), (4, 4))
    with torch.no_grad():
        assert not deep.deep(images, weight, (2, 2), (4, 4))


@pytest.mark.parametrize("count", [4, deep.MANY])
def test_dcgan_64_has_two_in_each_player_and_bf16_rounds_no_more_than_torch_does(count: int) -> None:
    torch.manual_seed(0)
    network, data = DCGANNetwork(), DataSpec(shape=(3, 64, 64))
    layers = [
        [part for part in player.modules() if isinstance(part, DeepConv2d | DeepConvTranspose2d)]
        for player in (network.generator(data), network.discriminator(data))
    ]
    assert [[part.weight.numel() * part.stride[0] >= deep.HEAVY for part in parts] for parts in layers] == [
        [True, True, False, False],
        [False, False, True, True],
    ]
    layer, images = layers[1][-1], torch.randn(count, 256, 8, 8)
    with torch.autocast("cpu", torch.bfloat16):
        rounded = torch.autograd.grad(layer(images).sum(), layer.weight)[0]
        theirs = torch.autograd.grad(plain(layer, images).sum(), layer.weight)[0]
    exact = torch.autograd.grad(plain(layer, images).sum(), layer.weight)[0]
    assert rounded.dtype == torch.float32
    assert (rounded - exact).abs().max() < 1.5 * (theirs - exact).abs().max() + 1e-3
