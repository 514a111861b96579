"""Networks that take labels, and those of AC-GAN and InfoGAN: every shape, the paper's sizes, labels that matter."""

from __future__ import annotations

from functools import partial

import pytest
import torch
from torch import Tensor, nn

from gankit.base.errors import UserError
from gankit.game import Network
from gankit.game.batch import DataSpec
from gankit.game.prior import Codes
from gankit.networks import ACGANNetwork, CGANNetwork, ConditionalDCGAN, InfoGANNetwork, MaxoutMLP
from gankit.networks.infogan import recogniser
from gankit.networks.parts import LabelEverywhere, Maxout

SHAPES = [(1, 8, 8), (3, 32, 32), (1, 28, 28), (3, 37, 51), (2, 16, 9), (4, 5, 3), (1, 1, 1), (3, 9, 40)]
CONDITIONAL: dict[str, Network] = {
    "cgan": CGANNetwork(generator_widths=(8, 9, 10), units=(6, 5, 7), pieces=(2, 3, 4)),
    "conditional-dcgan": ConditionalDCGAN(width=4, hidden=8),
    "conditional-dcgan-gains": ConditionalDCGAN(width=4, hidden=8, kernel=4, gains=True),
}
DIGITS = tuple("0123456789")


def spec(*shape: int, classes: int = 10) -> DataSpec:
    return DataSpec(shape=shape, classes=DIGITS[:classes], bounded=len(shape) == 3)


def linears(module: nn.Module) -> list[tuple[int, int]]:
    return [(layer.in_features, layer.out_features) for layer in module.modules() if isinstance(layer, nn.Linear)]


def convolutions(module: nn.Module) -> list[tuple[int, int]]:
    layers = [layer for layer in module.modules() if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d)]
    return [(layer.in_channels, layer.out_channels) for layer in layers]


@pytest.mark.parametrize("classes", [2, 10])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", CONDITIONAL)
def test_any_shape_and_any_number_of_classes(name: str, shape: tuple[int, ...], classes: int) -> None:
    torch.manual_seed(0)
    data = spec(*shape, classes=classes)
    generator, discriminator = CONDITIONAL[name].generator(data), CONDITIONAL[name].discriminator(data)
    assert generator.classes == classes
    images = generator.sample(3)
    assert images.shape == (3, *shape)
    assert images.abs().max() <= 1
    scores = discriminator(images, torch.tensor([0, 1, 0]))
    assert scores.shape == (3,)
    scores.sum().backward()
    for player in (generator, discriminator):
        for parameter in player.parameters():
            assert parameter.grad is not None


@pytest.mark.parametrize("name", CONDITIONAL)
def test_both_players_read_every_label(name: str) -> None:
    torch.manual_seed(0)
    data = spec(1, 8, 8)
    generator, discriminator = CONDITIONAL[name].generator(data).eval(), CONDITIONAL[name].discriminator(data).eval()
    latents, labels = generator.prior.draw(1).expand(10, -1), torch.arange(10)
    images = generator(latents, labels)
    assert len(images.flatten(1).unique(dim=0)) == 10
    scores = discriminator(images[:1].expand(10, -1, -1, -1), labels)
    assert len(scores.unique()) == 10


@pytest.mark.parametrize("name", CONDITIONAL)
def test_a_sample_does_not_depend_on_the_others_of_its_batch(name: str) -> None:
    torch.manual_seed(0)
    generator = CONDITIONAL[name].generator(spec(1, 8, 8)).eval()
    latents, labels = generator.prior.draw(6), torch.tensor([3, 3, 3, 1, 2, 0])
    torch.testing.assert_close(generator(latents, labels)[:1], generator(latents[:1], labels[:1]))


def test_samples_may_be_normalised_by_their_own_batch_as_in_dcgan_s_code() -> None:
    """A trained generator then makes of a batch what it makes of it in training, and of one alone nothing."""
    torch.manual_seed(0)
    network = ConditionalDCGAN(width=4, hidden=8, sample_norm="batch")
    generator, usual = network.generator(spec(1, 8, 8)), CONDITIONAL["conditional-dcgan"].generator(spec(1, 8, 8))
    latents, labels = generator.prior.draw(6), torch.tensor([3, 3, 3, 1, 2, 0])
    assert torch.equal(generator.train()(latents, labels), generator.eval()(latents, labels))
    assert not torch.allclose(generator(latents, labels)[:2], generator(latents[:2], labels[:2]))
    usual.load_state_dict(generator.state_dict(), strict=False)
    assert torch.equal(usual.train()(latents, labels), generator(latents, labels)), "they are trained alike"
    for player in (generator, generator.train()):
        with pytest.raises(UserError, match="one alone has no spread: make two or more"):
            player(latents[:1], labels[:1])


