"""Changes of images by chance, through which a gradient goes back to what made them.

Zhao et al., "Differentiable Augmentation for Data-Efficient GAN Training", 2020. arXiv:2006.10738
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import torch
from jaxtyping import Bool, Float, Float32, Shaped
from torch import Tensor

Augmentation = Literal["color", "translation", "cutout", "flip"]
AUGMENTATIONS: tuple[Augmentation, ...] = get_args(Augmentation)
DIFFAUGMENT: tuple[Augmentation, ...] = ("color", "translation", "cutout")
"""What DiffAugment is made of."""
SHIFT = 1 / 8
"""Of a side: how far a translation goes at most (DiffAugment, section 4)."""
HOLE = 1 / 2
"""Of a side: how long a cutout's is."""


def augmented(
    images: Float[Tensor, "n c h w"],
    kinds: Sequence[Augmentation],
    probability: float | Float[Tensor, ""] = 1.0,
    *,
    channels: Sequence[int] | None = None,
) -> Float32[Tensor, "n c h w"]:
    """`images` in [-1, 1], each changed by every one of `kinds` with `probability`, drawn by itself.

    color: brightness moved by up to 1/2, saturation times 0 to 2, contrast times 1/2 to 3/2, each with `probability`;
        `channels` says how many belong to each of several pictures on top of each other, by default all to one.
    translation: by up to 1/8 of each side, grey (0) beyond the edge. cutout: a grey square of half of each side.
    flip: left to right, for half of the images that it is applied to.

    Values may leave [-1, 1]. What moves pixels moves those of all channels alike. Chance is torch's global generator on
    the device; no value is fetched from there.
    """
    images = images.float()
    if "color" in kinds:
        images = _recoloured(images, probability, channels or [images.shape[1]])
    if {"translation", "cutout", "flip"} & set(kinds):
        images = _moved(images, kinds, probability)
    return images


def _recoloured(
    images: Float[Tensor, "n c h w"], probability: float | Float[Tensor, ""], channels: Sequence[int]
) -> Float[Tensor, "n c h w"]:
    brightness, saturation, contrast = (
        torch.where(_chosen(images, probability), factor, rest)
        for factor, rest in (
            (_uniform(images) - 0.5, 0.0),
            (_uniform(images) * 2, 1.0),
            (_uniform(images) + 0.5, 1.0),
        )
    )
    pictures = []
    for picture in images.split(list(channels), 1):
        brighter = picture + brightness
        grey = brighter.mean(1, keepdim=True)
        saturated = (brighter - grey) * saturation + grey
        mean = saturated.mean((1, 2, 3), keepdim=True)
        pictures.append((saturated - mean) * contrast + mean)
    return pictures[0] if len(pictures) == 1 else torch.cat(pictures, 1)


def _moved(
    images: Float[Tensor, "n c h w"], kinds: Sequence[Augmentation], probability: float | Float[Tensor, ""]
) -> Float[Tensor, "n c h w"]:
    """Every pixel from where translation and flip take it from, or 0: one gather, and one mask for edge and cutout."""
    n, c, height, width = images.shape
    rows = torch.arange(height, device=images.device).expand(n, height)
    columns = torch.arange(width, device=images.device).expand(n, width)
    kept = torch.ones(n, height, width, dtype=torch.bool, device=images.device)
    if "cutout" in kinds:
        on = _chosen(images, probability)[:, 0, 0]
        inside = [_stretch(side, places, images) for side, places in ((height, rows), (width, columns))]
        kept = ~(inside[0][:, :, None] & inside[1][:, None, :] & on[:, :, None])
    if "translation" in kinds:
        on = _chosen(images, probability)[:, 0, 0]
        rows, columns = (
            torch.where(on, places + _shift(round(side * SHIFT), images), places)
            for side, places in ((height, rows), (width, columns))
        )
    if "flip" in kinds:
        on = _chosen(images, probability)[:, 0, 0] & (_uniform(images)[:, 0, 0] < 0.5)
        columns = torch.where(on, width - 1 - columns, columns)
    there = _within(rows, height)[:, :, None] & _within(columns, width)[:, None, :]
    source = rows.clamp(0, height - 1)[:, :, None] * width + columns.clamp(0, width - 1)[:, None, :]
    taken = images.flatten(2).gather(2, source.flatten(1)[:, None].expand(n, c, height * width))
    return (taken.unflatten(2, (height, width)) * (kept & there)[:, None]).contiguous(memory_format=torch.channels_last)


def _uniform(images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n 1 1 1"]:
    return torch.rand(len(images), 1, 1, 1, device=images.device)


def _chosen(images: Float[Tensor, "n c h w"], probability: float | Float[Tensor, ""]) -> Bool[Tensor, "n 1 1 1"]:
    return _uniform(images) < probability


def _shift(most: int, images: Float[Tensor, "n c h w"]) -> Shaped[Tensor, "n 1"]:
    """A whole number from -`most` to `most` for each image."""
    return torch.randint(-most, most + 1, (len(images), 1), device=images.device)


def _stretch(side: int, places: Shaped[Tensor, "n side"], images: Float[Tensor, "n c h w"]) -> Bool[Tensor, "n side"]:
    """Whether a place of a side lies in the cutout, whose middle is anywhere: up to half of it lies beyond the edge."""
    length = round(side * HOLE)
    start = torch.randint(0, side + 1, (len(images), 1), device=images.device) - length // 2
    return (places >= start) & (places < start + length)


def _within(places: Shaped[Tensor, "n side"], side: int) -> Bool[Tensor, "n side"]:
    return (places >= 0) & (places < side)
