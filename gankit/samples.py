"""What a generator made, ready to be saved."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from torch import Tensor

from gankit import pictures
from gankit.errors import UserError


@dataclass(frozen=True)
class Samples:
    """Samples [n, *shape] on the CPU, and the label each was asked for, if any."""

    values: Tensor
    labels: Tensor | None = None

    def __len__(self) -> int:
        return len(self.values)

    def picture(self) -> Image.Image:
        """All of them on one sheet: a grid of images, or a cloud of points."""
        return pictures.grid(self.values) if self.values.dim() == 4 else pictures.cloud({"generated": self.values})

    def save(self, path: str | os.PathLike[str]) -> Path:
        """One sheet where `path` is a picture's name, the raw numbers for `.npy`, else a PNG each in that folder."""
        path = Path(path)
        suffix = path.suffix.lower()
        if suffix == ".npy":
            path.parent.mkdir(parents=True, exist_ok=True)
            np.save(path, self.values.numpy())
            return path
        if suffix in Image.registered_extensions():
            return pictures.save(self.picture(), path)
        if suffix:
            raise UserError(f"can't write {path}: take .png, .jpg, .webp, .npy, or a folder's name")
        if self.values.dim() != 4:
            raise UserError("points can't be separate pictures: take --out points.npy or cloud.png")
        width = len(str(len(self) - 1))
        for index, pixels in enumerate(pictures.to_bytes(self.values)):
            label = "" if self.labels is None else f"-label{int(self.labels[index])}"
            pictures.save(pictures.to_pil(pixels), path / f"{index:0{width}d}{label}.png")
        return path