def test_the_cgan_paper_s_networks() -> None:
    generator, discriminator = CGANNetwork().generator(spec(1, 28, 28)), CGANNetwork().discriminator(spec(1, 28, 28))
    assert linears(generator) == [(100, 200), (10, 1000), (1200, 1200), (1200, 784)]
    maxouts = [(layer.linear.in_features, layer.pieces) for layer in discriminator.modules() if type(layer) is Maxout]
    assert maxouts == [(784, 5), (10, 5), (290, 4)]
    assert linears(discriminator) == [(784, 1200), (10, 250), (290, 960), (240, 1)]
    for player in (generator, discriminator):
        assert [layer.p for layer in player.modules() if isinstance(layer, nn.Dropout)] == [0.5] * 3
    latents = CGANNetwork(prior="cube").generator(spec(1, 28, 28)).prior.draw(10_000)
    assert 0 <= latents.min() <= latents.max() <= 1
    assert latents.mean().item() == pytest.approx(0.5, abs=0.01)


def test_the_cgan_s_pixels_start_at_their_means() -> None:
    mean = torch.linspace(-0.9, 0.9, 16).reshape(1, 4, 4)
    generator = CGANNetwork().generator(DataSpec(shape=(1, 4, 4), classes=DIGITS, mean=mean))
    last = [layer for layer in generator.modules() if isinstance(layer, nn.Linear)][-1]
    torch.testing.assert_close(last.bias.sigmoid() * 2 - 1, mean.flatten())


@pytest.mark.parametrize("network", [CGANNetwork(), MaxoutMLP()])
@pytest.mark.parametrize("side", [28, 4])
def test_the_first_papers_networks_start_as_in_gan_s_released_code(network: Network, side: int) -> None:
    """Its bounds in layers of as many inputs; the discriminator's first has another number on other data."""
    mean = torch.full((1, side, side), 0.5)
    data = DataSpec(shape=(1, side, side), classes=DIGITS, mean=mean)
    generator, discriminator = network.generator(data), network.discriminator(data)
    for player, bound in ((generator, 0.05), (discriminator, 0.005)):
        layers = [layer for layer in player.modules() if isinstance(layer, nn.Linear)]
        first, *others = [float(layer.weight.detach().abs().max()) for layer in layers]
        of_first = bound if player is generator else bound * 28 / side
        assert 0.9 * of_first < first <= of_first
        assert all(0.9 * bound < found <= bound * 1.0001 for found in others)
        assert not any(bool(layer.bias.any()) for layer in layers[:-1])
    last = [layer for layer in generator.modules() if isinstance(layer, nn.Linear)][-1]
    torch.testing.assert_close(last.bias.sigmoid() * 2 - 1, mean.flatten())
    latents = generator.prior.draw(1000)
    assert latents.mean().item() == pytest.approx(0, abs=0.02)
    assert latents.std().item() == pytest.approx(1, abs=0.02)


def test_cgan_takes_points_which_are_unbounded() -> None:
    data = spec(2, classes=8)
    generator, discriminator = CGANNetwork().generator(data), CGANNetwork().discriminator(data)
    assert nn.Sigmoid not in [type(layer) for layer in generator.modules()]
    assert discriminator(generator.sample(3), torch.tensor([0, 1, 7])).shape == (3,)
    for network in (ConditionalDCGAN(), ACGANNetwork(), InfoGANNetwork()):
        with pytest.raises(UserError, match=r"needs images, not vectors of 2 numbers: take another --network"):
            network.generator(data)


