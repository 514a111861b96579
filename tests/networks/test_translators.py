"""Networks from images to images: any size, the papers' layers, patches that see what they are said to see."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import pytest
import torch
from torch import Tensor, nn

from gankit.base.errors import UserError
from gankit.game import Network, Translator
from gankit.game.batch import DataSpec
from gankit.networks import ResNetNetwork, UNetNetwork
from gankit.networks.initialisation import normal_init
from gankit.networks.patchgan import FIELDS, Patch, layers_of, patchgan
from gankit.networks.small_maps import Doubling, Halving
from gankit.networks.translator_parts import InstanceNorm, padded

SMALL: dict[str, Network] = {
    "unet": UNetNetwork(width=4, discriminator_width=4),
    "unet-batch": UNetNetwork(width=4, discriminator_width=4, norm="batch"),
    "resnet": ResNetNetwork(width=4, discriminator_width=4, blocks=2),
}
SIDES = [((1, 8, 8), 3), ((3, 32, 32), 1), ((3, 37, 51), 3), ((2, 16, 9), 4), ((3, 64, 64), 3)]


@pytest.mark.parametrize(("shape", "outputs"), SIDES)
@pytest.mark.parametrize("name", SMALL)
def test_any_size_and_channels_in_the_right_range(name: str, shape: tuple[int, int, int], outputs: int) -> None:
    torch.manual_seed(0)
    data = DataSpec(shape=shape, other_shape=(outputs, *shape[1:]))
    translator, discriminator = SMALL[name].generator(data), SMALL[name].discriminator(data)
    images = torch.rand(2, *shape) * 2 - 1
    made: Tensor = translator(images)
    assert made.shape == (2, outputs, *shape[1:])
    assert made.abs().max() <= 1
    scores = discriminator(images)
    assert scores.shape[:2] == (2, 1)
    (made.sum() + scores.sum()).backward()
    for player in (translator, discriminator):
        for parameter in player.parameters():
            assert parameter.grad is not None
            assert parameter.grad.isfinite().all()


@pytest.mark.parametrize("name", SMALL)
def test_a_trained_translator_takes_images_of_another_size(name: str) -> None:
    data = DataSpec(shape=(3, 32, 32), other_shape=(3, 32, 32))
    translator: Any = SMALL[name].generator(data)
    assert translator.eval()(torch.zeros(1, 3, 45, 70)).shape == (1, 3, 45, 70)


@pytest.mark.parametrize("network", [SMALL["unet"], SMALL["resnet"]], ids=["unet", "resnet"])
def test_an_image_is_translated_alike_whoever_is_beside_it(network: Network) -> None:
    torch.manual_seed(0)
    if isinstance(network, UNetNetwork):
        network = replace(network, test_noise=False)
    translator: Any = network.generator(DataSpec(shape=(3, 16, 16), other_shape=(3, 16, 16))).eval()
    images = torch.rand(3, 3, 16, 16) * 2 - 1
    alone = torch.cat([translator(image[None]) for image in images])
    assert torch.allclose(translator(images), alone, atol=1e-5)


def test_instance_norm_is_torch_s() -> None:
    torch.manual_seed(0)
    ours, theirs = InstanceNorm(5), nn.InstanceNorm2d(5, affine=True)
    normal_init(ours, 0.02)
    theirs.load_state_dict(ours.state_dict())
    images = (torch.randn(3, 5, 6, 7) * 3 + 1).contiguous(memory_format=torch.channels_last)
    assert torch.allclose(ours(images), theirs(images), atol=1e-5)
    assert torch.allclose(ours(images[:1]), theirs(images[:1]), atol=1e-5)


def test_the_papers_sizes() -> None:
    """Parameter counts that are widely reported: 54.4 million and 2.77 for pix2pix, 11.4 for CycleGAN's nine blocks."""
    data = DataSpec(shape=(3, 256, 256), other_shape=(3, 256, 256))
    assert weights(UNetNetwork().generator(data)) == pytest.approx(54.4e6, rel=0.002)
    assert weights(UNetNetwork().discriminator(DataSpec(shape=(6, 256, 256)))) == pytest.approx(2.77e6, rel=0.002)
    assert weights(ResNetNetwork().generator(data)) == pytest.approx(11.4e6, rel=0.005)
    small = replace(data, shape=(3, 128, 128), other_shape=(3, 128, 128))
    assert weights(ResNetNetwork().generator(small)) == pytest.approx(7.84e6, rel=0.005)
    assert UNetNetwork(width=4).generator(data).multiple == 256
    assert UNetNetwork(width=4).generator(small).multiple == 128


