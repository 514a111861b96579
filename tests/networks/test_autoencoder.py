"""Auto-encoders give back what they take, whatever its shape, and are what their papers drew."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from torch import nn

from gankit.base.errors import UserError
from gankit.game.batch import DataSpec
from gankit.networks import AutoencoderOrMLP, BEGANNetwork, ConvAutoencoder, MLPAutoencoder
from gankit.networks.autoencoder_or_mlp import AutoencoderNetwork
from gankit.networks.deep import DeepConv2d

SHAPES = [(1, 8, 8), (3, 32, 32), (1, 28, 28), (3, 37, 51), (2, 16, 9), (4, 5, 3), (1, 1, 1), (3, 9, 40), (1, 3, 70)]
SMALL: dict[str, AutoencoderNetwork] = {
    "mlp": MLPAutoencoder(generator_widths=(8, 8), encoder_widths=(8, 4)),
    "mlp-plain": MLPAutoencoder(
        generator_widths=(8,), encoder_widths=(8,), code=2, decoder_widths=(8,), norm="none", init_sd=None
    ),
    "conv": ConvAutoencoder(width=4),
    "conv-5": ConvAutoencoder(
        width=4, kernel=5, generator_norm="none", discriminator_norm="layer", autoencoder_init_sd=None
    ),
    "began": BEGANNetwork(filters=3, repeats=1, code=5, latent=4),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", SMALL)
def test_any_shape_goes_in_and_comes_back(name: str, shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    data = DataSpec(shape=shape)
    generator, autoencoder = SMALL[name].generator(data), SMALL[name].discriminator(data)
    images = generator.sample(3)
    assert images.shape == (3, *shape)
    assert images.abs().max() <= 1
    reconstruction = autoencoder(images)
    assert reconstruction.shape == images.shape
    (reconstruction - images).abs().sum().backward()
    for player in (generator, autoencoder):
        for parameter in player.parameters():
            assert parameter.grad is not None


def test_large_pictures_too() -> None:
    torch.manual_seed(0)
    for name in ("conv", "began"):
        data = DataSpec(shape=(3, 128, 128))
        assert SMALL[name].discriminator(data)(SMALL[name].generator(data).sample(2)).shape == (2, 3, 128, 128)


def test_a_code_is_linear_and_as_wide_as_asked() -> None:
    torch.manual_seed(0)
    codes = SMALL["mlp-plain"].discriminator(DataSpec(shape=(3,))).encoder(torch.randn(50, 3))
    assert codes.shape == (50, 2)
    assert codes.min() < 0


@pytest.mark.parametrize("name", ["mlp", "mlp-plain"])
def test_vectors_are_unbounded(name: str) -> None:
    data = DataSpec(shape=(2,), bounded=False)
    generator, autoencoder = SMALL[name].generator(data), SMALL[name].discriminator(data)
    assert nn.Tanh not in [type(layer) for layer in generator.modules()]
    assert autoencoder(generator.sample(3)).shape == (3, 2)


def test_the_data_chooses() -> None:
    network = AutoencoderOrMLP(conv=ConvAutoencoder(width=4), mlp=MLPAutoencoder(generator_widths=(8,)))
    for shape, kind in (((1, 8, 8), nn.Conv2d), ((2,), nn.Linear)):
        data = DataSpec(shape=shape, bounded=False)
        assert isinstance(next(m for m in network.discriminator(data).modules() if list(m.parameters(False))), kind)
        assert network.generator(data).sample(3).shape == (3, *shape)


@pytest.mark.parametrize("network", [ConvAutoencoder(), BEGANNetwork()])
def test_a_convolution_needs_images(network: AutoencoderNetwork) -> None:
    for build in (network.generator, network.discriminator):
        with pytest.raises(UserError, match="needs images, not vectors of 2"):
            build(DataSpec(shape=(2,), bounded=False))


def test_sizes_that_make_no_sense_are_refused() -> None:
    with pytest.raises(UserError, match="at least 1"):
        BEGANNetwork(filters=0)
    with pytest.raises(UserError, match="at least one layer"):
        MLPAutoencoder(encoder_widths=())
    with pytest.raises(UserError, match="code must be at least 1, not 0"):
        MLPAutoencoder(code=0)
    with pytest.raises(UserError, match="dropout must be at least 0 and below 1, not 1"):
        MLPAutoencoder(dropout=1)


def convolutions(network: nn.Module) -> list[tuple[int, int]]:
    layers = [layer for layer in network.modules() if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d)]
    return [(layer.in_channels, layer.out_channels) for layer in layers]


def test_ebgan_s_networks_at_64() -> None:
    """Three strided convolutions of 64, 128 and 256 channels down to 8x8, and back; no batch norm at either end."""
    network = ConvAutoencoder()
    autoencoder = network.discriminator(DataSpec(shape=(3, 64, 64)))
    assert convolutions(autoencoder.encoder) == [(3, 64), (64, 128), (128, 256)]
    assert convolutions(autoencoder.decoder) == [(256, 128), (128, 64), (64, 3)]
    autoencoder.eval()
    assert autoencoder.encoder(torch.zeros(1, 3, 64, 64)).shape == (1, 256, 8, 8)
    assert [type(layer) for layer in list(autoencoder.encoder)[:3]] == [DeepConv2d, nn.LeakyReLU, DeepConv2d]
    assert isinstance(autoencoder.decoder[-1], nn.ConvTranspose2d)
    assert sum(isinstance(layer, nn.BatchNorm2d) for layer in autoencoder.modules()) == 4
    assert convolutions(network.generator(DataSpec(shape=(3, 64, 64))))[0] == (512, 256)


def test_ebgan_s_networks_on_mnist() -> None:
    data = DataSpec(shape=(1, 28, 28))
    generator, autoencoder = MLPAutoencoder().generator(data), MLPAutoencoder().discriminator(data)

    def sizes(network: nn.Module) -> list[int]:
        layers = [layer for layer in network.modules() if isinstance(layer, nn.Linear)]
        assert all(a.out_features == b.in_features for a, b in pairwise(layers))
        return [layers[0].in_features, *(layer.out_features for layer in layers)]

    assert sizes(generator) == [100, 1600, 1600, 1600, 1600, 784]
    assert sizes(autoencoder) == [784, 1024, 784]
    assert not any(isinstance(layer, nn.BatchNorm1d) for layer in autoencoder.modules())
    assert sum(isinstance(layer, nn.BatchNorm1d) for layer in generator.modules()) == 4
    assert generator.prior.draw(10_000).abs().max() <= 1


def test_dropout_is_the_auto_encoder_s_hidden_layers_own() -> None:
    network = MLPAutoencoder(generator_widths=(5,), encoder_widths=(6, 7), decoder_widths=(8,), dropout=0.25)
    players = network.generator(DataSpec(shape=(4,))), network.discriminator(DataSpec(shape=(4,)))
    drops = [[part.p for part in player.modules() if isinstance(part, nn.Dropout)] for player in players]
    assert drops == [[], [0.25] * 3]
    assert isinstance(players[1].decoder[-2], nn.Linear), "what comes back is whole"
    assert not any(
        isinstance(part, nn.Dropout) for part in MLPAutoencoder().discriminator(DataSpec(shape=(4,))).modules()
    )


@pytest.mark.parametrize("network", [MLPAutoencoder(), ConvAutoencoder()])
def test_the_auto_encoder_starts_ten_times_smaller_than_the_generator(network: AutoencoderNetwork) -> None:
    torch.manual_seed(0)
    data = DataSpec(shape=(3, 32, 32))
    for player, sd in ((network.generator(data), 0.02), (network.discriminator(data), 0.002)):
        for layer in player.modules():
            if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
                assert layer.weight.std().item() == pytest.approx(sd, rel=0.1)


@pytest.mark.parametrize(
    ("shape", "levels", "smallest"),
    [((3, 128, 128), 5, (8, 8)), ((3, 32, 32), 3, (8, 8)), ((1, 28, 28), 2, (14, 14)), ((1, 8, 8), 1, (8, 8))],
)
def test_began_s_networks(shape: tuple[int, ...], levels: int, smallest: tuple[int, int]) -> None:
    """Figure 1: n more channels at every level of the encoder, n throughout the decoder, 8x8 at the bottom."""
    network, data = BEGANNetwork(filters=16), DataSpec(shape=shape)
    sizes = network.stages(data)
    assert len(sizes) == levels
    assert sizes[-1] == smallest
    autoencoder = network.discriminator(data)
    encoder, decoder = (convolutions(half) for half in (autoencoder.encoder, autoencoder.decoder))
    assert [pair for pair in encoder if pair[0] != pair[1]] == [
        (shape[0], 16),
        *((16 * level, 16 * (level + 1)) for level in range(1, levels)),
    ]
    assert len(encoder) == 1 + 2 * levels + (levels - 1)
    assert decoder == [(16, 16)] * (2 * levels) + [(16, shape[0])]
    assert autoencoder.encoder(torch.zeros(1, *shape)).shape == (1, 64)
    # The generator is the decoder's twin, with weights of its own and tanh at the end.
    body = network.generator(data).get_submodule("body")
    twins = {name: value.shape for name, value in autoencoder.decoder.named_parameters()}
    assert {name: value.shape for name, value in body.named_parameters()} == twins
    kinds = {type(layer) for layer in autoencoder.modules()}
    assert not {nn.BatchNorm2d, nn.GroupNorm, nn.ReLU, nn.ConvTranspose2d} & kinds


@torch.no_grad()
def test_began_s_generator_starts_as_bright_as_it_is_told() -> None:
    dark = DataSpec(shape=(1, 16, 16), mean=torch.full((1, 16, 16), -0.8))
    for start, brightness in (("grey", 0.0), ("mean", -0.8)):
        torch.manual_seed(0)
        network = BEGANNetwork(filters=4, start=start)  # type: ignore[arg-type]
        assert float(network.generator(dark).sample(64).mean()) == pytest.approx(brightness, abs=0.1)
    unknown = DataSpec(shape=(1, 16, 16))
    assert float(network.generator(unknown).sample(64).mean()) == pytest.approx(0.0, abs=0.1)
