"""Samples beside the training images nearest to them: has the generator made something, or found it?

Goodfellow et al., "Generative Adversarial Networks", 2014. arXiv:1406.2661 (Figure 2, whose rightmost column is the
nearest training example of the sample beside it)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from gankit.base.errors import UserError
from gankit.data import images
from gankit.evaluation.inputs import MetricInputs, StoredImages, shrunk
from gankit.evaluation.memorisation import search
from gankit.pictures.sheets import Row, sheet

LEAST = 20
"""Training images that a search among them needs."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Neighbours:
    numbers: dict[str, Any]
    """For each sample: `in_pixels` and `in_features`, the numbers of its nearest training images; `distance`, to the
    first, in root mean squared values; `ratio`, that over the distance of others like it: copies are near 0."""
    samples: Tensor
    in_pixels: Tensor
    in_features: Tensor
    features: str

    def picture(self, scale: int | None = None) -> Image.Image:
        ratios = [f"{ratio:.2f}" for ratio in self.numbers["ratio"]]
        rows = [
            Row("sample", self.samples),
            Row("nearest in pixels", self.in_pixels, ratios),
            Row(f"nearest in {self.features}", self.in_features),
        ]
        return sheet(rows, scale=scale)


def neighbours(inputs: MetricInputs) -> Neighbours:
    """The samples of `inputs`, each beside its nearest training image in pixels and in features.

    Pixels are compared over shifts of up to two of them and mirror images, as in `evaluation.memorisation`.
    """
    if not inputs.train.spec.is_image:
        raise UserError("neighbours are looked at as pictures, and this run's data are vectors")
    if len(inputs.train) < LEAST:
        raise UserError(f"neighbours need at least {LEAST} training images, not {len(inputs.train)}")
    nearest = search(shrunk(inputs.samples), shrunk(StoredImages(inputs.train.values)))
    squares, index = inputs.nearest_in_features()
    numbers = {
        "features": inputs.network.name,
        "in_pixels": nearest.index.tolist(),
        "distance": nearest.distance.tolist(),
        "ratio": nearest.ratio.tolist(),
        "in_features": index.tolist(),
        "distance in features": squares.sqrt().tolist(),
    }
    return Neighbours(
        numbers=numbers,
        samples=torch.cat(list(inputs.samples.chunks())),
        in_pixels=images(inputs.train, nearest.index),
        in_features=images(inputs.train, index),
        features=inputs.network.name,
    )