def weights(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def test_a_lone_image_s_code_is_not_normalised_away() -> None:
    """The paper's erratum: one value to a map, normalised by itself, is always 0."""
    torch.manual_seed(0)
    network = UNetNetwork(width=4, dropout=0.0)
    translator = network.generator(DataSpec(shape=(1, 16, 16), other_shape=(1, 16, 16)))
    codes: list[Tensor] = []

    def keep(module: nn.Module, inputs: object, output: Tensor) -> None:
        codes.append(output)

    translator.encoder[-1].register_forward_hook(keep)
    translator(torch.rand(1, 1, 16, 16))
    assert codes[0].shape == (1, 32, 1, 1)
    assert codes[0].abs().max() > 0


def test_dropout_is_the_noise_and_is_kept_unless_it_is_not_wanted() -> None:
    torch.manual_seed(0)
    data, images = DataSpec(shape=(1, 32, 32), other_shape=(1, 32, 32)), torch.rand(1, 1, 32, 32)
    for kept in (True, False):
        translator = UNetNetwork(width=4, test_noise=kept).generator(data)
        assert not torch.equal(translator(images), translator(images))
        assert torch.equal(translator.eval()(images), translator(images)) != kept


@pytest.mark.parametrize("layers", FIELDS)
def test_a_score_sees_a_patch_of_the_side_it_is_named_by(layers: int) -> None:
    torch.manual_seed(0)
    side = FIELDS[layers]
    size = 2 * side + 64
    discriminator = patchgan(1, (size, size), patch=side, width=2, norm="batch").eval()  # type: ignore[arg-type]
    images = torch.zeros(1, 1, size, size, requires_grad=True)
    scores = discriminator(images)
    middle = scores.shape[-1] // 2
    scores[0, 0, middle, middle].backward()
    assert images.grad is not None
    touched = images.grad[0, 0].nonzero()
    extent = touched.max(0).values - touched.min(0).values + 1
    assert extent.tolist() == [side, side]


def test_pixels_are_scored_one_by_one() -> None:
    discriminator = patchgan(2, (7, 9), patch=1, width=4, norm="batch").eval()
    images = torch.randn(1, 2, 7, 9)
    scores = discriminator(images)
    assert scores.shape == (1, 1, 7, 9)
    assert torch.allclose(discriminator(images[..., 3:4, 4:5]), scores[..., 3:4, 4:5], atol=1e-6)


def test_which_patch_fits() -> None:
    assert [layers_of("auto", (side, side)) for side in (8, 28, 34, 64, 70, 256)] == [1, 1, 2, 2, 3, 3]
    assert [layers_of("full", (side, side)) for side in (16, 64, 128, 256)] == [1, 3, 4, 5]
    assert layers_of(1, (8, 8)) == 0
    assert [layers_of(70, (side, side)) for side in (28, 64, 256)] == [3, 3, 3], "the released code's, at every size"
    scores = patchgan(1, (64, 64), patch=70, width=2, norm="instance")(torch.zeros(1, 1, 64, 64))
    assert scores.shape == (1, 1, 6, 6)
    with pytest.raises(UserError, match=r"64x64 are too small for a patch of 286: take --network\.patch 142"):
        patchgan(1, (64, 64), patch=286, width=2, norm="instance")
    for patch in get_args(Patch):
        if patch not in (142, 286):
            patchgan(1, (128, 128), patch=patch, width=2, norm="instance")(torch.zeros(1, 1, 128, 128))


def test_padding_mirrors_and_is_none_where_none_is_needed() -> None:
    images = torch.arange(12.0).reshape(1, 1, 3, 4)
    assert padded(images, 1) is images
    grown = padded(images, 4)
    assert grown.shape == (1, 1, 4, 4)
    assert torch.equal(grown[..., 3, :], images[..., 1, :])
    assert padded(torch.ones(1, 1, 1, 1), 8).shape == (1, 1, 8, 8)


def test_bad_sizes_are_refused() -> None:
    data = DataSpec(shape=(1, 16, 16), other_shape=(1, 16, 16))
    with pytest.raises(UserError, match="halved 4 times, not 5"):
        UNetNetwork(depth=5).generator(data)
    with pytest.raises(UserError, match="halved 0 times, not 1"):
        UNetNetwork().generator(DataSpec(shape=(1, 1, 1), other_shape=(1, 1, 1)))
    with pytest.raises(UserError, match="8x8 is the least"):
        ResNetNetwork().generator(DataSpec(shape=(1, 4, 4), other_shape=(1, 4, 4)))
    with pytest.raises(UserError, match="dropout"):
        UNetNetwork(dropout=1.0)
    with pytest.raises(UserError, match="convolutional network needs images"):
        UNetNetwork().generator(DataSpec(shape=(2,), other_shape=(2,)))


def test_one_way_is_one_way() -> None:
    data = DataSpec(shape=(1, 8, 8), other_shape=(1, 8, 8))
    for name in ("unet", "resnet"):
        translator = SMALL[name].generator(data)
        assert isinstance(translator, Translator)
        assert not translator.two_way
        with pytest.raises(UserError, match="one way only"):
            translator(torch.zeros(1, 1, 8, 8), backwards=True)


@pytest.mark.parametrize("size", [(2, 2), (4, 6), (8, 8)])
@pytest.mark.parametrize("kind", [Halving, Doubling])
def test_few_positions_give_what_the_convolution_gives(kind: Any, size: tuple[int, int]) -> None:
    torch.manual_seed(0)
    ours = kind(3, 5, bias=True)
    ours.to(memory_format=torch.channels_last)
    plain = nn.Conv2d if kind is Halving else nn.ConvTranspose2d
    theirs = plain(3, 5, 4, 2, 1)
    theirs.load_state_dict(ours.state_dict())
    images = torch.randn(1, 3, *size).contiguous(memory_format=torch.channels_last)
    results: list[tuple[Any, ...]] = []
    layers: tuple[Any, Any] = (ours, theirs)
    for layer in layers:
        given = images.clone().requires_grad_()
        made = layer(given)
        made.square().sum().backward()
        results.append((made, given.grad, layer.weight.grad, layer.bias.grad))
    for mine, other in zip(*results, strict=True):
        assert torch.allclose(mine, other, atol=1e-4)


def test_many_positions_are_left_to_the_convolution(monkeypatch: pytest.MonkeyPatch) -> None:
    layer, images = Halving(1, 1, bias=False), torch.zeros(1, 1, 32, 32)
    called: list[Tensor] = []

    def forward(self: nn.Module, input: Tensor) -> Tensor:
        called.append(input)
        return input[..., ::2, ::2]

    monkeypatch.setattr(nn.Conv2d, "forward", forward)
    layer(images)
    assert called[0] is images
    layer(images[..., :16, :16])
    assert len(called) == 1
