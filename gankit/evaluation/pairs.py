"""How near a picture is to the one it should have become: pure functions of images in [0, 1].

Wang et al., "Image Quality Assessment: From Error Visibility to Structural Similarity", 2004.
doi:10.1109/TIP.2003.819861
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from gankit.base.errors import UserError

WINDOW, WINDOW_SD = 11, 1.5
K1, K2 = 0.01, 0.03
CEILING = 100.0
"""Decibels of two equal images, whose ratio has no end."""


def absolute_error(images: Tensor, target: Tensor) -> Tensor:
    """Mean absolute difference [n] of images [n, C, H, W] in [0, 1]: their L1 distance over the number of values."""
    return (images - target).abs().flatten(1).mean(1)


def psnr(images: Tensor, target: Tensor) -> Tensor:
    """Peak signal-to-noise ratio [n] in decibels of images [n, C, H, W] in [0, 1], `CEILING` at most."""
    errors = (images - target).square().flatten(1).mean(1)
    return -10 * errors.clamp(min=10 ** (-CEILING / 10)).log10()


def ssim(images: Tensor, target: Tensor) -> Tensor:
    """Structural similarity [n] of images [n, C, H, W] in [0, 1]: 1 for equal ones, pixels and channels averaged.

    Gaussian windows of 11x11 pixels about every pixel; images are mirrored at their edges, as torchmetrics has it.
    Raises `UserError` for images that are no larger than half a window.
    """
    channels, height, width = images.shape[1:]
    beyond = WINDOW // 2
    if min(height, width) <= beyond:
        raise UserError(f"ssim needs images of {beyond + 1}x{beyond + 1} pixels at least, not {height}x{width}")
    places = torch.arange(WINDOW, dtype=images.dtype, device=images.device) - WINDOW // 2
    weights = (-0.5 * (places / WINDOW_SD).square()).exp()
    weights = weights / weights.sum()

    def blurred(values: Tensor) -> Tensor:
        values = F.pad(values, (beyond,) * 4, mode="reflect")
        rows = weights.view(1, 1, -1, 1).expand(channels, -1, -1, -1)
        return F.conv2d(F.conv2d(values, rows, groups=channels), rows.mT, groups=channels)

    mean, target_mean = blurred(images), blurred(target)
    variance = blurred(images.square()) - mean.square()
    target_variance = blurred(target.square()) - target_mean.square()
    covariance = blurred(images * target) - mean * target_mean
    light = (2 * mean * target_mean + K1**2) / (mean.square() + target_mean.square() + K1**2)
    structure = (2 * covariance + K2**2) / (variance + target_variance + K2**2)
    return (light * structure).flatten(1).mean(1)
