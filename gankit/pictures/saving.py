"""A picture as a file, whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image

from gankit.base.errors import UserError
from gankit.base.files import replacing

TRANSPARENT = {"PNG", "WEBP", "TIFF", "GIF", "AVIF", "JPEG2000", "ICO", "ICNS", "TGA", "SGI", "DDS"}
"""Formats that hold transparency, as readers of theirs show it."""


def over_white(picture: Image.Image) -> Image.Image:
    """`picture` as it looks on white: RGB or L where it has transparency, and itself where it has none."""
    if not picture.has_transparency_data:
        return picture
    page = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture.convert("RGBA"))
    return page.convert("L" if picture.mode == "LA" else "RGB")


def save(
    picture: Image.Image, path: str | os.PathLike[str], options: Mapping[str, Mapping[str, Any]] | None = None
) -> Path:
    """Write `picture` in the format of `path`'s suffix (PNG if it has none); a reader never sees half of it.

    A suffix that is no picture's is refused: what has that name is something else, a run's config.json say.

    Where the format has no transparency (JPEG), the picture is laid over white.

    `options` are Pillow's, by the format. Raises `UserError` for a format that Pillow only reads, or not for `picture`.
    """
    path = Path(path)
    kind = Image.registered_extensions().get(path.suffix.lower(), "PNG" if not path.suffix else "it")
    refusal = f"can't write {path}: pictures like this can't be written as {kind}; take .png, .jpg, .webp or .tiff"
    if kind not in Image.SAVE:
        raise UserError(refusal)
    if kind not in TRANSPARENT:
        picture = over_white(picture)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with replacing(path) as partial:
            picture.save(partial, format=kind, **(options or {}).get(kind, {}))
    except (ValueError, OSError) as error:  # Pillow's words for a mode that a format does not have
        if getattr(error, "errno", None) is not None:  # the system's
            raise
        raise UserError(refusal) from error
    return path