def test_dcgan_s_conditional_networks_at_28() -> None:
    """The label, 10 more inputs, joins every layer; no bias anywhere, no gains."""
    data = spec(1, 28, 28)
    generator, discriminator = ConditionalDCGAN().generator(data), ConditionalDCGAN().discriminator(data)
    assert linears(generator) == [(110, 1024), (1034, 128 * 7 * 7)]
    assert convolutions(generator) == [(138, 64), (74, 1)]
    assert convolutions(discriminator) == [(11, 64), (74, 128)]
    assert linears(discriminator) == [(128 * 7 * 7 + 10, 1024), (1034, 1)]
    for player in (generator, discriminator):
        assert all("weight" in name and parameter.dim() > 1 for name, parameter in player.named_parameters())
        assert sum(isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d) for layer in player.modules()) == (
            3 if player is generator else 2
        )
    with_gains = ConditionalDCGAN(gains=True).generator(data)
    assert sum(parameter.dim() == 1 for parameter in with_gains.parameters()) == 6


def test_the_label_joins_what_every_block_takes() -> None:
    class Show(nn.Module):
        def forward(self, input: Tensor) -> Tensor:
            seen.append(input)
            return input[:, :1] if input.dim() == 4 else input

    seen: list[Tensor] = []
    body = LabelEverywhere(3, nn.Sequential(Show(), nn.Flatten()), Show(), preprocess=nn.Identity())
    images = torch.randn(2, 1, 2, 3)
    body(images, torch.tensor([2, 0]))
    maps = torch.zeros(2, 3, 2, 3)
    maps[0, 2], maps[1, 0] = 1, 1
    torch.testing.assert_close(seen[0], torch.cat([images, maps], 1))
    torch.testing.assert_close(seen[1], torch.cat([images.flatten(1), torch.eye(3)[[2, 0]]], 1))


def test_ac_gan_s_networks_at_32() -> None:
    data = spec(3, 32, 32)
    generator = ACGANNetwork().generator(data, classes=10)
    assert linears(generator) == [(110, 384 * 4 * 4)]
    assert convolutions(generator) == [(384, 192), (192, 96), (96, 3)]
    trunk = ACGANNetwork(noise=0.1).trunk(data)
    assert convolutions(trunk) == [(3, 16), (16, 32), (32, 64), (64, 128), (128, 256), (256, 512)]
    assert [layer.stride[0] for layer in trunk if isinstance(layer, nn.Conv2d)] == [2, 1, 2, 1, 2, 1]
    assert [layer.p for layer in trunk if isinstance(layer, nn.Dropout)] == [0.5] * 6
    assert trunk.width == 512 * 4 * 4
    images = torch.randn(2, 3, 32, 32)
    assert not torch.equal(trunk(images), trunk(images))
    trunk.eval()
    torch.testing.assert_close(trunk(images), trunk(images), rtol=0, atol=0)


def test_infogan_s_networks_at_28() -> None:
    data = spec(1, 28, 28)
    network = InfoGANNetwork()
    generator = network.generator(data, prior=Codes())
    assert linears(generator) == [(74, 1024), (1024, 128 * 7 * 7)]
    assert convolutions(generator) == [(128, 64), (64, 1)]
    players = network.heads(data, score=1, codes=partial(recogniser, outputs=14, hidden=128, leak=0.1))
    assert convolutions(players) == [(1, 64), (64, 128)]
    assert linears(players) == [(128 * 7 * 7, 1024), (1024, 1), (1024, 128), (128, 14)]
    answers = players(torch.zeros(5, 1, 28, 28))
    assert {name: answer.shape for name, answer in answers.items()} == {"score": (5,), "codes": (5, 14)}
    slopes = {layer.negative_slope for layer in players.modules() if isinstance(layer, nn.LeakyReLU)}
    assert slopes == {0.1}
    assert players.get_parameter("heads.codes.0.weight").std().item() == pytest.approx(0.02, rel=0.05)
    assert players.get_parameter("heads.codes.1.weight").mean().item() == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: CGANNetwork(units=(0, 1, 1)), "at least 1"),
        (lambda: CGANNetwork(dropout=1.0), "below 1"),
        (lambda: ConditionalDCGAN(width=0), "at least 1"),
        (lambda: ACGANNetwork(generator_widths=()), "needs at least one layer"),
        (lambda: ACGANNetwork(discriminator_widths=(4, 0)), "at least 1"),
        (lambda: ACGANNetwork(noise=-0.1), "can't be negative"),
        (lambda: InfoGANNetwork(hidden=0), "at least 1"),
    ],
)
def test_sizes_that_can_t_be(wrong: object, words: str) -> None:
    assert callable(wrong)
    with pytest.raises(UserError, match=words):
        wrong()
