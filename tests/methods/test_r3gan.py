"""R3GAN: its losses against their closed forms, its networks against the paper's size and their own mirror image."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gankit.base.errors import UserError
from gankit.game import Images, Players
from gankit.game.batch import DataSpec
from gankit.losses.penalties import squared_slope
from gankit.methods.r3gan import R3GAN
from gankit.networks import MLP, R3GANNetwork
from gankit.networks.r3gan import Downsample, Upsample

SMALL = R3GANNetwork(width=8, blocks=1, group_width=4, latent=5)
SHAPES = [(3, 32, 32), (1, 28, 28), (3, 64, 64), (3, 37, 51), (1, 8, 8), (2, 16, 9), (4, 5, 3), (1, 1, 1), (3, 9, 40)]


class Slope(nn.Module):
    """Scores with a gradient of 3 in every of the two numbers of a point, and so of squared length 18."""

    def forward(self, data: Tensor) -> Tensor:
        return 3 * data.sum(1)


class Line(nn.Module):
    def sample(self, n: int) -> Tensor:
        return torch.linspace(-1, 1, n)[:, None].repeat(1, 2)


def test_the_losses_are_softplus_of_differences_and_half_the_squared_slopes() -> None:
    players, real = Players(Line(), Slope()), torch.tensor([[0.5, 0.0], [0.1, 0.1], [-1.0, 0.0]])
    on_data, on_samples = 3 * real.sum(1), torch.tensor([-6.0, 0.0, 6.0])
    found = R3GAN(r1=0.5, r2=2.0).discriminator_loss(players, Images(real))
    assert found["relativistic"] == pytest.approx(F.softplus(on_samples - on_data).mean().item())
    assert (found["r1"], found["r2"]) == pytest.approx((0.5 / 2 * 18, 2 / 2 * 18))
    made = R3GAN().generator_loss(players, Images(real))["relativistic"]
    assert made == pytest.approx(F.softplus(on_data - on_samples).mean().item())
    absolute = R3GAN(relativistic=False, r2=0.0).discriminator_loss(players, Images(real))
    assert absolute.keys() == {"real", "fake", "r1"}
    assert absolute["real"] == pytest.approx(F.softplus(-on_data).mean().item())
    assert absolute["fake"] == pytest.approx(F.softplus(on_samples).mean().item())


def test_the_slope_s_square_is_summed_over_pixels_and_differentiable() -> None:
    weight = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    penalty = squared_slope(lambda data: data @ weight, torch.randn(7, 3))
    assert penalty.item() == pytest.approx(14)
    penalty.backward()
    assert weight.grad is not None
    torch.testing.assert_close(weight.grad, 2 * weight.detach())


@pytest.mark.parametrize("shape", SHAPES)
def test_images_of_any_size(shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    generator, discriminator = R3GAN(network=SMALL).players(DataSpec(shape=shape))
    images = generator.sample(3)
    assert images.shape == (3, *shape)
    scores = discriminator(images)
    assert scores.shape == (3,)
    (scores.sum() + squared_slope(discriminator, images)).backward()
    assert all(parameter.grad is not None for parameter in generator.parameters())
    assert generator.eval().sample(50).abs().max() <= 1


def test_at_32_pixels_they_have_the_paper_s_parameters() -> None:
    """20.7 million each (table 1's Config E on StackedMNIST)."""
    with torch.device("meta"):
        players = R3GAN().players(DataSpec(shape=(3, 32, 32)))
    for player in players:
        assert sum(parameter.numel() for parameter in player.parameters()) == pytest.approx(20.7e6, rel=0.003)


def test_blocks_add_nothing_at_first() -> None:
    torch.manual_seed(0)
    generator, _ = R3GAN(network=SMALL).players(DataSpec(shape=(1, 16, 16)))
    blocks = [part for part in generator.modules() if type(part).__name__ == "Block"]
    features = torch.randn(2, 8, 4, 4)
    assert len(blocks) == 3
    assert all(torch.equal(block(features), features) for block in blocks)


@pytest.mark.parametrize("size", [(8, 8), (7, 12), (5, 3)])
def test_resampling_is_the_filter_1_2_1(size: Any) -> None:
    maps = torch.randn(2, 3, *size)
    line = torch.tensor([1.0, 2.0, 1.0]) / 4
    kernel = torch.outer(line, line).expand(3, 1, 3, 3)
    torch.testing.assert_close(Downsample()(maps), F.conv2d(maps, kernel, stride=2, padding=1, groups=3))
    for large in ((2 * size[0], 2 * size[1]), (2 * size[0] - 1, 2 * size[1] - 1)):
        more = [big - 2 * small + 1 for small, big in zip(size, large, strict=True)]
        expected = F.conv_transpose2d(maps, 4 * kernel, None, 2, 1, more, 3)
        torch.testing.assert_close(Upsample(large)(maps), expected)


def test_larger_images_have_fewer_channels_near_them() -> None:
    network = R3GANNetwork()
    assert [network.channels((side, side)) for side in (4, 32, 64, 128, 256)] == [768, 768, 384, 192, 96]
    generator = network.generator(DataSpec(shape=(3, 8, 8)))
    first = next(part for part in generator.modules() if isinstance(part, nn.Conv2d))
    assert first.weight.std().item() == pytest.approx(math.sqrt(2 / 1.04 / 768) * 4**-0.25, rel=0.01)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(UserError, match="can't be negative"):
        R3GAN(r1=-1)
    with pytest.raises(UserError, match="ties samples together"):
        R3GAN(network=MLP(minibatch=3))
    with pytest.raises(UserError, match="group-width must be at least 1"):
        R3GANNetwork(group_width=0)
