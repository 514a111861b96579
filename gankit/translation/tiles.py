"""Images too large to be translated at once: tiles that overlap, blended where they meet."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import product

import torch
from torch import Tensor


def windows(length: int, tile: int, overlap: int) -> tuple[list[int], Tensor]:
    """Where tiles begin along a side of `length` pixels, and the weight of each of their pixels, [tiles, tile].

    They are spread evenly and overlap by `overlap` or more. A tile's weight falls towards a neighbour as a squared
    cosine, over `overlap` pixels, and at every pixel the weights of the tiles over it sum to 1.
    """
    tile = min(tile, length)
    count = 1 if tile == length else math.ceil((length - overlap) / (tile - overlap))
    starts = [round(number * (length - tile) / max(count - 1, 1)) for number in range(count)]
    slope = ((torch.arange(tile, dtype=torch.float64) + 0.5) / max(overlap, 0.5)).clamp(max=1)
    rising = (slope * math.pi / 2).sin().square()
    weights = torch.ones(count, tile, dtype=torch.float64)
    weights[1:] *= rising
    weights[:-1] *= rising.flip(0)
    total = torch.zeros(length, dtype=torch.float64)
    for start, weight in zip(starts, weights, strict=True):
        total[start : start + tile] += weight
    for start, weight in zip(starts, weights, strict=True):
        weight /= total[start : start + tile]
    return starts, weights.float()


def tiled(translate: Callable[[Tensor], Tensor], images: Tensor, *, tile: int, overlap: int, batch: int) -> Tensor:
    """What `translate` makes of images [n, C, H, W]: at once where no side is above `tile`, else `batch` tiles at a
    time."""
    height, width = images.shape[2:]
    if max(height, width) <= tile:
        return translate(images)
    rows, down = windows(height, tile, overlap)
    columns, across = windows(width, tile, overlap)
    down, across = down.to(images.device), across.to(images.device)
    places = [
        ((index, slice(None), slice(top, top + down.shape[1]), slice(left, left + across.shape[1])), row, column)
        for index, (row, top), (column, left) in product(range(len(images)), enumerate(rows), enumerate(columns))
    ]
    outputs: Tensor | None = None
    for start in range(0, len(places), batch):
        chosen = places[start : start + batch]
        parts = translate(torch.stack([images[place] for place, _, _ in chosen]))
        if outputs is None:
            outputs = parts.new_zeros(len(images), parts.shape[1], height, width)
        for part, (place, row, column) in zip(parts, chosen, strict=True):
            outputs[place] += part * down[row][:, None] * across[column]
    assert outputs is not None
    return outputs
