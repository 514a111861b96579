"""What a generator made, ready to be saved."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
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
from gankit.pictures.plots import COLOURS

BLOCK = 250
"""Latents drawn at a time: the first n samples of a seed are the same however many follow."""


def draw(
    generator: Generator,
    n: int,
    *,
    seed: int,
    labels: Tensor | None = None,
    prior: Prior | None = None,
    blocks: Iterable[int] | None = None,
) -> Iterator[Samples]:
    """`n` samples, a block at a time, on the generator's device; torch's global generator is left as it was.

    Latents, and attributes, are drawn on the CPU, so that a seed means the same ones on every device. A conditional
    generator is given `labels` [n], or else each class in turn. `prior` takes the place of its own. Of all blocks only
    those of the numbers `blocks` are drawn, where these are given.
    """
    if labels is None and generator.classes:
        labels = torch.arange(n) % generator.classes
        if generator.rates:
            with seeded(torch.device("cpu"), derive(seed, "labels")):
                labels = generator.draw_labels(n, "cpu")
    for block in range(-(-n // BLOCK)) if blocks is None else blocks:
        start = block * BLOCK
        count = min(BLOCK, n - start)
        asked = None if labels is None else labels[start : start + count]
        with seeded(generator.device, derive(seed, "sample", start)), torch.inference_mode():
            latents = (prior or generator.prior).draw(BLOCK)[:count].to(generator.device)
            made = generator(latents, None if asked is None else asked.to(generator.device)).float()
        yield Samples(made, asked)


def name_of(label: Tensor, classes: Sequence[str]) -> str:
    """The name of a class by its number, or of attributes [K] by those that are there."""
    if label.dim():
        return "+".join(name for name, there in zip(classes, label.tolist(), strict=True) if there) or "none"
    return classes[int(label)] if classes else str(int(label))


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

    def picture(self, scale: int | None = None) -> Image.Image:
        """All of them on one sheet: a grid of images, each enlarged `scale` times or as `pictures.grid` sees fit, with
        a column or more under the name of each class; or a cloud of points, in the colours of the classes."""
        if self.values.dim() != 4:
            return pictures.cloud(self._groups())
        columns = None if self.labels is None else pictures.columns_by_label(self.labels)
        return pictures.grid(self.values, columns=columns, names=self.classes if columns else (), scale=scale)

    def _groups(self) -> dict[str, Tensor]:
        """Points by the names of their classes, where these are few."""
        if self.labels is None or self.labels.dim() == 2 or not 1 < len(self.classes) <= COLOURS:
            return {"generated": self.values}
        groups = {name: self.values[self.labels == index] for index, name in enumerate(self.classes)}
        return {name: points for name, points in groups.items() if len(points)}

    def _repr_png_(self) -> bytes:
        return png(self.picture())

    def save(self, path: str | os.PathLike[str], *, scale: int | None = None) -> Path:
        """One sheet, its pictures enlarged `scale` times, where `path` is a picture's name; numbers for `.npy`, a PNG
        each in a new folder or `.zip`."""
        path = Path(path)
        suffix = path.suffix.lower()
        if suffix in Image.registered_extensions():
            return pictures.save(self.picture(scale), path)
        from gankit.pictures.streaming import write_samples

        return write_samples([self], len(self), path, classes=self.classes)
