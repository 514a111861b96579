"""Euclidean distances between two clouds, a tile at a time: memory stays flat however many points there are."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from gankit.base.errors import UserError

ROWS, COLUMNS = 1024, 4096
"""A tile's size: 16 MiB of float32."""
NARROW = 64
"""Up to so many dimensions distances are computed in double precision, where it costs next to nothing."""


def clouds(metric: str, least: int, **sets: Tensor) -> list[Tensor]:
    """`sets`, called by their keywords in errors, as vectors [n, d]: images [n, ...] are flattened.

    Raises `UserError` where one has fewer than `least` samples, another d than the first, or NaN or infinity.
    """
    flat = []
    for name, values in sets.items():
        if values.dim() < 2:
            raise UserError(f"{metric}: {name} is of shape {list(values.shape)}, where [n, d] is needed")
        if len(values) < least:
            raise UserError(f"{metric} needs at least {least:,} {name} samples, not {len(values):,}")
        flat.append(values.flatten(1))
        if flat[-1].shape[1] != flat[0].shape[1]:
            first, widths = next(iter(sets)), (flat[0].shape[1], flat[-1].shape[1])
            raise UserError(f"{metric}: {first} samples have {widths[0]:,} values each, {name} ones {widths[1]:,}")
        if not flat[-1].sum(dtype=torch.float64).isfinite():
            raise UserError(f"{metric}: {name} samples hold NaN or infinity")
    return flat


def tiles(a: Tensor, b: Tensor) -> Iterator[tuple[slice, slice, Tensor]]:
    """(rows, columns, squared distances between a[rows] and b[columns]) of clouds [n, d] and [m, d].

    All the columns of some rows come before the next rows. Each tile may be overwritten. Points of any type are
    computed in float32, or in float64 if they are that or have up to 64 dimensions.
    """
    double = a.shape[1] <= NARROW or torch.float64 in (a.dtype, b.dtype)
    dtype = torch.float64 if double else torch.float32
    # |a - b|^2 = |a|^2 + |b|^2 - 2ab loses what |a| and |b| have in common, so a rough centre is taken off first;
    # norms shrunk by their rounding error make the distance between equal points 0, never a little more.
    centre = b[:ROWS].to(dtype).mean(0)
    shrink = 1 - 8 * torch.finfo(dtype).eps
    for rows in steps(len(a), ROWS):
        x = a[rows].to(dtype) - centre
        xx = x.square().sum(1, keepdim=True) * shrink
        for columns in steps(len(b), COLUMNS):
            y = b[columns].to(dtype) - centre
            yy = y.square().sum(1) * shrink
            yield rows, columns, torch.addmm(yy, x, y.T, alpha=-2).add_(xx).clamp_(min=0)


def nearest(queries: Tensor, points: Tensor | None = None, k: int = 1) -> tuple[Tensor, Tensor]:
    """Squared distances [n, k], ascending, from `queries` [n, d] to their `k` nearest of `points` [m, d], and which.

    Without `points` these are the queries themselves, each left out of its own neighbours.
    """
    among = queries if points is None else points
    assert 1 <= k <= len(among) - (points is None)
    squares, indices = [], []
    for rows, columns, tile in tiles(queries, among):
        if points is None:
            # Point i is row i - rows.start and column i - columns.start: a diagonal of the tile, where it has one.
            tile.diagonal(rows.start - columns.start).fill_(torch.inf)
        near, which = tile.topk(min(k, tile.shape[1]), largest=False) if k > 1 else tile.min(1, keepdim=True)
        which = which + columns.start
        if columns.start:
            near, order = torch.cat([squares.pop(), near], 1).sort(dim=1, stable=True)
            which = torch.cat([indices.pop(), which], 1).gather(1, order)
        squares.append(near[:, :k])
        indices.append(which[:, :k])
    return torch.cat(squares), torch.cat(indices)


def steps(n: int, size: int) -> Iterator[slice]:
    """range(n) in slices of `size`."""
    return (slice(start, min(start + size, n)) for start in range(0, n, size))
