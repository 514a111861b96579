"""Pairs made of any pictures: what can be computed from one is a side, and the truth of a translation is known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch

from gankit.base.errors import UserError
from gankit.base.randomness import derive
from gankit.base.text import plural
from gankit.data.pack import Pack
from gankit.data.pack.content import Content, Decoded, hash_values
from gankit.data.pack.decode import Header, Layout
from gankit.data.pack.values import Asked, Rule

Make = Callable[[np.ndarray], np.ndarray]

FORMAT = 1
"""Raised whenever a pairing of the same picture would come out different."""
HELD_OUT = 10
"""Of a source without a test split, every tenth picture is one of the pairing's."""
KNOTS = ((8, 180, 255), (12, 84, 232), (72, 76, 128))
RAMP = np.stack([np.interp(np.arange(256), (0, 128, 255), knots).round() for knots in KNOTS], -1).astype(np.uint8)
"""[256, 3], dark blue over orange to yellow: no channel ever falls, and no two colours are the same."""
FAINT = 16.0
"""A slope below this, of 255 over two pixels, is no edge in even the dullest picture."""


class Pairing(NamedTuple):
    """Two functions of a picture, uint8 [h, w, C]: its two sides, uint8 [h', w', C'], of one height and width."""

    about: str
    first: Make
    second: Make
    channels: tuple[int, ...] = (1, 2, 3, 4)
    """How many the picture may have."""
    square: bool = False
    """Whether it must be as wide as high."""

    def make(self, picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self.first(picture), self.second(picture)


def itself(picture: np.ndarray) -> np.ndarray:
    return picture


def luminance(picture: np.ndarray) -> np.ndarray:
    """Brightness [h, w, 1] of a picture [h, w, 1 or 3], by the weights of ITU-R BT.601."""
    if picture.shape[-1] == 1:
        return picture
    return np.rint(picture @ np.array([0.299, 0.587, 0.114])).astype(np.uint8)[..., None]


def edges(picture: np.ndarray) -> np.ndarray:
    return edge_map(luminance(picture)[..., 0])[..., None]


def tint(picture: np.ndarray) -> np.ndarray:
    return RAMP[luminance(picture)[..., 0]]


def edge_map(grey: np.ndarray) -> np.ndarray:
    """The edges of uint8 [h, w], black (0) on white (255), one pixel wide.

    Slopes of the smoothed picture, thinned to their ridges; those of the steepest tenth are edges, and those of the
    steepest quarter where they go on from one. Canny, "A Computational Approach to Edge Detection", 1986.
    """
    from scipy import ndimage

    smooth = ndimage.gaussian_filter(grey.astype(np.float32), 1.0, mode="nearest")
    down = np.asarray(ndimage.sobel(smooth, 0, mode="nearest")) / 4
    right = np.asarray(ndimage.sobel(smooth, 1, mode="nearest")) / 4
    slope = np.hypot(down, right)
    ridge = slope >= along_gradient(slope, down, right)
    low, high = np.maximum(np.quantile(slope, (0.75, 0.9)), FAINT)
    labelled: Any = ndimage.label(ridge & (slope >= low), structure=np.ones((3, 3)))
    parts = labelled[0]
    kept = np.unique(parts[ridge & (slope >= high)])
    return np.where((parts > 0) & np.isin(parts, kept), 0, 255).astype(np.uint8)


def along_gradient(slope: np.ndarray, down: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The larger of the two neighbours of each pixel of `slope` [h, w] in the direction of the gradient.

    The neighbour behind is raised by a hair, so that of two equal ones just one is a ridge.
    """
    height, width = slope.shape
    padded = np.pad(slope, 1)
    sector = np.rint(np.arctan2(down, right) / (np.pi / 4)).astype(int) % 4
    larger = np.zeros_like(slope)
    for index, (y, x) in enumerate(((0, 1), (1, 1), (1, 0), (1, -1))):
        ahead = padded[1 + y : 1 + y + height, 1 + x : 1 + x + width]
        behind = padded[1 - y : 1 - y + height, 1 - x : 1 - x + width]
        larger = np.where(sector == index, np.maximum(ahead, np.nextafter(behind, np.inf, dtype=np.float32)), larger)
    return larger


PAIRINGS = {
    "colorize": Pairing("a colour picture's brightness, and the picture", luminance, itself, channels=(3,)),
    "edges": Pairing("a picture's edges, dark on white, and the picture", edges, itself, channels=(1, 3)),
    "rotate": Pairing("a picture, and it turned left by a quarter", itself, np.rot90, square=True),
    "tint": Pairing("a picture in grey, and in colours from dark blue to yellow", luminance, tint, channels=(1, 3)),
}


@dataclass(frozen=True, kw_only=True)
class Derived(Content):
    """One side of a pairing of the images of a pack, made one by one."""

    values: np.ndarray
    """[M, H, W, C], as a pack stores them."""
    chosen: np.ndarray
    """[N], which of `values`."""
    make: Make
    rule: Rule
    """What became of the pack's values."""

    def __len__(self) -> int:
        return len(self.chosen)

    def name(self, index: int) -> str:
        return f"#{self.chosen[index]}"

    def items(self, start: int, stop: int) -> Iterator[np.ndarray]:
        return (self.values[index] for index in self.chosen[start:stop])

    def layout(
        self, size: tuple[int, int] | None, asked: Asked, pool: Executor, seen: set[Header]
    ) -> tuple[Layout, list[str]]:
        shape = self.sided(self.values[0]).shape
        assert size in (None, shape[:2])
        return Layout(shape, np.dtype(np.uint8), self.rule), []

    def decode(self, item: np.ndarray, layout: Layout) -> Decoded:
        values = self.sided(item)
        return Decoded(values, values.shape[:2], str(values.dtype), hash_values(values))

    def sided(self, item: np.ndarray) -> np.ndarray:
        if item.dtype == np.int16:
            item = np.rint((item.astype(np.float32) + 32768) / 257).astype(np.uint8)
        return np.ascontiguousarray(self.make(item))


def require(pairing: str, pack: Pack) -> None:
    """Raise `UserError` where `pairing` can't be made of the images of `pack`."""
    row = PAIRINGS[pairing]
    if not pack.spec.is_image:
        raise UserError(f"--pair {pairing} needs pictures; {pack.source!r} holds vectors")
    channels, height, width = pack.spec.shape
    if channels not in row.channels:
        wanted = " or ".join({1: "grey", 3: "RGB"}[channels] for channels in row.channels)
        raise UserError(
            f"--pair {pairing} needs pictures in {wanted}; those of {pack.source!r} have {plural(channels, 'channel')}"
        )
    if row.square and height != width:
        side = min(height, width)
        raise UserError(f"--pair {pairing} needs square pictures, not {height}x{width}: ask for --size {side}")


def choose(n: int, *, split: str, own_test: bool, apart: bool) -> tuple[np.ndarray, np.ndarray]:
    """Which of `n` images are of the first side and of the second, sorted: by a fixed shuffle.

    own_test: whether the source has a test split, so that all of them are of `split`; else a tenth is held out of
        training, as a test split.
    apart: no image gives both sides in training; in a test split all do.
    """
    order = torch.randperm(n, generator=torch.Generator().manual_seed(derive(0, "pairing"))).numpy()
    held = 0 if own_test else max(1, n // HELD_OUT)
    if split == "test":
        order = order if own_test else order[:held]
        return np.sort(order), np.sort(order)
    order = order[held:]
    middle = len(order) // 2
    first, second = (order[:middle], order[middle:]) if apart else (order, order)
    return np.sort(first), np.sort(second)
