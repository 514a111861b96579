"""Pictures beside what they should be: PSNR and SSIM as torchmetrics has them, and what each must do at its ends."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from torch import Tensor

from gankit.base.errors import UserError
from gankit.evaluation.pairs import CEILING, absolute_error, psnr, ssim


def pictures(n: int = 5, channels: int = 3, size: tuple[int, int] = (24, 31), seed: int = 0) -> Tensor:
    """Smooth pictures in [0, 1]."""
    random = torch.Generator().manual_seed(seed)
    coarse = torch.rand(n, channels, 6, 6, generator=random)
    return torch.nn.functional.interpolate(coarse, size, mode="bicubic").clamp(0, 1)


def noisy(images: Tensor, sd: float) -> Tensor:
    return (images + sd * torch.randn(images.shape, generator=torch.Generator().manual_seed(1))).clamp(0, 1)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_psnr_and_ssim_are_torchmetrics_own(channels: int) -> None:
    from torchmetrics.functional.image import peak_signal_noise_ratio, structural_similarity_index_measure

    images = pictures(channels=channels)
    for target in (noisy(images, 0.1), pictures(channels=channels, seed=2)):
        for made, wanted, ours, similar in zip(
            images.split(1), target.split(1), psnr(images, target), ssim(images, target), strict=True
        ):
            theirs = peak_signal_noise_ratio(made, wanted, data_range=1.0)
            assert float(ours) == pytest.approx(float(theirs), abs=1e-4)
            theirs = structural_similarity_index_measure(made, wanted, data_range=1.0)
            assert isinstance(theirs, Tensor)
            assert float(similar) == pytest.approx(float(theirs), abs=1e-4)


def test_equal_pictures_are_as_near_as_can_be() -> None:
    images = pictures()
    assert torch.equal(absolute_error(images, images), torch.zeros(5))
    assert psnr(images, images).tolist() == pytest.approx([CEILING] * 5)
    assert ssim(images, images).tolist() == pytest.approx([1.0] * 5)


def test_known_distances() -> None:
    grey = torch.full((2, 3, 16, 16), 0.25)
    assert absolute_error(grey, grey + 0.1).tolist() == pytest.approx([0.1, 0.1])
    assert psnr(grey, grey + 0.1).tolist() == pytest.approx([20.0, 20.0])
    # Without any structure there is light alone.
    light = (2 * 0.25 * 0.35 + 1e-4) / (0.25**2 + 0.35**2 + 1e-4)
    assert ssim(grey, grey + 0.1).tolist() == pytest.approx([light, light], rel=1e-4)


def test_more_noise_is_farther_and_each_picture_has_its_own_figure() -> None:
    images = pictures()
    ladder = [noisy(images, sd) for sd in (0.02, 0.05, 0.1, 0.3)]
    for nearer, farther in pairwise(ladder):
        assert (absolute_error(images, nearer) < absolute_error(images, farther)).all()
        assert (psnr(images, nearer) > psnr(images, farther)).all()
        assert (ssim(images, nearer) > ssim(images, farther)).all()
    mixed = torch.cat([images[:2], ladder[-1][2:]])
    assert ssim(images, mixed)[:2].tolist() == pytest.approx([1.0, 1.0])
    assert (ssim(images, mixed)[2:] < 0.9).all()


def test_pictures_smaller_than_half_a_window_are_refused() -> None:
    assert ssim(pictures(size=(6, 9)), pictures(size=(6, 9))).tolist() == pytest.approx([1.0] * 5)
    with pytest.raises(UserError, match="images of 6x6 pixels at least, not 5x40"):
        ssim(pictures(size=(5, 40)), pictures(size=(5, 40)))
