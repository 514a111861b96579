"""Jitter: a crop of the enlarged image, mirrored or not, the same for what is given together."""

from __future__ import annotations

import pytest
import torch

from gankit.game.jitter import jittered


def ramp(n: int, height: int, width: int) -> torch.Tensor:
    """Images that tell their columns: from -1 at the left to 1 at the right."""
    return torch.linspace(-1, 1, width).expand(n, 1, height, width)


def test_scale_one_without_mirror_changes_nothing() -> None:
    images = torch.rand(3, 2, 8, 9) * 2 - 1
    assert torch.equal(jittered(images, scale=1.0, mirror=False), images)


def test_a_mirror_turns_about_half_of_them() -> None:
    torch.manual_seed(0)
    seen = jittered(ramp(400, 4, 6), scale=1.0, mirror=True)
    turned = seen[:, 0, 0, 0] > 0
    assert turned.float().mean() == pytest.approx(0.5, abs=0.1)
    assert torch.equal(seen[turned], ramp(int(turned.sum()), 4, 6).flip(-1))


def test_crops_are_everywhere_in_the_enlarged_image_and_stay_in_range() -> None:
    torch.manual_seed(0)
    images = ramp(200, 16, 16)
    seen = jittered(images, scale=1.25, mirror=False)
    assert seen.shape == images.shape
    assert seen.abs().max() <= 1
    slope = (seen[:, 0, 8, 12] - seen[:, 0, 8, 4]) / (images[:, 0, 8, 12] - images[:, 0, 8, 4])
    assert slope == pytest.approx(torch.full((200,), 0.8), abs=0.02)  # enlarged by 5/4
    assert len(seen[:, 0, 8, 8].round(decimals=3).unique()) == 5  # 20 columns leave five places for 16


def test_what_is_stacked_in_channels_is_cropped_alike() -> None:
    torch.manual_seed(0)
    images = torch.rand(4, 1, 10, 10) * 2 - 1
    seen = jittered(torch.cat([images, -images], 1), scale=1.2, mirror=True)
    assert torch.allclose(seen[:, :1], -seen[:, 1:], atol=1e-5)


def test_the_seed_decides() -> None:
    images = torch.rand(4, 1, 10, 10)
    both = []
    for _ in range(2):
        torch.manual_seed(3)
        both.append(jittered(images, scale=1.3, mirror=True))
    assert torch.equal(*both)
