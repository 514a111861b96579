"""The slant and the width of what is bright in an image, by its moments."""

from __future__ import annotations

import torch
from torch import Tensor


def slant(images: Tensor) -> Tensor:
    """How far to the right the bright parts of images [n, C, H, W] in [-1, 1] lean for every pixel upwards, [n].

    Minus the covariance of columns and rows over the variance of rows; 1 is a slope of 45 degrees.
    """
    _, rows, both = _moments(images)
    return -both / rows.clamp(min=1e-6)


def width(images: Tensor) -> Tensor:
    """The standard deviation of the columns of what is bright, in pixels, once its slant is taken out, [n]."""
    columns, rows, both = _moments(images)
    return (columns - both.square() / rows.clamp(min=1e-6)).clamp(min=0).sqrt()


def _moments(images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The variances of columns and of rows, and their covariance, weighted by brightness, [n] each."""
    ink = (images.float().mean(1) + 1) / 2
    ink = ink / ink.sum((1, 2), keepdim=True).clamp(min=1e-6)
    y = torch.arange(ink.shape[1], device=ink.device, dtype=ink.dtype)[:, None]
    x = torch.arange(ink.shape[2], device=ink.device, dtype=ink.dtype)
    x = x - (ink * x).sum((1, 2))[:, None, None]
    y = y - (ink * y).sum((1, 2))[:, None, None]
    return (ink * x * x).sum((1, 2)), (ink * y * y).sum((1, 2)), (ink * x * y).sum((1, 2))


def correlations(rows: Tensor) -> Tensor:
    """Pearson's correlation of each row of `rows` [n, columns] with the column's number, [n]; 0 for a row of equals."""
    place = torch.arange(rows.shape[1], dtype=rows.dtype, device=rows.device)
    place = place - place.mean()
    away = rows - rows.mean(1, keepdim=True)
    return (away @ place) / (away.norm(dim=1) * place.norm()).clamp(min=1e-12)
