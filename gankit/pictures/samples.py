"""What a generator made, ready to be saved."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from gankit import pictures
from gankit.base.randomness import derive, seeded
from gankit.game import Generator
from gankit.game.prior import Prior
from gankit.pictures.notebook import png

BLOCK = 250
"""Latents drawn at a time: the first n samples of a seed are the same however many follow."""


def draw(
    generator: Generator, n: int, *, seed: int, labels: Tensor | None = None, prior: Prior | None = None
) -> Iterator[Samples]:
    """`n` samples, a block at a time, on the generator's device; torch's global generator is left as it was.

    A conditional generator is given `labels` [n], or else each class in turn. `prior` takes the place of its own.
    """
    if labels is None and generator.classes:
        labels = torch.arange(n) % generator.classes
    for start in range(0, n, BLOCK):
        count = min(BLOCK, n - start)
        asked = None if labels is None else labels[start : start + count]
        with seeded(generator.device, derive(seed, "sample", start)), torch.inference_mode():
            latents = (prior or generator.prior).draw(BLOCK, generator.device)[:count]
            made = generator(latents, None if asked is None else asked.to(generator.device)).float()
        yield Samples(made, asked)


@dataclass(frozen=True)
class Samples:
    """Samples [n, *shape] on the CPU, and the label each was asked for, if any."""

    values: Tensor
    labels: Tensor | None = None
    classes: tuple[str, ...] = ()
    """Names of the labels, where they are known."""

    @classmethod
    def joined(cls, parts: Iterable[Samples]) -> Samples:
        """All of `parts`, at least one, on the CPU."""
        values, labels, classes = zip(*((part.values.cpu(), part.labels, part.classes) for part in parts), strict=True)
        return cls(torch.cat(values), None if labels[0] is None else torch.cat(labels), classes[0])

    def __len__(self) -> int:
        return len(self.values)

    def class_name(self, label: int) -> str:
        """The name of a label, as a part of a file's name."""
        name = self.classes[label] if label < len(self.classes) else str(label)
        return re.sub(r"[^\w.+-]+", "-", name).strip("-.")[:60] or str(label)

    def picture(self) -> Image.Image:
        """All of them on one sheet: a grid of images, with a column or more for each class, or a cloud of points."""
        if self.values.dim() != 4:
            return pictures.cloud({"generated": self.values})
        columns = None if self.labels is None else pictures.columns_by_label(self.labels)
        return pictures.grid(self.values, columns=columns)

    def _repr_png_(self) -> bytes:
        return png(self.picture())

    def save(self, path: str | os.PathLike[str]) -> Path:
        """One sheet where `path` is a picture's name; numbers for `.npy`, a PNG each in a new folder or `.zip`."""
        path = Path(path)
        suffix = path.suffix.lower()
        if suffix in Image.registered_extensions():
            return pictures.save(self.picture(), path)
        from gankit.pictures.streaming import write_samples

        return write_samples([self], len(self), path, classes=self.classes)
