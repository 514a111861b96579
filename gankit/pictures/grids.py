"""Images as sheets: in a grid, or in columns with names."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor

from gankit.base.bounds import Between

HEAD = 14
"""Pixels for a column's name."""
LARGE = 800
"""About how many pixels the longer side of a sheet is to have, where its pictures are smaller."""
Times = Annotated[int, Between(1, 100)]
"""How often pictures may be enlarged where somebody asks for it."""


def enlargement(side: int) -> int:
    """The whole factor that brings a sheet with a longer side of `side` pixels to about `LARGE`; 1 for a larger one."""
    return max(1, round(LARGE / side - 0.4))


def to_bytes(images: Tensor) -> np.ndarray:
    """Images [n, C, H, W] in [-1, 1] as uint8 [n, H, W, C]."""
    scaled = images.detach().float().cpu().clamp(-1, 1).add(1).mul(127.5).round()
    return scaled.to(torch.uint8).permute(0, 2, 3, 1).numpy()


def to_pil(pixels: np.ndarray) -> Image.Image:
    """One picture from uint8 [H, W, C]; channel counts PIL has no mode for show their first channel."""
    channels = pixels.shape[-1]
    return Image.fromarray(pixels if channels in (3, 4) else np.ascontiguousarray(pixels[..., 0]))


def grid(
    images: Tensor,
    *,
    columns: int | None = None,
    gap: int = 2,
    names: Sequence[str] = (),
    scale: int | None = None,
) -> Image.Image:
    """A sheet of images [n, C, H, W] in [-1, 1], row by row, each enlarged `scale` times; by default as often as
    brings the sheet to about 800 pixels.

    `names` stand above the columns, again and again where they are fewer.
    """
    pixels = to_bytes(images)
    n, height, width, channels = pixels.shape
    columns = columns or math.ceil(math.sqrt(n * height / width))
    rows = math.ceil(n / columns)
    scale = scale or enlargement(max(rows * height, columns * width))
    pixels = pixels.repeat(scale, axis=1).repeat(scale, axis=2)
    height, width = height * scale + gap, width * scale + gap
    sheet = np.zeros((rows * height + gap, columns * width + gap, channels), np.uint8)
    for index, picture in enumerate(pixels):
        top, left = gap + index // columns * height, gap + index % columns * width
        sheet[top : top + height - gap, left : left + width - gap] = picture
    return (
        headed(to_pil(sheet), [names[index % len(names)] for index in range(columns)], gap) if names else to_pil(sheet)
    )


def headed(sheet: Image.Image, names: Sequence[str], gap: int) -> Image.Image:
    """`sheet` with a name above each of its columns, cut off where it is too long."""
    page = Image.new(sheet.mode, (sheet.width, sheet.height + HEAD), "white")
    page.paste(sheet, (0, HEAD))
    width = (sheet.width - gap) // len(names)
    for index, name in enumerate(names):
        head = Image.new(sheet.mode, (width - gap, HEAD), "white")
        draw = ImageDraw.Draw(head)
        wide = draw.textlength(name) > head.width
        draw.text((0 if wide else head.width / 2, HEAD / 2), name, fill="black", anchor="lm" if wide else "mm")
        page.paste(head, (gap + index * width, 0))
    return page


def columns(named: Sequence[tuple[str, Tensor]], *, gap: int = 2) -> Image.Image:
    """A sheet with a column for each of `named`, a name and images [n, C, H, W] in [-1, 1], of any channel counts.

    Small ones are enlarged, by one whole factor, to about 800 pixels in all.
    """
    across, down = (
        sum(images.shape[3] for _, images in named),
        max(len(images) * images.shape[2] for _, images in named),
    )
    sheets, scale = [], enlargement(max(across, down))
    for name, images in named:
        strip = grid(coloured(images), columns=1, gap=gap, scale=scale)
        named_width = math.ceil(ImageDraw.Draw(strip).textlength(name)) + 2 * gap
        sheet = Image.new("RGB", (max(strip.width, named_width), strip.height + HEAD), "white")
        sheet.paste(strip, ((sheet.width - strip.width) // 2, HEAD))
        ImageDraw.Draw(sheet).text((sheet.width / 2, HEAD / 2), name, fill="black", anchor="mm")
        sheets.append(sheet)
    whole = Image.new("RGB", (sum(sheet.width for sheet in sheets), max(sheet.height for sheet in sheets)), "white")
    left = 0
    for sheet in sheets:
        whole.paste(sheet, (left, 0))
        left += sheet.width
    return whole


def coloured(images: Tensor) -> Tensor:
    """Images [n, C, H, W] in [-1, 1] as [n, 3, H, W]: transparent ones over white, of other channels the first."""
    if images.shape[1] == 4:
        opaque = (images[:, 3:] + 1) / 2
        return images[:, :3] * opaque + 1 - opaque
    return images if images.shape[1] == 3 else images[:, :1].expand(-1, 3, -1, -1)


def columns_by_label(labels: Tensor) -> int | None:
    """Columns of a sheet in which labels that go round, 0, 1, ..., 0, 1, ..., stand below their like.

    None for labels that don't, and where there are too many for a row.
    """
    if labels.dim() != 1:
        return None
    classes = int(labels.max()) + 1
    if not 2 <= classes <= 20 or not torch.equal(labels.cpu(), torch.arange(len(labels)) % classes):
        return None
    return classes * max(1, 8 // classes)
