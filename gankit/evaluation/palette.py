"""Pictures of labels: which few colours they are painted in, and which of them a pixel has."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

import torch
from torch import Tensor
from torch.nn import functional as F

FLAT = 32.0
"""Levels by which a pixel may differ from its neighbours and still lie inside an area: JPEG's noise, not an edge."""
APART, SMEARED = 36.0, 64.0
"""Distance in levels within which two colours are one, and within which the rarer one is noise of the other if it has
less than a tenth of its pixels."""
NEAR = 16.0
"""Distance in levels within which most pixels of an area lie about its colour."""
RAREST = 0.005
MOST = 32
WORDS = {
    "black": (0, 0, 0),
    "grey": (128, 128, 128),
    "white": (255, 255, 255),
    "red": (255, 0, 0),
    "green": (0, 255, 0),
    "blue": (0, 0, 255),
    "yellow": (255, 255, 0),
    "cyan": (0, 255, 255),
    "magenta": (255, 0, 255),
    "orange": (255, 128, 0),
}
STEP = 16


@dataclass(frozen=True, eq=False)
class Palette:
    """The colours that pictures of labels are painted in, the commonest first."""

    colours: Tensor
    """[K, C], float32 levels from 0 to 255."""
    explained: float
    """Share of the pixels inside areas that lie within `NEAR` of one of them."""
    inside: float
    """Share of all pixels that are inside areas."""

    def __len__(self) -> int:
        return len(self.colours)

    @property
    def scored(self) -> int:
        """How many of the labels, the first ones, count in scores: all of them."""
        return len(self)

    @property
    def of_labels(self) -> bool:
        """Whether pictures are painted in these alone, as no photograph is."""
        return len(self) > 1 and self.explained > 0.85 and self.inside > 0.2

    @property
    def names(self) -> list[str]:
        """A name each: a word for the colours that have one to themselves, else their levels as #rrggbb."""
        words = [_word(colour) for colour in self.colours]
        return [
            word if word and words.count(word) == 1 else written(colour)
            for word, colour in zip(words, self.colours, strict=True)
        ]

    def labels(self, images: Tensor) -> Tensor:
        """The number of the nearest colour, int64 [n, H, W], of images [n, C, H, W] in [-1, 1]."""
        return self._nearest(levels(images))[1]

    def stranger(self, images: Tensor) -> tuple[int, str, float] | None:
        """The first of images [n, C, H, W] with a colour that is not among these in more than 2 % of its pixels: its
        number, that colour as #rrggbb, and the share. Edges between areas don't count, nor what lies between two of
        these, as shrinking blends them."""
        for number, image in enumerate(images.split(1)):
            pixels = levels(image)
            far = (self._nearest(pixels)[0] > APART) & flat(pixels)
            strange = pixels.movedim(1, -1)[far]
            strange = strange[~self._between(strange)]
            if (share := len(strange) / far.numel()) > 0.02:
                return number, written(_clusters(*_counted(strange))[0][0]), share
        return None

    def _between(self, pixels: Tensor) -> Tensor:
        """Whether pixels [n, C] are a blend of two of these, bool [n]."""
        blended = torch.zeros(len(pixels), dtype=torch.bool)
        for one, other in combinations(self.colours, 2):
            way = other - one
            along = ((pixels - one) @ way / way.square().sum()).clamp(0, 1)
            blended |= (pixels - one - along[:, None] * way).norm(dim=1) <= APART
        return blended

    def _nearest(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        distances = torch.stack([(pixels - colour[:, None, None]).square().sum(1) for colour in self.colours])
        least, index = distances.min(0)
        return least.sqrt(), index


def levels(images: Tensor) -> Tensor:
    """Images in [-1, 1] as numbers from 0 to 255."""
    return (images + 1) * 127.5


def flat(pixels: Tensor) -> Tensor:
    """Whether a pixel is inside an area, bool [n, H, W], for levels [n, C, H, W]: what shrinking blends at edges and
    what JPEG smears there is not."""
    most = F.max_pool2d(pixels, 3, 1, 1)
    least = -F.max_pool2d(-pixels, 3, 1, 1)
    return (most - least).amax(1) <= FLAT


def palette_of(images: Iterable[Tensor]) -> Palette:
    """The palette of images [n, C, H, W] in [-1, 1] with up to 4 channels, given some at a time: their commonest
    colours, no two nearer than `APART`, each of at least `RAREST` of the pixels inside areas, `MOST` at most."""
    counts, sums, total = torch.zeros(()), torch.zeros(()), 0
    for part in images:
        pixels = levels(part)
        total += pixels[:, 0].numel()
        more, more_sums = _counted(pixels.movedim(1, -1)[flat(pixels)])
        counts, sums = counts + more, sums + more_sums
    colours, shares = _clusters(counts, sums)
    colours = colours[shares >= RAREST][:MOST]
    means, counts = _means(counts, sums)
    near = torch.cdist(means, colours).amin(1) <= NEAR if len(colours) else torch.zeros(len(means), dtype=torch.bool)
    inside = float(counts.sum())
    return Palette(colours, float(counts[near].sum()) / max(inside, 1.0), inside / total)


def _counted(pixels: Tensor) -> tuple[Tensor, Tensor]:
    """How many pixels of [n, C] are in each cell of a grid of colours, and their sum: [cells], [cells, C]."""
    channels = pixels.shape[1]
    assert channels <= 4
    grid = 256 // STEP
    cells = (pixels / STEP).long().clamp(0, grid - 1)
    index = sum((cells[:, channel] * grid**channel for channel in range(channels)), torch.zeros_like(cells[:, 0]))
    counts = index.bincount(minlength=grid**channels).double()
    sums = torch.zeros(grid**channels, channels, dtype=torch.float64).index_add_(0, index, pixels.double())
    return counts, sums


def _means(counts: Tensor, sums: Tensor) -> tuple[Tensor, Tensor]:
    """The mean colour of each cell that has pixels, the fullest first, and how many."""
    order = counts.argsort(descending=True, stable=True)[: int((counts > 0).sum())]
    return (sums[order] / counts[order, None]).float(), counts[order]


def _clusters(counts: Tensor, sums: Tensor) -> tuple[Tensor, Tensor]:
    """Colours [K, C], no two nearer than `APART`, and the share [K] of the pixels about each, the commonest first."""
    means, counts = _means(counts, sums)
    chosen: list[int] = []
    for cell in range(len(means)):
        distances = (means[chosen] - means[cell]).norm(dim=1)
        needed = torch.where(counts[chosen] > 10 * counts[cell], SMEARED, APART)
        if len(chosen) <= MOST and bool((distances >= needed).all()):
            chosen.append(cell)
    if not chosen:
        return means, counts
    owner = torch.cdist(means, means[chosen]).argmin(1)
    totals = torch.zeros(len(chosen), dtype=torch.float64).index_add_(0, owner, counts)
    order = totals.argsort(descending=True, stable=True)
    return means[chosen][order], totals[order] / totals.sum()


def written(colour: Tensor) -> str:
    """As #rrggbb, or #gg where there is one channel."""
    return "#" + "".join(f"{round(float(level)):02x}" for level in colour.clamp(0, 255))


def _word(colour: Tensor) -> str:
    if len(colour) not in (1, 3):
        return ""
    levels = torch.tensor([*WORDS.values()], dtype=torch.float32)
    distances = (levels - colour.expand(3)).norm(dim=1)
    return [*WORDS][int(distances.argmin())] if float(distances.min()) < APART else ""
