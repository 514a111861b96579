"""FastGAN: its losses against their closed forms, its gates and decoders against what they should do, and any size."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gankit.base.errors import UserError
from gankit.game import DataSpec, Images, Players
from gankit.methods.fastgan import FastGAN
from gankit.networks import FastGANNetwork
from gankit.networks.fastgan import Excitation, Gated, SelfSupervised, channels
from gankit.networks.fixed import fixed

SMALL = FastGANNetwork(width=2, discriminator_width=2, latent=5)
SHAPES = [(3, 64, 64), (1, 28, 28), (4, 8, 8), (3, 37, 51), (3, 9, 40), (3, 128, 128)]


class Stub(nn.Module):
    """Scores of two places, and a reconstruction that is off by 3."""

    def forward(self, data: Tensor) -> dict[str, Tensor]:
        return {"score": torch.stack([data[:, 0], 2 * data[:, 0]], 1)}

    def unlike(self, maps: dict[str, Tensor], images: Tensor) -> Tensor:
        assert len(maps["score"]) == len(images)
        return torch.tensor(3.0)


class Line(nn.Module):
    def sample(self, n: int) -> Tensor:
        return torch.linspace(-1, 1, n)[:, None]


def test_the_losses_are_a_hinge_and_the_reconstruction_of_data_alone() -> None:
    players, real = Players(Line(), Stub()), torch.tensor([[0.25], [2.0], [-1.0]])
    found = FastGAN(reconstruction=2.0).discriminator_loss(players, Images(real))
    assert found["real"] == pytest.approx((0.75 + 0.5 + 0 + 0 + 2 + 3) / 6)
    assert found["fake"] == pytest.approx((0 + 0 + 1 + 1 + 2 + 3) / 6)
    assert found["reconstruction"] == pytest.approx(6)
    assert "reconstruction" not in FastGAN(reconstruction=0.0).discriminator_loss(players, Images(real))
    assert FastGAN().generator_loss(players, Images(real + 1))["score"] == pytest.approx(0)


@pytest.mark.parametrize("shape", SHAPES)
def test_images_of_any_size(shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    generator, discriminator = FastGAN(network=SMALL).players(DataSpec(shape=shape))
    images = generator.sample(3)
    assert images.shape == (3, *shape)
    assert images.abs().max() <= 1
    answer = discriminator(images)
    assert answer["score"].shape[:2] == (3, 1)
    (answer["score"].sum() + discriminator.unlike(answer, images.detach())).backward()
    assert all(parameter.grad is not None for parameter in generator.parameters())
    assert all(parameter.grad is not None for parameter in discriminator.parameters())


def test_at_256_pixels_they_are_the_paper_s() -> None:
    """Scores of 5x5, maps of 8x8 and 16x16, decoders up to 128x128, gates from 4x4 to 64x64 (figures 3, 4)."""
    assert [channels(stage, 64) for stage in range(7)] == [1024, 512, 256, 128, 128, 64, 32]
    with torch.device("meta"):
        generator: Any = SMALL.generator(DataSpec(shape=(3, 256, 256)))
        discriminator = SelfSupervised(DataSpec(shape=(3, 256, 256)), 2, None)
        answer = discriminator(torch.zeros(2, 3, 256, 256))
        whole, part = discriminator.whole(answer["coarse"]), discriminator.part(answer["fine"][:, :, :8, :8])
    assert len(generator.excitations) == 3
    assert answer["score"].shape[2:] == (5, 5)
    assert (answer["coarse"].shape[2:], answer["fine"].shape[2:]) == ((8, 8), (16, 16))
    assert (whole.shape[2:], part.shape[2:]) == ((128, 128), (128, 128))


def test_a_gate_multiplies_channels_by_what_it_makes_of_a_small_map() -> None:
    gate: Any = Excitation(2, 3, (8, 8))
    with torch.no_grad():
        for part in gate.parameters():
            part.zero_()
        gate[-2].bias.copy_(torch.tensor([0.0, 20.0, -20.0]))
    factors = gate(torch.randn(5, 2, 8, 8))
    torch.testing.assert_close(factors[:, :, 0, 0], torch.tensor([0.5, 1.0, 0.0]).expand(5, 3))
    generator: Any = FastGANNetwork(width=2, latent=5).generator(DataSpec(shape=(3, 64, 64)))
    torch.manual_seed(0)
    latents = torch.randn(4, 5)
    with torch.no_grad():
        before = generator.eval()(latents)
        for part in generator.excitations.parameters():
            part.zero_()
        generator.excitations[0][-2].bias.fill_(-40.0)
        shut = generator(latents)
    assert before.std() > 0
    torch.testing.assert_close(shut, generator.last(torch.zeros(4, generator.last[0].in_channels, 64, 64)))


def test_the_gated_unit_is_glu() -> None:
    maps = torch.randn(2, 6, 3, 3, requires_grad=True)
    ours, theirs = Gated()(maps), F.glu(maps, 1)
    torch.testing.assert_close(ours, theirs)
    gradients = [torch.autograd.grad(output.square().sum(), maps)[0] for output in (ours, theirs)]
    torch.testing.assert_close(*gradients)


@pytest.mark.parametrize("side", [64, 32])
def test_a_part_is_rebuilt_from_the_maps_of_that_part(side: int) -> None:
    """Where the maps are the picture itself, made small, what the decoder is given is what it has to draw."""
    torch.manual_seed(0)
    discriminator: Any = SelfSupervised(DataSpec(shape=(1, side, side)), 2, None)
    images = torch.rand(2, 1, side, side) * 2 - 1
    fine = F.interpolate(images, (side // 4, side // 4), mode="area")
    fine = fine if side == 64 else F.interpolate(images, (16, 16), mode="area")
    places = set()
    discriminator.whole, discriminator.part = nn.Identity(), nn.Identity()
    for _ in range(20):
        (whole, all_of_it), (made, truth) = discriminator.rebuilt({"fine": fine, "coarse": images}, images)
        assert torch.equal(whole, all_of_it)
        assert made.shape[2:] == (8, 8)
        torch.testing.assert_close(made, truth)
        places.add(made[0, 0, 0, 0].item())
    assert len(places) > 10


def test_unlikeness_is_the_squared_distance_of_unit_maps_summed_over_scales() -> None:
    eyes = fixed("photos-cnn")
    images, others = torch.rand(2, 3, 32, 32) * 2 - 1, torch.rand(2, 3, 32, 32) * 2 - 1
    assert eyes.unlike(images, images) == 0
    expected = 0.0
    for ours, theirs in zip(eyes(images), eyes(others), strict=True):
        expected += float(2 - 2 * F.cosine_similarity(ours, theirs).mean())
    assert eyes.unlike(images, others).item() == pytest.approx(expected, abs=1e-4)


def test_decoders_learn_from_data_and_reach_no_generator() -> None:
    torch.manual_seed(0)
    method = FastGAN(network=FastGANNetwork(width=4, discriminator_width=8, eyes=None))
    discriminator: Any = method.players(DataSpec(shape=(1, 16, 16))).discriminator
    images = F.interpolate(torch.rand(8, 1, 4, 4), (16, 16), mode="bilinear") * 2 - 1
    learner = torch.optim.Adam(discriminator.parameters(), 3e-3)
    found = []
    for _ in range(60):
        loss = discriminator.unlike(discriminator(images), images)
        learner.zero_grad()
        loss.backward()
        learner.step()
        found.append(loss.item())
    assert found[-1] < found[0] / 2


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(UserError, match="images of 8x8 at least: take --size 8"):
        FastGAN(network=SMALL).players(DataSpec(shape=(3, 7, 64)))
    with pytest.raises(UserError, match="photos-cnn takes 1, 3 or 4 channels, not 2"):
        FastGAN(network=SMALL).players(DataSpec(shape=(2, 16, 16)))
    assert FastGAN().pretrained == "CIFAR-10"
    assert FastGAN(reconstruction=0.0).pretrained == ""
