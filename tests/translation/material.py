"""What the tests of translation share: a translator that is known, pictures, and a folder of them translated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from gankit.game import Translator
from gankit.game.batch import DataSpec
from gankit.translation import Pipeline, TranslationOptions
from gankit.translation.files import Job, translate_files
from gankit.translation.paths import outputs, picture_files
from gankit.translation.preprocessing import preprocessor_for

RANDOM = np.random.default_rng(0)


class Negative(Translator):
    """Every value becomes its opposite; of one channel, all three do. The way back undoes it."""

    def __init__(self, channels: int = 3, *, two_way: bool = False, noise: float = 0.0) -> None:
        super().__init__()
        self.minus = nn.Parameter(-torch.ones(()), requires_grad=False)
        self.channels, self.two_way, self.noise = channels, two_way, noise
        self.seen: list[tuple[int, ...]] = []

    def forward(self, images: Tensor, *, backwards: bool = False) -> Tensor:
        self.seen.append(tuple(images.shape))
        if backwards:
            return -images[:, :1] if self.channels == 1 else -images
        made = self.minus * images.expand(-1, 3 if self.channels == 1 else -1, -1, -1)
        return made + self.noise * torch.randn(made.shape)


def spec(height: int = 32, width: int = 32, *, channels: tuple[int, int] = (3, 3), aligned: bool = False) -> DataSpec:
    return DataSpec(shape=(channels[0], height, width), other_shape=(channels[1], height, width), aligned=aligned)


def pipeline(translator: Translator | None = None, data: DataSpec | None = None, **options: Any) -> Pipeline:
    return Pipeline(translator or Negative(), data or spec(), TranslationOptions(**{"precision": "fp32", **options}))


def pixels(height: int, width: int, channels: int = 3) -> np.ndarray:
    """Noise that survives a change of size: blocks of eight pixels."""
    rough = RANDOM.integers(0, 256, (-(-height // 8), -(-width // 8), channels), np.uint8)
    return rough.repeat(8, 0).repeat(8, 1)[:height, :width]


def paint(path: Path, height: int = 32, width: int = 32, channels: int = 3) -> np.ndarray:
    """Write a picture, and give its pixels."""
    values = pixels(height, width, channels)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(values if channels > 1 else values[..., 0]).save(path)
    return values


def run_files(folder: Path, through: Pipeline, stated: dict[str, Any], *, aligned: bool = False, **options: Any) -> Any:
    """Translate all of `folder` into its sub-folder out; gives the answer and what was said."""
    said: list[str] = []
    files = picture_files([str(folder)], "A", said.append)
    jobs = list(map(Job, files, outputs(files, folder / "out", through.channels[1], ())))
    preprocessor = preprocessor_for(through, stated, aligned=aligned, **options)
    return translate_files(through, preprocessor, jobs, sheet=2, say=said.append), said
