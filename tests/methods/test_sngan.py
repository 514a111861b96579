"""SNGAN: its hinge and its projection against their closed forms, its networks against the paper's table."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from gankit.base.errors import UserError
from gankit.game import Images, Players
from gankit.game.batch import DataSpec
from gankit.losses.objectives import fake_hinge, real_hinge
from gankit.methods.sngan import SNGAN
from gankit.networks import DCGANNetwork, Projection, SNGANNetwork
from gankit.networks.parts import SpectralConv2d, SpectralLinear
from tests.methods.digits import distances_to_digits

DIGITS = tuple("0123456789")
SHAPES = [(3, 32, 32), (1, 28, 28), (3, 64, 64), (3, 37, 51), (1, 8, 8), (2, 16, 9), (4, 5, 3), (1, 1, 1), (3, 9, 40)]


def test_the_hinge_is_its_closed_form() -> None:
    scores = torch.tensor([-3.0, -1.0, 0.0, 0.5, 2.0])
    assert real_hinge(scores) == pytest.approx((4 + 2 + 1 + 0.5 + 0) / 5)
    assert fake_hinge(scores) == pytest.approx((0 + 0 + 1 + 1.5 + 3) / 5)


def test_the_losses_are_equations_16_and_17() -> None:
    class Judge(nn.Module):
        def forward(self, data: Tensor) -> Tensor:
            return data[:, 0, 0, 0]

    class Maker(nn.Module):
        def sample(self, n: int) -> Tensor:
            return torch.linspace(-2, 2, n)[:, None, None, None]

    players = Players(Maker(), Judge())
    real = torch.tensor([0.0, 3.0, -1.0])[:, None, None, None]
    losses = SNGAN().discriminator_loss(players, Images(real))
    assert losses["real"] == pytest.approx(1.0)
    assert losses["fake"] == pytest.approx((0 + 1 + 3) / 3)
    assert SNGAN(generator_batches=3).generator_loss(players, Images(real))["score"] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("classes", [0, 10])
@pytest.mark.parametrize("shape", SHAPES)
def test_images_of_any_size_with_labels_and_without(shape: tuple[int, ...], classes: int) -> None:
    torch.manual_seed(0)
    data = DataSpec(shape=shape, classes=DIGITS[:classes])
    method = SNGAN(network=SNGANNetwork(width=8, discriminator_width=8), conditional=classes > 0)
    generator, discriminator = method.players(data)
    images = generator.sample(3)
    assert images.shape == (3, *shape)
    assert images.abs().max() <= 1
    scores = discriminator(images, *([torch.tensor([0, 1, 0])] if classes else []))
    assert scores.shape == (3,)
    scores.sum().backward()
    assert all(parameter.grad is not None for player in (generator, discriminator) for parameter in player.parameters())


def test_at_32_pixels_they_are_table_4() -> None:
    generator, discriminator = SNGAN().players(DataSpec(shape=(3, 32, 32)))
    assert [block.size for block in generator.blocks] == [(8, 8), (16, 16), (32, 32)]
    assert generator.project.shape == (4, 4, 256)
    blocks = [part for part in discriminator.modules() if type(part).__name__ == "ResidualDown"]
    assert [block.halves for block in blocks] == [True, True, False, False]
    assert [block.conv1.out_channels for block in blocks] == [128] * 4


def test_every_layer_of_the_discriminator_is_spectrally_normalised() -> None:
    for network in (SNGANNetwork(width=8, discriminator_width=8), SNGAN.preset("small").network):
        players = SNGAN(network=network, conditional=True).players(DataSpec(shape=(3, 32, 32), classes=DIGITS))
        layers = [part for part in players.discriminator.modules() if isinstance(part, nn.Linear | nn.Conv2d)]
        assert len(layers) > 4
        assert all(isinstance(layer, SpectralLinear | SpectralConv2d) for layer in layers)


def test_projection_adds_an_inner_product_with_the_label() -> None:
    torch.manual_seed(0)
    network = DCGANNetwork(width=4, discriminator_norm="spectral")
    data = DataSpec(shape=(1, 16, 16), classes=DIGITS)
    judge = Projection(network.trunk(data), 10).eval()
    images = torch.randn(10, 1, 16, 16)
    with torch.no_grad():
        features = judge.trunk(images)
        plain = judge.score(features).squeeze(1)
        directions = judge.embedding(torch.eye(10))
        torch.testing.assert_close(judge(images, torch.arange(10)), plain + (directions * features).sum(1))
        assert torch.linalg.matrix_norm(directions, 2) < 2  # the singular value, to some rounds of the iteration


def test_labels_decide_what_a_conditional_generator_makes() -> None:
    torch.manual_seed(0)
    network = SNGANNetwork(width=8)
    generator: Any = network.generator(DataSpec(shape=(1, 8, 8), classes=DIGITS), classes=10).eval()
    latents = generator.prior.draw(2)
    same = generator(latents, torch.tensor([3, 3]))
    torch.testing.assert_close(same, generator(latents, torch.tensor([5, 5])))  # until a class has learned its own
    with torch.no_grad():
        generator.blocks[0].norm1.shift[5] += 1
    assert not torch.allclose(same, generator(latents, torch.tensor([5, 5])))
    torch.testing.assert_close(same, generator(latents, torch.tensor([3, 3])))


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(UserError, match="under spectral norm"):
        SNGAN(network=DCGANNetwork()).players(DataSpec(shape=(1, 8, 8)))
    with pytest.raises(UserError, match="at least 1"):
        SNGAN(discriminator_steps=0)


@pytest.mark.long
def test_it_learns_digits() -> None:
    small = SNGAN.preset("small")
    method = replace(small, network=replace(small.network, width=16), batch_size=32)
    before, after = distances_to_digits(method, 200)
    assert after < before / 2
