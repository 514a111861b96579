"""Resize-convolutions: the same as nearest neighbours and a convolution, and no grid in what they make."""

from __future__ import annotations

from typing import Any, Literal

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from gankit.game.batch import DataSpec
from gankit.networks import BEGANNetwork, DCGANNetwork, ResNetNetwork
from gankit.networks.resize import ResizeConv


@pytest.mark.parametrize("edges", ["zeros", "mirror"])
@pytest.mark.parametrize("size", [(1, 2), (5, 4), (8, 8)])
def test_it_is_nearest_neighbours_and_a_convolution(edges: Literal["zeros", "mirror"], size: tuple[int, int]) -> None:
    torch.manual_seed(0)
    layer = ResizeConv(3, 5, edges=edges).double()
    images = torch.randn(2, 3, *size, dtype=torch.float64, requires_grad=True)
    large = F.interpolate(images, scale_factor=2.0, mode="nearest")
    plain = F.conv2d(F.pad(large, (1, 1, 1, 1), mode="reflect" if edges == "mirror" else "constant"), layer.weight)
    assert layer.bias is not None
    plain = plain + layer.bias[:, None, None]
    found = layer(images)
    assert torch.allclose(found, plain, atol=1e-12)
    pull = torch.randn_like(found)
    over = (images, layer.weight, layer.bias)
    for ours, theirs in zip(
        torch.autograd.grad((found * pull).sum(), over), torch.autograd.grad((plain * pull).sum(), over), strict=True
    ):
        assert torch.allclose(ours, theirs, atol=1e-11)


def grid_energy(images: torch.Tensor) -> float:
    """Power at (pi, pi), of which a smooth image has next to none."""
    signs = (-1.0) ** (torch.arange(images.shape[2])[:, None] + torch.arange(images.shape[3]))
    return float((images * signs).mean((2, 3)).square().mean())


def test_a_translator_that_resizes_starts_without_a_grid() -> None:
    data = DataSpec(shape=(3, 32, 32), other_shape=(3, 32, 32))
    torch.manual_seed(0)
    smooth = F.interpolate(torch.rand(16, 3, 3, 3) * 2 - 1, (32, 32), mode="bicubic").clamp(-1, 1)
    found = {}
    for upsample in ("transposed", "resize"):
        torch.manual_seed(1)
        with torch.inference_mode():
            found[upsample] = grid_energy(ResNetNetwork(width=8, blocks=1, upsample=upsample).generator(data)(smooth))
    assert found["resize"] < 0.1 * found["transposed"]


def test_both_ways_up_have_the_same_weights() -> None:
    data = DataSpec(shape=(3, 16, 16), other_shape=(1, 16, 16))
    ways = [ResNetNetwork(width=4, blocks=1, upsample=up).generator(data) for up in ("transposed", "resize")]
    sizes = [{name: tuple(sorted(value.shape)) for name, value in way.state_dict().items()} for way in ways]
    assert sizes[0] == sizes[1]


@pytest.mark.parametrize("size", [(32, 32), (28, 28), (17, 23)])
def test_began_s_decoder_is_what_its_layers_say(size: tuple[int, int]) -> None:
    torch.manual_seed(0)
    network = BEGANNetwork(filters=4, repeats=1, code=5, latent=5, base=4)
    decoder = network.discriminator(DataSpec(shape=(1, *size))).decoder
    codes = torch.randn(2, 5)
    values, expected = decoder(codes), codes
    sizes = iter(network.stages(DataSpec(shape=(1, *size)))[::-1][1:])
    for layer in decoder:
        if isinstance(layer, ResizeConv | nn.Upsample):
            expected = F.interpolate(expected, next(sizes), mode="nearest")
        if isinstance(layer, nn.Conv2d):
            expected = F.conv2d(expected, layer.weight, layer.bias, padding=1)
        elif not isinstance(layer, nn.Upsample):
            expected = layer(expected)
    assert values.shape == (2, 1, *size)
    assert torch.allclose(values, expected, atol=1e-5)


@pytest.mark.parametrize("size", [(64, 64), (28, 28), (13, 20), (8, 8), (3, 3)])
@pytest.mark.parametrize("kernel", [4, 5])
def test_dcgan_s_generator_resizes_to_any_size(size: tuple[int, int], kernel: Any) -> None:
    data = DataSpec(shape=(3, *size))
    network = DCGANNetwork(width=4, upsample="resize", kernel=kernel)
    assert network.generator(data).sample(2).shape == (2, 3, *size)


def test_dcgan_s_resizing_generator_starts_without_a_grid() -> None:
    """Where transposed kernels of 5 overlap unevenly, as in the paper's code."""
    data, found = DataSpec(shape=(3, 64, 64)), {}
    for upsample in ("transposed", "resize"):
        torch.manual_seed(0)
        with torch.no_grad():
            made = DCGANNetwork(width=8, upsample=upsample, kernel=5).generator(data).sample(32)
        found[upsample] = grid_energy(made)
    assert found["resize"] < 0.5 * found["transposed"]


def test_the_fold_is_in_no_checkpoint_and_follows_its_layer() -> None:
    layer = ResizeConv(2, 3)
    assert layer.state_dict().keys() == {"weight", "bias"}
    assert layer.double()(torch.zeros(1, 2, 4, 4).double()).dtype == torch.float64
