"""Sheets whose rows and columns have names."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from gankit import pictures
from gankit.pictures.grids import enlargement

GAP = 4
TEXT = 12


class Row(NamedTuple):
    name: str
    images: Tensor
    """[n, C, H, W] in [-1, 1]."""
    captions: Sequence[str] = ()
    """What stands under the images, from the first on."""


def sheet(rows: Sequence[Row], columns: Sequence[str] = (), *, scale: int | None = None) -> Image.Image:
    """Rows of images, each with its name to the left, under the names of `columns`; rows may differ in length.

    Images are enlarged `scale` times, by default small ones as often as brings the sheet to about 800 pixels; a name
    or a caption that is wider than they are takes the room that it needs.
    """
    font = ImageFont.load_default(TEXT)
    tall, wide = rows[0].images.shape[2:]
    count = max(len(row.images) for row in rows)
    factor = scale or enlargement(max(len(rows) * tall, count * wide))
    tall, wide = int(tall) * factor, int(wide) * factor
    texts = [*columns, *(caption for row in rows for caption in row.captions)]
    cell = max([wide, *(math.ceil(font.getlength(text)) for text in texts)])
    margin = max((round(font.getlength(row.name)) for row in rows), default=0)
    margin += 2 * GAP if margin else GAP
    head = TEXT + 2 * GAP if columns else GAP
    heights = [tall + GAP + (TEXT + GAP if row.captions else 0) for row in rows]
    colour = rows[0].images.shape[1] in (3, 4)
    page = Image.new("RGB" if colour else "L", (margin + count * (cell + GAP), head + sum(heights)), "white")
    draw = ImageDraw.Draw(page)

    def write(text: str, left: int, top: int, anchor: str = "ma") -> None:
        draw.text((left, top), text, fill="black", font=font, anchor=anchor)

    for place, name in enumerate(columns):
        write(name, margin + place * (cell + GAP) + cell // 2, GAP)
    top = head
    for row, height in zip(rows, heights, strict=True):
        write(row.name, margin - GAP, top + tall // 2, "rm")
        for place, pixels in enumerate(pictures.to_bytes(row.images)):
            left = margin + place * (cell + GAP) + (cell - wide) // 2
            picture = pictures.to_pil(pixels.repeat(factor, 0).repeat(factor, 1))
            page.paste(pictures.over_white(picture).convert(page.mode), (left, top))
            if place < len(row.captions):
                write(row.captions[place], left + wide // 2, top + tall + 1)
        top += height
    return page


def stacked(*parts: Image.Image) -> Image.Image:
    """Pictures below each other, on white."""
    page = Image.new("RGB", (max(part.width for part in parts), sum(part.height for part in parts)), "white")
    top = 0
    for part in parts:
        page.paste(pictures.over_white(part).convert("RGB"), (0, top))
        top += part.height
    return page
