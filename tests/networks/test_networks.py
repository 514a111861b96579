"""Every family builds and runs for every shape of data, and is what its paper drew."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Literal

import pytest
import torch
from torch import nn

from gankit.base.errors import UserError
from gankit.game import Network
from gankit.game.batch import DataSpec
from gankit.game.prior import Uniform
from gankit.losses.penalties import gradient_penalty
from gankit.methods.wgan_gp import WGANGP
from gankit.networks import (
    MLP,
    ACGANNetwork,
    CatGANNetwork,
    ConvAutoencoder,
    ConvCatGAN,
    ConvOrMLP,
    DCGANNetwork,
    Family,
    FGANNetwork,
    InfoGANNetwork,
    MaxoutMLP,
    WeightNormMLP,
)
from gankit.networks.deep import DeepConv2d
from gankit.networks.initialisation import he_init
from gankit.networks.parts import (
    Maxout,
    MinibatchDiscrimination,
    SpectralConv2d,
    SpectralLinear,
    Stack,
    spectrally_normalised,
)

SHAPES = [(1, 8, 8), (3, 32, 32), (1, 28, 28), (3, 37, 51), (2, 16, 9), (4, 5, 3), (1, 1, 1), (3, 9, 40)]
SMALL: dict[str, Network] = {
    "mlp": MLP(generator_widths=(8,), discriminator_widths=(8, 4)),
    "maxout": MaxoutMLP(generator_widths=(8, 8), units=6, pieces=2),
    "dcgan": DCGANNetwork(width=4),
    "dcgan-5": DCGANNetwork(width=4, kernel=5, generator_norm="layer", discriminator_norm="none", init_sd=None),
    "dcgan-spectral": DCGANNetwork(width=4, discriminator_norm="spectral", minibatch=3),
    "mlp-minibatch": MLP(generator_widths=(8,), discriminator_widths=(8, 4), minibatch=3),
    "acgan": ACGANNetwork(generator_widths=(8, 4), discriminator_widths=(4, 6, 8)),
    "infogan": InfoGANNetwork(width=4, hidden=8),
    "catgan": CatGANNetwork(generator_widths=(8,), discriminator_widths=(8, 4)),
    "catgan-convolutional": ConvCatGAN(
        discriminator_channels=(3, 4, 5), pointwise=3, hidden=6, generator_channels=(5, 4, 3), noise=0.1
    ),
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
            assert (parameter.grad is not None) == parameter.requires_grad


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


def test_catgan_s_convolutions_on_mnist() -> None:
    """32 of 5x5, pool, twice 64, pool, 128, 1x1, 128 units; and back by two doublings."""
    data = DataSpec(shape=(1, 28, 28))
    assert ConvCatGAN().stages(data) == [(28, 28), (14, 14), (7, 7)]
    network = ConvCatGAN().heads(data, categories=20)
    kinds = (nn.Conv2d, nn.MaxPool2d, nn.Linear)
    layers = [layer for layer in network.modules() if isinstance(layer, kinds)]
    told = [
        (layer.out_channels, layer.kernel_size[0])
        if isinstance(layer, nn.Conv2d)
        else layer.out_features
        if isinstance(layer, nn.Linear)
        else "pool"
        for layer in layers
    ]
    assert told == [(32, 5), "pool", (64, 3), (64, 3), "pool", (128, 3), (10, 1), 128, 20]
    generator = ConvCatGAN().generator(data)
    ups = [(up.in_channels, up.out_channels) for up in generator.modules() if isinstance(up, nn.Conv2d)]
    assert ups == [(96, 64), (64, 64), (64, 1)]
    assert generator.sample(2).shape == (2, 1, 28, 28)
    with pytest.raises(UserError, match="needs images, not vectors of 2"):
        ConvCatGAN().trunk(DataSpec(shape=(2,)))
    with pytest.raises(UserError, match="pointwise must be at least 1"):
        ConvCatGAN(pointwise=0)


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
    assert [type(layer) for layer in list(discriminator)[:2]] == [DeepConv2d, nn.LeakyReLU]
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


def test_minibatch_discrimination_is_its_double_loop() -> None:
    torch.manual_seed(0)
    layer, features = MinibatchDiscrimination(6, kernels=4, dimensions=3), torch.randn(5, 6)
    vectors = layer.weight @ features.T  # [kernels * dimensions, n]
    nearness = torch.zeros(5, 4)
    for i in range(5):
        for j in range(5):
            for kernel in range(4):
                rows = vectors[3 * kernel : 3 * kernel + 3]
                nearness[i, kernel] += torch.exp(-(rows[:, i] - rows[:, j]).abs().sum())
    torch.testing.assert_close(layer(features), torch.cat([features, nearness], 1))


def test_samples_that_are_all_alike_are_as_near_as_can_be() -> None:
    layer = MinibatchDiscrimination(6, kernels=4)
    assert torch.equal(layer(torch.randn(1, 6).expand(7, 6))[:, 6:], torch.full((7, 4), 7.0))
    apart = layer(1e6 * torch.randn(7, 6))[:, 6:]
    torch.testing.assert_close(apart, torch.ones(7, 4))


@pytest.mark.parametrize("network", [DCGANNetwork(width=4, minibatch=3), MLP(discriminator_widths=(8,), minibatch=3)])
def test_minibatch_discrimination_ends_the_trunk(network: DCGANNetwork | MLP) -> None:
    data = DataSpec(shape=(1, 8, 8))
    trunk = network.trunk(data)
    last = trunk[-1]
    assert isinstance(last, MinibatchDiscrimination)
    assert trunk.width == last.in_features + 3
    discriminator, images = network.discriminator(data).eval(), torch.randn(6, 1, 8, 8)
    assert not torch.allclose(discriminator(images)[:2], discriminator(images[:2]))
    with pytest.raises(UserError, match="minibatch can't be negative: -1"):
        replace(network, minibatch=-1)


def spectral_layers() -> list[tuple[SpectralConv2d | SpectralLinear, torch.Tensor]]:
    return [(SpectralConv2d(3, 8, 4, 2, 1), torch.randn(2, 3, 8, 8)), (SpectralLinear(20, 5), torch.randn(2, 20))]


def test_the_largest_singular_value_is_1() -> None:
    torch.manual_seed(0)
    for layer, inputs in spectral_layers():
        for _ in range(60):
            layer(inputs)
        with torch.no_grad():
            values = torch.linalg.svdvals(spectrally_normalised(layer).flatten(1))
        assert values[0].item() == pytest.approx(1, abs=1e-3)
        assert torch.linalg.svdvals(layer.weight.flatten(1))[0].item() != pytest.approx(1, abs=0.05)


def test_spectral_norm_is_torch_s_own_with_its_gradient() -> None:
    torch.manual_seed(0)
    for layer, inputs in spectral_layers():
        plain = nn.Conv2d(3, 8, 4, 2, 1) if isinstance(layer, nn.Conv2d) else nn.Linear(20, 5)
        plain.load_state_dict({"weight": layer.weight, "bias": layer.bias})
        torchs = nn.utils.parametrizations.spectral_norm(plain)
        for _ in range(200):
            layer(inputs)
            torchs(inputs)
        torch.testing.assert_close(layer(inputs), torchs(inputs), rtol=1e-4, atol=1e-5)
        ours, theirs = layer(inputs).square().sum(), torchs(inputs).square().sum()
        gradients = torch.autograd.grad(ours, layer.weight), torch.autograd.grad(theirs, list(torchs.parameters())[-1])
        torch.testing.assert_close(*gradients, rtol=1e-3, atol=1e-4)


def test_only_training_moves_the_singular_vector() -> None:
    torch.manual_seed(0)
    for layer, inputs in spectral_layers():
        before = layer.u.clone()
        first = layer.eval()(inputs)
        assert torch.equal(layer.u, before)
        assert torch.equal(layer(inputs), first)
        layer.train()(inputs)
        assert not torch.equal(layer.u, before)
        assert layer.u.norm().item() == pytest.approx(1, abs=1e-5)


def test_two_passes_before_one_gradient_leave_each_its_own_weight() -> None:
    torch.manual_seed(0)
    layer, inputs = spectral_layers()[1]
    start = {name: value.clone() for name, value in layer.state_dict().items()}
    (layer(inputs).sum() - layer(2 * inputs).square().sum()).backward()
    together = layer.weight.grad
    layer.zero_grad()
    layer.load_state_dict(start)
    layer(inputs).sum().backward()
    (-layer(2 * inputs).square().sum()).backward()
    torch.testing.assert_close(together, layer.weight.grad)


def test_under_autocast_the_singular_value_is_found_in_float32() -> None:
    torch.manual_seed(0)
    for layer, inputs in spectral_layers():
        layer.eval()
        expected = spectrally_normalised(layer)
        with torch.autocast("cpu", torch.bfloat16):
            assert torch.equal(spectrally_normalised(layer), expected)
            assert layer(inputs).dtype == torch.bfloat16


def test_spectral_norm_is_in_every_layer_of_the_discriminator() -> None:
    torch.manual_seed(0)
    network, data = DCGANNetwork(discriminator_norm="spectral"), DataSpec(shape=(3, 64, 64))
    for discriminator in (network.discriminator(data), network.heads(data, score=1, label=10)):
        weighted = [part for part in discriminator.modules() if "weight" in dict(part.named_parameters(recurse=False))]
        assert all(isinstance(part, SpectralConv2d | SpectralLinear) for part in weighted)
        assert not any(part.get_parameter("bias").any() for part in weighted)
        for part in weighted[1:4]:
            assert part.get_parameter("weight").std().item() == pytest.approx(0.02, rel=0.05)
    assert not any(isinstance(part, SpectralConv2d | SpectralLinear) for part in network.generator(data).modules())


def test_a_gradient_penalty_passes_through_spectral_norm() -> None:
    torch.manual_seed(0)
    network = DCGANNetwork(width=4, discriminator_norm="spectral", init_sd=None)
    discriminator = network.discriminator(DataSpec(shape=(1, 8, 8)))
    gradient_penalty(discriminator, torch.rand(4, 1, 8, 8), torch.rand(4, 1, 8, 8)).backward()
    for name, parameter in discriminator.named_parameters():
        assert name.endswith("bias") or (parameter.grad is not None and parameter.grad.abs().max() > 0)


def test_an_auto_encoder_refuses_what_it_has_no_place_for() -> None:
    with pytest.raises(UserError, match="auto-encoder takes batch, layer or no norm"):
        ConvAutoencoder(discriminator_norm="spectral")
    with pytest.raises(UserError, match="nothing of the minibatch"):
        ConvAutoencoder(minibatch=3)


def test_the_tutorial_s_network() -> None:
    generator = MLP().generator(DataSpec(shape=(1, 28, 28)))
    sizes = [layer.in_features for layer in generator.modules() if isinstance(layer, nn.Linear)]
    assert sizes == [100, 256, 512, 1024]


def test_an_mlp_may_be_the_released_toy_s_of_lsgan() -> None:
    """Tanh layers, whose weights are 1.4 times orthogonal in both players, to the last layer, and biases 0."""
    network = MLP(generator_widths=(16, 16), discriminator_widths=(16, 16), activation="tanh", init="orthogonal")
    points = DataSpec(shape=(2,), bounded=False)
    for player in (network.generator(points), network.discriminator(points)):
        layers = [layer for layer in player.modules() if isinstance(layer, nn.Linear)]
        assert len(layers) == 3
        for layer in layers:
            weight = layer.weight.detach()
            short = weight @ weight.T if weight.shape[0] <= weight.shape[1] else weight.T @ weight
            torch.testing.assert_close(short, 1.4**2 * torch.eye(len(short)), atol=1e-5, rtol=0)
            assert not layer.bias.any()
        assert not [part for part in player.modules() if isinstance(part, nn.LeakyReLU)]
        assert len([part for part in player.modules() if isinstance(part, nn.Tanh)]) == 2


def test_an_mlp_s_he_start_lets_a_signal_pass_and_its_prior_may_be_uniform() -> None:
    points = DataSpec(shape=(2,), bounded=False)
    network = MLP(generator_widths=(256,) * 4, latent=256, leak=0.0, init="he", prior="uniform")
    generator = network.generator(points)
    latents = generator.prior.draw(2000)
    assert latents.abs().max() <= 1
    assert 0.2 < generator(latents).square().mean() / latents.square().mean() < 4
