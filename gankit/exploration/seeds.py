"""The pictures of seeds, to choose from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from gankit.exploration.latents import of_seeds, pictures_of
from gankit.features import FeatureNetwork, extract
from gankit.game import Generator
from gankit.pictures.sheets import Row, sheet

COLUMNS = 16


@dataclass(frozen=True, eq=False, kw_only=True)
class Catalogue:
    images: Tensor
    """[n, C, H, W]: the picture of each seed, from 0 on."""
    classes: tuple[str, ...] | None
    """What the features take each for; None where they tell no classes."""

    @property
    def numbers(self) -> dict[str, Any]:
        return {"seeds": len(self.images), "classes": None if self.classes is None else list(self.classes)}

    def picture(self, scale: int | None = None) -> Image.Image:
        captions = [str(seed) for seed in range(len(self.images))]
        if self.classes is not None:
            captions = [f"{seed}: {name}" for seed, name in zip(captions, self.classes, strict=True)]
        parts = zip(self.images.split(COLUMNS), torch.arange(len(captions)).split(COLUMNS), strict=True)
        rows = [Row("", images, [captions[index] for index in where.tolist()]) for images, where in parts]
        return sheet(rows, scale=scale)


def catalogue(generator: Generator, n: int, *, features: FeatureNetwork, label: int | None = None) -> Catalogue:
    """The pictures of seeds 0 to n - 1, with the class that `features` see in each."""
    images = pictures_of(generator, of_seeds(generator, range(n)), label)
    logits = extract(features, images).logits
    classes = None if logits is None else tuple(features.classes[index] for index in logits.argmax(1).tolist())
    return Catalogue(images=images, classes=classes)
