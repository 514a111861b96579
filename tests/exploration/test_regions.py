"""Maps over images, against discriminators whose deciding regions are known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from gankit.base.errors import UserError
from gankit.exploration.regions import occlusion, regions, saliency
from gankit.game.batch import DataSpec
from gankit.networks import ConvAutoencoder


class Corner(nn.Module):
    """Looks at the upper left quarter alone: brighter is more real."""

    def forward(self, images: Tensor) -> Tensor:
        return images[:, :, :8, :8].mean((1, 2, 3))


class Patches(nn.Module):
    """Scores of 4x4 patches: their brightness."""

    def forward(self, images: Tensor) -> Tensor:
        return nn.functional.avg_pool2d(images, 4).mean(1, keepdim=True)


def groups(channels: int = 1) -> dict[str, tuple[Tensor, Tensor | None]]:
    bright, dark = torch.ones(2, channels, 16, 16), -torch.ones(3, channels, 16, 16)
    return {"real": (bright, None), "generated": (dark, None)}


def test_occlusion_finds_the_corner_that_decides() -> None:
    found = regions(Corner(), groups(), how="occlusion", filling=torch.zeros(1, 16, 16))
    real, fake = found.of["real"].maps, found.of["generated"].maps
    assert real.shape == (2, 1, 16, 16)
    assert real[..., :7, :7].min() > 0
    assert real[..., 10:, 10:].abs().max() == 0
    torch.testing.assert_close(fake[:2], -real)
    assert found.of["real"].scores.tolist() == [1, 1]


@pytest.mark.parametrize("size", [(5, 7), (16, 16), (3, 20)])
def test_every_place_is_covered(size: tuple[int, int]) -> None:
    class Mean(nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            return images.mean((1, 2, 3))

    maps = occlusion(Mean(), torch.ones(1, 1, *size), None, torch.zeros(1, *size))
    assert torch.isfinite(maps).all()
    assert maps.min() > 0


def test_saliency_is_the_score_s_slope() -> None:
    maps = saliency(Corner(), torch.rand(3, 2, 16, 16), None)
    expected = torch.zeros(3, 1, 16, 16)
    expected[..., :8, :8] = 1 / 128
    torch.testing.assert_close(maps, expected)


def test_a_map_of_scores_lies_over_its_patches() -> None:
    image = -torch.ones(1, 1, 16, 16)
    image[..., :8, 8:] = 1
    found = regions(Patches(), {"real": (image, None)})
    assert found.how == "patches"
    maps = found.of["real"].maps[0, 0]
    assert maps[:4, 12:].min() > 0 > maps[:4, :4].max()
    assert found.numbers["real"]["scores"] == [-0.5]


def test_an_auto_encoder_has_patches_and_others_do_not() -> None:
    torch.manual_seed(0)
    network = ConvAutoencoder(width=4).discriminator(DataSpec(shape=(1, 16, 16))).eval()
    assert regions(network, groups()).how == "patches"
    assert regions(Corner(), groups()).how == "occlusion"
    with pytest.raises(UserError, match="scores whole images, not patches"):
        regions(Corner(), groups(), how="patches")


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_maps_become_a_picture(channels: int) -> None:
    found = regions(Corner(), groups(channels), how="gradient")
    assert np.asarray(found.picture()).std() > 10
    assert found.numbers["generated"]["largest magnitude"] > 0
