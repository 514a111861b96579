"""Small houses made by rule: label maps in three colours, and photographs whose textures tell the labels."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from gankit.data import Pack
from gankit.data.pack import Report
from gankit.game.batch import DataSpec

SIDE = 24
WALL, WINDOW, DOOR = (0, 0, 255), (255, 0, 0), (255, 255, 0)
LOOKS = ((170, 120, 90), (90, 110, 130), (60, 40, 30))


def labels(n: int, seed: int = 0) -> Tensor:
    """0 for walls, 1 for windows, 2 for doors, [n, SIDE, SIDE]."""
    random = np.random.default_rng(seed)
    found = torch.zeros(n, SIDE, SIDE, dtype=torch.int64)
    for house in found:
        for _ in range(3):
            top, left = random.integers(0, 12, 2)
            house[top : top + 6, left : left + 7] = 1
        left = int(random.integers(0, 18))
        house[17:, left : left + 6] = 2
    return found


def painted(found: Tensor) -> Tensor:
    """Label maps, uint8 [n, SIDE, SIDE, 3]."""
    return torch.tensor([WALL, WINDOW, DOOR], dtype=torch.uint8)[found]


def photographed(found: Tensor, seed: int = 0) -> Tensor:
    """Photographs of the same, uint8, with noise and a light of their own."""
    random = torch.Generator().manual_seed(seed)
    light = 0.8 + 0.4 * torch.rand(len(found), 1, 1, 1, generator=random)
    plain = torch.tensor(LOOKS, dtype=torch.float32)[found] * light
    return (plain + 25 * torch.randn(plain.shape, generator=random)).clamp(0, 255).byte()


def as_jpeg(values: Tensor, quality: int = 60) -> Tensor:
    """What is left of pictures, uint8 [n, H, W, 3], once they were JPEG files."""
    read = []
    for picture in values.numpy():
        file = io.BytesIO()
        Image.fromarray(picture).save(file, "JPEG", quality=quality)
        read.append(np.asarray(Image.open(file)))
    return torch.from_numpy(np.stack(read))


def pack(values: Tensor, content: str) -> Pack:
    shape = (values.shape[-1], *values.shape[1:3])
    return Pack(content, DataSpec(shape=shape), values, None, key=content, content=content, report=Report())


def joined(first: Tensor, second: Tensor, content: str, *, aligned: bool = True) -> Pack:
    """A pack of two sides."""
    one, other = pack(first, f"{content} first"), pack(second, f"{content} second")
    spec = replace(one.spec, other_shape=other.spec.shape, aligned=aligned)
    return replace(one, other=other, spec=spec, content=content)
