"""Every family builds and runs for every shape of data, and is what its paper drew."""

from __future__ import annotations

import math
from typing import Literal

import pytest
import torch
from torch import nn

from gankit.batch import DataSpec
from gankit.errors import UserError
from gankit.game import Network
from gankit.methods.wgan_gp import WGANGP
from gankit.networks import (
    MLP,
    ACGANNetwork,
    CatGANNetwork,
    ConvOrMLP,
    DCGANNetwork,
    Family,
    FGANNetwork,
    InfoGANNetwork,
    MaxoutMLP,
    WeightNormMLP,
)
from gankit.networks.parts import Maxout, Stack, he_init
from gankit.prior import Uniform

SHAPES = [(1, 8, 8), (3, 32, 32), (1, 28, 28), (3, 37, 51), (2, 16, 9), (4, 5, 3), (1, 1, 1), (3, 9, 40)]
SMALL: dict[str, Network] = {
    "mlp": MLP(generator_widths=(8,), discriminator_widths=(8, 4)),
    "maxout": MaxoutMLP(generator_widths=(8, 8), units=6, pieces=2),
    "dcgan": DCGANNetwork(width=4),
    "dcgan-5": DCGANNetwork(width=4, kernel=5, generator_norm="layer", discriminator_norm="none", init_sd=None),
    "acgan": ACGANNetwork(generator_widths=(8, 4), discriminator_widths=(4, 6, 8)),
    "infogan": InfoGANNetwork(width=4, hidden=8),
    "catgan": CatGANNetwork(generator_widths=(8,), discriminator_widths=(8, 4)),
    "weight-norm": WeightNormMLP(generator_widths=(8,), discriminator_widths=(8, 4)),
    "conv-or-mlp": ConvOrMLP(conv=DCGANNetwork(width=4)),
    "fgan": FGANNetwork(generator_widths=(8, 8), discriminator_widths=(8, 4)),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", SMALL)
def test_any_shape_in_the_right_range(name: str, shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    data = DataSpec(shape=shape)
    generator, discriminator = SMALL[name].generator(data), SMALL[name].discriminator(data)
    images = generator.sample(3)
    assert images.shape == (3, *shape)
    assert images.abs().max() <= 1
    scores = discriminator(images)
    assert scores.shape == (3,)
    scores.sum().backward()
    for player in (generator, discriminator):
        for parameter in player.parameters():
            assert parameter.grad is not None


@pytest.mark.parametrize("name", [name for name, network in SMALL.items() if isinstance(network, Family)])
def test_a_family_takes_labels_another_prior_and_several_heads(name: str) -> None:
    torch.manual_seed(0)
    data, family = DataSpec(shape=(1, 8, 8)), SMALL[name]
    assert isinstance(family, Family)
    generator = family.generator(data, prior=Uniform(5), classes=3)
    generator.eval()
    assert (generator.prior, generator.classes) == (Uniform(5), 3)
    latents = generator.prior.draw(1).expand(3, -1)
    images = generator(latents, torch.arange(3))
    assert not torch.equal(images[0], images[1])
    assert generator.sample(4).shape == (4, 1, 8, 8)
    answers = family.heads(data, score=1, label=3)(images)
    assert {key: value.shape for key, value in answers.items()} == {"score": (3,), "label": (3, 3)}
    trunk = family.trunk(data)
    assert trunk(images).shape == (3, trunk.width)


def test_heads_are_initialised_as_the_paper_says() -> None:
    heads = DCGANNetwork(width=64).heads(DataSpec(shape=(1, 8, 8)), label=10)
    weights = heads.get_parameter("heads.label.weight")
    assert weights.std().item() == pytest.approx(0.02, rel=0.1)


@pytest.mark.parametrize("name", ["mlp", "maxout", "catgan", "weight-norm", "conv-or-mlp", "fgan"])
def test_vectors_are_unbounded(name: str) -> None:
    data = DataSpec(shape=(2,), bounded=False)
    generator = SMALL[name].generator(data)
    layers = [type(layer) for layer in generator.modules()]
    assert nn.Tanh not in layers
    assert nn.Sigmoid not in layers
    assert generator.sample(3).shape == (3, 2)
    assert SMALL[name].discriminator(data)(torch.randn(3, 2)).shape == (3,)


def test_a_convolution_needs_images() -> None:
    with pytest.raises(UserError, match="needs images, not vectors of 2"):
        DCGANNetwork().generator(DataSpec(shape=(2,), bounded=False))
    with pytest.raises(UserError, match="at least 1"):
        DCGANNetwork(width=0)


def test_the_paper_s_generator_at_64() -> None:
    """Figure 1: 4x4x1024, 8x8x512, 16x16x256, 32x32x128, 64x64x3."""
    network = DCGANNetwork(width=128, kernel=5)
    data = DataSpec(shape=(3, 64, 64))
    assert network.stages(data) == [(64, 64), (32, 32), (16, 16), (8, 8), (4, 4)]
    ups = [layer for layer in network.generator(data).modules() if isinstance(layer, nn.ConvTranspose2d)]
    assert [(up.in_channels, up.out_channels) for up in ups] == [(1024, 512), (512, 256), (256, 128), (128, 3)]


@pytest.mark.parametrize(
    ("shape", "kernel", "smallest", "stages"),
    [
        ((1, 28, 28), 4, (7, 7), 2),
        ((1, 8, 8), 4, (2, 2), 2),
        ((3, 100, 60), 4, (12, 7), 3),
        ((3, 3, 200), 5, (1, 50), 2),
        ((1, 1, 1), 4, (1, 1), 0),
        ((1, 1, 1), 5, (1, 1), 0),
    ],
)
def test_how_deep_it_goes(shape: tuple[int, int, int], kernel: Literal[4, 5], smallest: tuple, stages: int) -> None:
    sizes = DCGANNetwork(kernel=kernel).stages(DataSpec(shape=shape))
    assert sizes[-1] == smallest
    assert len(sizes) == stages + 1


def test_the_five_guidelines() -> None:
    data = DataSpec(shape=(3, 64, 64))
    generator, discriminator = DCGANNetwork().generator(data), DCGANNetwork().discriminator(data)
    assert isinstance(generator, Stack)
    assert isinstance(generator.body, nn.Sequential)
    assert isinstance(discriminator, nn.Sequential)
    kinds = [type(layer) for layer in [*generator.modules(), *discriminator.modules()]]
    assert not {nn.MaxPool2d, nn.AvgPool2d} & set(kinds)
    ups = [layer for layer in generator.body if isinstance(layer, nn.ConvTranspose2d)]
    assert all(up.stride == (2, 2) for up in ups)
    # Batch norm everywhere but at the generator's output and the discriminator's input.
    after = [type(generator.body[i + 1]) for i, layer in enumerate(generator.body) if layer in ups]
    assert after == [nn.BatchNorm2d] * (len(ups) - 1) + [nn.Tanh]
    assert [type(layer) for layer in list(discriminator)[:2]] == [nn.Conv2d, nn.LeakyReLU]
    assert sum(isinstance(layer, nn.BatchNorm2d) for layer in discriminator) == 3
    assert sum(isinstance(layer, nn.Linear) for layer in discriminator) == 1
    assert nn.ReLU in [type(layer) for layer in generator.body]
    assert {layer.negative_slope for layer in discriminator if isinstance(layer, nn.LeakyReLU)} == {0.2}


def test_initialisations() -> None:
    torch.manual_seed(0)
    data = DataSpec(shape=(3, 64, 64))
    for part in DCGANNetwork().discriminator(data).modules():
        if isinstance(part, nn.Conv2d):
            assert part.weight.std().item() == pytest.approx(0.02, rel=0.05)
        elif isinstance(part, nn.BatchNorm2d):
            assert part.weight.mean().item() == pytest.approx(1, abs=0.01)
    layer = nn.Linear(500, 300)
    he_init(layer)
    assert layer.weight.var().item() == pytest.approx(2 / 500, rel=0.02)


def test_he_keeps_the_signal_s_size_through_both_kinds_of_convolution() -> None:
    torch.manual_seed(0)
    for layer, size in ((nn.Conv2d(64, 64, 5, 2, 2), 16), (nn.ConvTranspose2d(64, 64, 5, 2, 2), 16)):
        he_init(layer)
        out = layer(torch.randn(8, 64, size, size).relu() * math.sqrt(2))
        assert out[..., 2:-2, 2:-2].var().item() == pytest.approx(2, rel=0.15)


def test_wgan_gp_on_mnist_has_the_released_code_s_sizes() -> None:
    data = DataSpec(shape=(1, 28, 28))
    network = WGANGP().network
    assert network.conv.stages(data) == [(28, 28), (14, 14), (7, 7), (4, 4)]
    convolutions = [layer for layer in network.discriminator(data).modules() if isinstance(layer, nn.Conv2d)]
    assert [layer.out_channels for layer in convolutions] == [64, 128, 256]
    assert not any(isinstance(m, nn.BatchNorm2d) for m in network.discriminator(data).modules())


def test_the_gan_paper_s_networks() -> None:
    torch.manual_seed(0)
    mean = torch.rand(1, 28, 28) * 2 - 1
    generator = MaxoutMLP().generator(DataSpec(shape=(1, 28, 28), mean=mean))
    latents = generator.prior.draw(10_000)
    assert latents.abs().max() <= math.sqrt(3)
    last = [layer for layer in generator.modules() if isinstance(layer, nn.Linear)][-1]
    torch.testing.assert_close(last.bias.sigmoid() * 2 - 1, mean.flatten(), atol=1e-5, rtol=0)
    discriminator = MaxoutMLP().discriminator(DataSpec(shape=(1, 28, 28)))
    assert [layer.p for layer in discriminator.modules() if isinstance(layer, nn.Dropout)] == [0.2, 0.5, 0.5]
    maxouts = [layer for layer in discriminator.modules() if isinstance(layer, Maxout)]
    assert [layer.linear.out_features for layer in maxouts] == [1200, 1200]


def test_maxout_is_the_largest_of_its_pieces() -> None:
    torch.manual_seed(0)
    layer, inputs = Maxout(3, 4, 5), torch.randn(7, 3)
    pieces = layer.linear(inputs).reshape(7, 4, 5)
    torch.testing.assert_close(layer(inputs), pieces.max(-1).values)


def test_the_tutorial_s_network() -> None:
    generator = MLP().generator(DataSpec(shape=(1, 28, 28)))
    sizes = [layer.in_features for layer in generator.modules() if isinstance(layer, nn.Linear)]
    assert sizes == [100, 256, 512, 1024]
