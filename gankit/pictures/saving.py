"""A picture as a file, whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image

from gankit.base.errors import UserError
from gankit.base.files import replacing


def save(
    picture: Image.Image, path: str | os.PathLike[str], options: Mapping[str, Mapping[str, Any]] | None = None
) -> Path:
    """Write `picture` in the format of `path`'s suffix (PNG if it has none); a reader never sees half of it.

    A suffix that is no picture's is refused: what has that name is something else, a run's config.json say.

    `options` are Pillow's, by the format. Raises `UserError` for a format that Pillow only reads, or not for `picture`.
    """
    path = Path(path)
    kind = Image.registered_extensions().get(path.suffix.lower(), "PNG" if not path.suffix else "it")
    refusal = f"can't write {path}: pictures like this can't be written as {kind}; take .png, .jpg, .webp or .tiff"
    if kind not in Image.SAVE:
        raise UserError(refusal)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with replacing(path) as partial:
            picture.save(partial, format=kind, **(options or {}).get(kind, {}))
    except ValueError as error:  # some formats' word for a mode that they do not have; others raise an OSError
        raise UserError(refusal) from error
    return path
