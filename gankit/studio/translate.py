"""The Translate page's pictures: what a translator makes of one that is drawn, dropped, or its data's own."""

from __future__ import annotations

import base64
import binascii
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import torch
from PIL import Image

from gankit.base.errors import UserError
from gankit.base.spacing import spaced
from gankit.data import Pack, images
from gankit.data.pack.encoded import open_image, reason, strict_pillow
from gankit.evaluation.known_palettes import known_palette
from gankit.evaluation.palette import palette_of, written
from gankit.pictures import grid, over_white
from gankit.pictures.grids import enlargement
from gankit.studio.drawings import Drawing, command
from gankit.studio.shelf import COMPUTING, Opened
from gankit.studio.uploads import MOST
from gankit.translation import Pipeline, TranslationOptions
from gankit.translation import translate as translate_picture

PALETTE_FROM = 64
"""Pictures that a palette is found from."""
COLOURS = 24
PLAIN = ("#000000", "#ffffff", "#808080", "#d00000", "#00a000", "#0000d0", "#e0c000")
"""What is painted with where pictures are not of few colours."""
LARGEST = 4_000_000
"""Pixels of a picture, at most."""
PREFIX = "data:image/png;base64,"


def can_turn(opened: Opened) -> bool:
    """Whether the run's translator knows the way back."""
    return opened.translator.two_way


def refuse_generator(opened: Opened) -> None:
    """Raise `UserError` where the run translates nothing."""
    if not opened.run.spec.other_shape:
        raise UserError(f"{opened.name} makes pictures from noise: the Play page shows them")


def side(opened: Opened, *, backwards: bool) -> Pack:
    """The data of what goes in."""
    pack = opened.data()
    assert pack.other is not None
    return pack.other if backwards else pack


def painted_size(opened: Opened, *, backwards: bool) -> tuple[int, int]:
    """Height and width of what goes in."""
    spec = opened.run.spec
    assert spec.other_shape is not None
    shape = spec.other_shape if backwards else spec.shape
    return shape[1], shape[2]


def palette(opened: Opened, *, backwards: bool) -> list[str]:
    """The colours that pictures of what goes in are painted in, as #rrggbb."""
    try:
        pack = side(opened, backwards=backwards)
        some = images(pack, spaced(len(pack), PALETTE_FROM))
        found = palette_of([some]) if some.shape[1] in (1, 3) else None
    except UserError:  # the data are not at hand
        return list(PLAIN)
    if found is None or not found.of_labels:
        return list(PLAIN)
    colours = [written(colour) for colour in known_palette(found).colours[:COLOURS]]
    return [f"#{colour[1:] * 3}" if len(colour) == 3 else colour for colour in colours]


def own_picture(opened: Opened, number: int, *, backwards: bool) -> Image.Image:
    """A picture of the data, by its number, as it goes in."""
    pack = side(opened, backwards=backwards)
    if not 0 <= number < len(pack):
        raise UserError(f"there is no picture {number} in the data: there are {len(pack):,}, counted from 0")
    return grid(images(pack, torch.tensor([number])), gap=0, scale=1)


def sent_picture(text: str) -> bytes:
    """The PNG that a page's canvas sent. Raises `UserError` for anything else."""
    try:
        if not text.startswith(PREFIX) or len(text) > 2 * MOST:
            raise ValueError
        return base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except (ValueError, binascii.Error):
        raise UserError("what was drawn did not arrive as a picture: draw again") from None


@contextmanager
def as_file(content: bytes) -> Iterator[Path]:
    """`content` as a file, for as long as this lasts."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "picture.png"
        path.write_bytes(content)
        yield path


def translated(opened: Opened, file: Path, *, backwards: bool = False) -> Drawing:
    """The picture in `file` beside what the run's translator makes of it. Raises `UserError` where it is none, or of
    more pixels than `LARGEST`."""
    refuse_generator(opened)
    given = _read(file)
    with COMPUTING:
        options = TranslationOptions(backwards=backwards)
        made = translate_picture(Pipeline(opened.translator, opened.run.spec, options, opened.run.values), given)
    shown = Image.new("RGB", (given.width + made.width, max(given.height, made.height)), "white")
    shown.paste(over_white(given).convert("RGB"), (0, 0))
    shown.paste(over_white(made).convert("RGB"), (given.width, 0))
    scale = enlargement(max(shown.size))
    shown = shown.resize((scale * shown.width, scale * shown.height), Image.Resampling.NEAREST)
    drawing = Drawing(
        picture=shown,
        name=f"{opened.name} translation",
        alt="The picture that was given, and what the translator makes of it",
        command=command(
            "translate", opened.run.directory.as_posix(), "given.png", raw=True, backwards=backwards, out="translated"
        ),
    )
    return replace(drawing, files={"given.png": given, "translated.png": made})


def _read(file: Path) -> Image.Image:
    try:
        with strict_pillow(), open_image(file) as opened:
            if opened.width * opened.height > LARGEST:
                raise UserError(f"a picture may have {LARGEST:,} pixels, not {opened.width}x{opened.height}")
            opened.load()
            return opened.copy()
    except UserError:
        raise
    except Exception as error:  # whatever a damaged file makes Pillow raise
        raise UserError(f"this is no picture that can be read: {reason(error, file)}") from None
