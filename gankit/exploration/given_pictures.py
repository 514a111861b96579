"""Pictures from files, as a run has its data."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from gankit.base.errors import UserError
from gankit.data import normalise
from gankit.data.pack.decode import Layout, decoded, fit
from gankit.data.pack.encoded import open_image, reason, strict_pillow
from gankit.data.pack.values import Rule
from gankit.data.sources.folder import list_folder
from gankit.game.batch import DataSpec


def read_pictures(
    paths: Sequence[Path], spec: DataSpec, say: Callable[[str], None], rule: Rule | None = None
) -> tuple[Tensor, tuple[str, ...]]:
    """(images [n, C, H, W] in [-1, 1] as in `spec`, their names) of picture files, and of all those in folders.

    Their values go by the `rule` of the data (`Report.values`). What had another size or mode is converted as training
    data would be, and that is said. A file that can't be read is a `UserError`, but in a folder where others can it is
    skipped, and said.
    """
    if not spec.is_image or spec.shape[0] not in (1, 3, 4):
        raise UserError("pictures can only be looked for by a run of images with 1, 3 or 4 channels")
    channels, height, width = spec.shape
    layout = Layout((height, width, channels), np.dtype(np.uint8), rule or {})
    images, names, changed, failed = [], [], [], []
    for path in paths:
        inside = [path / file.name for file in list_folder(path, "train").files] if path.is_dir() else [path]
        for file in inside:
            try:
                with strict_pillow(), open_image(file) as opened:
                    was = f"{opened.height}x{opened.width} {opened.mode}"
                    values = fit(decoded(opened, layout), (height, width))
                    fits = (opened.height, opened.width) == (height, width)
                    same = fits and opened.mode in {1: ("L",), 3: ("RGB",), 4: ("RGBA",)}[channels]
            except Exception as error:  # whatever a damaged file makes Pillow raise
                why = reason(error, file) if os.path.lexists(file) else "there is no such file"
                failed.append(f"cannot read the picture {str(file)!r}: {why}")
                if not path.is_dir():
                    raise UserError(failed[-1]) from None
                continue
            images.append(values)
            names.append(file.stem)
            if not same:
                changed.append((file.name, was))
    for why in failed[:3]:
        say(f"skipped: {why}")
    if not images:
        raise UserError(failed[0] if failed else "no pictures were given")
    if changed:
        of = f"{changed[0][0]} ({changed[0][1]})" + (f" and {len(changed) - 1} more" if len(changed) > 1 else "")
        say(f"converted to {height}x{width}, {channels} channel{'s' * (channels > 1)}: {of}")
    return normalise(torch.from_numpy(np.stack(images))), tuple(names)
