"""A pack: a data set decoded once, at the size it is trained at, in a form that a batch is a gather from."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from gankit.data.pack.values import Rule, as_rule
from gankit.game.batch import DataSpec
from gankit.pictures.grids import grid
from gankit.pictures.notebook import as_html

SHOWN = 32
"""Images of a pack that a notebook shows."""
SHEET = 2048**2
"""Pixels that a sheet of pictures has at most, about."""
MIDDLE = {torch.uint8: (127.5, 127.5), torch.int16: (-0.5, 32767.5)}
"""Where a stored type has its zero, and what is one: (middle, half the range). 16-bit pixels are kept as
int16, shifted by 32768, because torch computes little with uint16."""


@dataclass(frozen=True)
class Report:
    """What was found in a source, and what was done to it. Everything in it can be written as JSON."""

    notes: list[str] = field(default_factory=list)
    """What was done to the data, a sentence each."""
    unreadable: list[tuple[str, str]] = field(default_factory=list)
    """(name, reason) of what was skipped."""
    duplicates: list[list[str]] = field(default_factory=list)
    """Groups of names whose decoded values are the same."""
    sizes: dict[str, int] = field(default_factory=dict)
    """How many pictures came in each size, "HxW"."""
    modes: dict[str, int] = field(default_factory=dict)
    """How many came in each pixel format: Pillow's name, or numpy's for arrays."""
    bits: int = 8
    """Bits of a stored value: 8 or 16 for images, 32 for vectors."""
    values: Rule = field(default_factory=dict)
    """What became of values that do not use their container (`gankit.data.pack.values`): the low and the high by kind,
    or the middle and the scale of each column of vectors."""

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Report:
        pairs = {
            "unreadable": [(name, reason) for name, reason in data["unreadable"]],
            "values": as_rule(data["values"]),
        }
        return cls(**{**data, **pairs})


@dataclass(frozen=True, eq=False)
class Pack:
    """A data set ready to train on."""

    source: str
    """The name it was opened by."""
    spec: DataSpec
    values: Tensor = field(repr=False)
    """Images [N, H, W, C], uint8 or (16-bit pixels less 32768) int16, or vectors [N, D], float32."""
    labels: Tensor | None = field(repr=False)
    """[N], int64, where the source has classes; [N, K] of 0 and 1 where these are attributes (`DataSpec.rates`)."""
    key: str
    """Hex digest of what the pack was made from and how; the same key means the same data."""
    content: str
    """Hex digest of the data themselves: the same wherever they lie, and whenever they were written."""
    report: Report = field(repr=False)
    path: Path | None = None
    """The directory it is mapped from; None for what lives in memory."""
    other: Pack | None = field(default=None, repr=False)
    """The second side, of pairs (the n-th of one belongs to the n-th of the other) or of two domains. `spec` tells
    its shape and which of the two it is; `key` and `content` are of both sides, all else is of the first alone."""

    def __len__(self) -> int:
        return len(self.values)

    def _repr_html_(self) -> str:
        shape = "x".join(map(str, self.spec.shape))
        line = f"{self.source}: {len(self):,} of {shape}"
        if self.labels is not None:
            line += f", {len(self.spec.classes)} classes: {', '.join(self.spec.classes[:20])}"
        picture = [grid(thumbnails(self, range(min(SHOWN, len(self)))))] if self.spec.is_image else []
        return as_html(line, *self.report.notes, *picture)


def normalise(values: Tensor) -> Tensor:
    """Stored values [n, H, W, C] as float32 [n, C, H, W] in [-1, 1], ends included; vectors as they are.

    The result is channels-last in memory, which is how the pack is stored.
    """
    if values.dtype not in MIDDLE:
        return values
    middle, half = MIDDLE[values.dtype]
    return values.float().sub_(middle).div_(half).permute(0, 3, 1, 2)


def quantise(values: Tensor, dtype: torch.dtype) -> Tensor:
    """The inverse of `normalise`: images [n, C, H, W] as stored values of `dtype`, rounded and clipped to its range."""
    if dtype not in MIDDLE:
        return values
    middle, half = MIDDLE[dtype]
    return values.clamp(-1, 1).mul(half).add_(middle).round_().to(dtype).permute(0, 2, 3, 1)


def in_units(values: Tensor, rule: Rule) -> Tensor:
    """Vectors [n, D] of a pack whose columns went by `rule`, in the units of the data; images as they are."""
    if values.dim() != 2 or not rule:
        return values
    middle, scale = torch.tensor(list(rule.values()), dtype=torch.float64).T
    return (values.double() * scale.to(values.device) + middle.to(values.device)).to(values.dtype)


def from_units(values: Tensor, rule: Rule) -> Tensor:
    """The inverse of `in_units`."""
    if values.dim() != 2 or not rule:
        return values
    middle, scale = torch.tensor(list(rule.values()), dtype=torch.float64).T
    return ((values.double() - middle.to(values.device)) / scale.to(values.device)).to(values.dtype)


def in_data_units(pack: Pack) -> Pack:
    """A pack of vectors with its values in the units of the data; any other as it is."""
    rule = pack.report.values
    if pack.spec.is_image or not rule:
        return pack
    mean = None if pack.spec.mean is None else in_units(pack.spec.mean[None], rule)[0]
    return replace(
        pack,
        values=in_units(pack.values, rule),
        spec=replace(pack.spec, mean=mean),
        report=replace(pack.report, values={}),
        key=f"{pack.key} in units",
        content=f"{pack.content} in units",
    )


def images(pack: Pack, indices: Tensor | list[int]) -> Tensor:
    """The items of `pack` at `indices`: float32 images [n, C, H, W] in [-1, 1], or vectors [n, D]."""
    return normalise(pack.values[torch.as_tensor(indices, dtype=torch.int64)])


def thumbnails(pack: Pack, indices: Sequence[int], *, among: int | None = None) -> Tensor:
    """The images of `pack` at `indices`, [n, C, h, w] in [-1, 1]: reduced, by means, where `among` as many (by default
    these) would have more than `SHEET` pixels together. Each is reduced as it is read."""
    _, height, width = pack.spec.shape
    share = math.sqrt(SHEET / (max(1, among or len(indices)) * height * width))
    if share >= 1:
        return images(pack, list(indices))
    size = max(1, int(height * share)), max(1, int(width * share))
    return torch.cat([interpolate(images(pack, [index]), size, mode="area") for index in indices])
