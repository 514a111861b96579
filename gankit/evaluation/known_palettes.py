"""Colours of label maps that are known by name, where pictures are painted in them: Cityscapes'.

Cordts et al., "The Cityscapes Dataset for Semantic Urban Scene Understanding", 2016. arXiv:1604.01685
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from gankit.evaluation.palette import APART, Palette, levels

SURE = 20.0
"""Distance in levels within which a pixel is of the nearest colour for certain: JPEG's noise, not a blend of two."""
AROUND = 5
"""Side of the square in which an uncertain pixel, at an edge that JPEG or shrinking blended, finds its label."""
CITYSCAPES = {
    "road": (128, 64, 128),
    "sidewalk": (244, 35, 232),
    "building": (70, 70, 70),
    "wall": (102, 102, 156),
    "fence": (190, 153, 153),
    "pole": (153, 153, 153),
    "traffic-light": (250, 170, 30),
    "traffic-sign": (220, 220, 0),
    "vegetation": (107, 142, 35),
    "terrain": (152, 251, 152),
    "sky": (70, 130, 180),
    "person": (220, 20, 60),
    "rider": (255, 0, 0),
    "car": (0, 0, 142),
    "truck": (0, 0, 70),
    "bus": (0, 60, 100),
    "train": (0, 80, 100),
    "motorcycle": (0, 0, 230),
    "bicycle": (119, 11, 32),
}
"""The 19 labels that its benchmark scores."""
CITYSCAPES_VOID = (
    (0, 0, 0),
    (111, 74, 0),
    (81, 0, 81),
    (250, 170, 160),
    (230, 150, 140),
    (180, 165, 180),
    (150, 100, 100),
    (150, 120, 90),
    (0, 0, 90),
    (0, 0, 110),
)
"""Colours of what it does not score: the car that films, parking, tunnels and the like."""


@dataclass(frozen=True, eq=False)
class KnownPalette(Palette):
    """Colours that go by names, and after them those of one more label, void, that is not scored."""

    known: tuple[str, ...]
    """The names of the first colours."""

    def __len__(self) -> int:
        return len(self.known) + 1

    @property
    def scored(self) -> int:
        return len(self.known)

    @property
    def names(self) -> list[str]:
        return [*self.known, "void"]

    def labels(self, images: Tensor) -> Tensor:
        """Of the nearest colour; at edges, where blends of two look like a third, of one that lies beside for sure."""
        pixels = levels(images)
        distances = torch.stack([(pixels - colour[:, None, None]).norm(dim=1) for colour in self.colours], 1)
        least, nearest = distances.min(1)
        sure = F.one_hot(nearest, len(self.colours)).movedim(-1, 1).float() * (least <= SURE)[:, None]
        beside = F.max_pool2d(sure, AROUND, 1, AROUND // 2) > 0
        nearest_beside = torch.where(beside, distances, torch.inf).argmin(1)
        return torch.where(beside.any(1), nearest_beside, nearest).clamp(max=len(self.known))


def known_palette(found: Palette) -> Palette:
    """The palette whose colours `found` is made of, if one is known: with those that are too rare to be found."""
    colours = torch.tensor([*CITYSCAPES.values(), *CITYSCAPES_VOID], dtype=torch.float32)
    if len(found) < 4 or found.colours.shape[1] != 3:
        return found
    distances = torch.cdist(found.colours, colours)
    near = distances.amin(1) <= APART / 3
    distinct = len(distances.argmin(1).unique()) == len(found)
    if near.float().mean() < 0.8 or not distinct:
        return found
    return KnownPalette(colours, found.explained, found.inside, tuple(CITYSCAPES))
