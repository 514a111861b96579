"""A folder with one .npy a picture; folders in it may be classes."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gankit.base.errors import UserError
from gankit.data.pack.content import Numbers
from gankit.data.sources.arrays import from_array, wording


def read_each(files: dict[str, Path], name: str, layout: str | None) -> Numbers:
    """One picture of each file: [H, W], [H, W, C] or [C, H, W], all of one shape and type.

    Raises `UserError` where they differ, or hold something else.
    """
    arrays = []
    for path in files.values():
        with wording(path):
            arrays.append(np.load(path, mmap_mode="r", allow_pickle=False))
        if arrays[-1].shape != arrays[0].shape or arrays[-1].dtype != arrays[0].dtype:
            one, other = (f"{array.dtype} {'x'.join(map(str, array.shape))}" for array in (arrays[0], arrays[-1]))
            raise UserError(f"the arrays in {name} differ, {one} and {other} ({path.name}): bring them to one shape")
    if arrays[0].ndim not in (2, 3):
        raise UserError(f"{name} holds arrays of {arrays[0].ndim} dimensions: one picture a file, or one file of all")
    folders = [entry.partition("/")[0] if "/" in entry else None for entry in files]
    labels = np.array(folders) if None not in folders else None
    return from_array(np.stack(arrays), labels=labels, name=name, layout=layout)
