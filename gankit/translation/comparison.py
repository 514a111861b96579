"""Translations beside what they were made of and what they should be: a sheet of pictures, and two numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from PIL import Image
from torch import Tensor

from gankit import pictures
from gankit.evaluation.pairs import absolute_error, psnr
from gankit.translation.pipeline import at_size

CELL = 256
"""The longest side of a picture on the sheet."""

Row = list[Tensor]
"""Input, output and, where it is known, target: [3, h, w] in [-1, 1], small enough for the sheet."""


class Error(NamedTuple):
    """How far a translation is from its target, with values from 0 to 1."""

    l1: float
    """Mean absolute difference."""
    psnr: float
    """Peak signal-to-noise ratio, in decibels."""


def error_of(image: Tensor, target: Tensor) -> Error:
    """How far `image` is from `target`, both [C, H, W] in [-1, 1]."""
    values, targets = ((side[None].double() + 1) / 2 for side in (image, target))
    return Error(float(absolute_error(values, targets)), float(psnr(values, targets)))


def mean(errors: Sequence[Error]) -> Error:
    """The mean of each number."""
    return Error(*(sum(column) / len(errors) for column in zip(*errors, strict=True)))


def row(images: Sequence[Tensor]) -> Row:
    """A row of the sheet, from images [C, h, w] in [-1, 1] of any channel counts."""
    cells = []
    for image in images:
        height, width = image.shape[1:]
        shrink = max(height, width, CELL) / CELL
        size = (max(1, round(height / shrink)), max(1, round(width / shrink)))
        cells.append(at_size(pictures.coloured(image[None])[0], size))
    return cells


def comparison(rows: Sequence[Row]) -> Image.Image:
    """A sheet of `rows`, with each picture in the middle of its cell."""
    size = [max(picture.shape[side] for row in rows for picture in row) for side in (1, 2)]
    names = ("input", "output", "target")[: max(map(len, rows))]
    cells = torch.full((len(names), len(rows), 3, *size), -1.0)
    for line, row in enumerate(rows):
        for column, picture in enumerate(row):
            height, width = picture.shape[1:]
            top, left = (size[0] - height) // 2, (size[1] - width) // 2
            cells[column, line, :, top : top + height, left : left + width] = picture
    return pictures.columns(list(zip(names, cells, strict=True)))
