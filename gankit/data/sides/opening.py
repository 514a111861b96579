"""Two sides of one source: pairs of pictures, or two domains with nothing to say which belongs to which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Literal, get_args

import torch

from gankit.base.errors import UserError, nearest
from gankit.base.files import cache_root
from gankit.data.pack import Pack, images
from gankit.data.pack.build import Say
from gankit.data.pack.values import Asked
from gankit.data.sides.derived_pairs import PAIRINGS
from gankit.data.sides.layouts import derived, find_sides, source_name
from gankit.data.sources import toys
from gankit.data.sources.located import Split
from gankit.data.sources.opening import (
    Channels,
    Fit,
    Size,
    Source,
    digest,
    known_split,
    open_found,
    parse_size,
    shaped,
)

Direction = Literal["AtoB", "BtoA"]
PAIRS = ("auto", "side-by-side", *PAIRINGS)
FEWEST = 2
"""Pictures that make a domain."""
LOOKED_AT = 16


def open_two_sides(
    source: Source,
    *,
    aligned: bool | None,
    pair: str = "auto",
    direction: Direction = "AtoB",
    size: Size | None = None,
    split: Split = "train",
    cache: Path | None = None,
    say: Say | None = None,
    asked: tuple[Asked, Asked] = (None, None),
    fit: Fit = "crop",
    channels: Channels | None = None,
) -> Pack:
    """The pack of the first side of `source`, with that of the second as its `other`; both of one height and width.

    source: as for `open_one_side`. By itself ("auto") it has two sides where it is a folder of pictures about twice as
        wide as high; one that holds trainA/ and trainB/ (testA/, testB/), or with no other folder beside them train/A/
        and train/B/ (test/A/, test/B/), or A/ and B/; a .npz file with two arrays, (a, b), (A, B), (input, target),
        (images, other) or (trainA, trainB, testA, testB); a table with two columns of pictures.
    aligned: pairs, or else two domains; None for pairs where the source has them. A test split is of pairs wherever
        the source has them, so that a translator can be scored by the truth.
    pair: "side-by-side" cuts pictures of any even width into a left and a right side. "colorize", "edges", "rotate"
        and "tint" make two sides of every picture. For two domains no picture is then in both, but in the test split
        all are; it is the source's own, or a tenth of its pictures that are held out of training.
    direction: "BtoA" makes the second side the first.
    size: without it the first side decides, as in `open_one_side`, for both.
    asked: the rules for the values of the first side and of the second (`gankit.data.pack.values`).
    fit, channels: as for `open_one_side`, of the pictures of either side; a pairing is made of what they give.

    Raises `UserError` where `source` has no two sides, no such split, or fewer than two pictures in a domain.
    """
    target = parse_size(size)
    known_split(split)
    if pair not in PAIRS:
        raise UserError(
            f"there is no pair {pair!r}{nearest(pair, PAIRS)}: it is {', '.join(PAIRS[:-1])} or {PAIRS[-1]}"
        )
    if direction not in get_args(Direction):
        raise UserError(f"there is no direction {direction!r}: it is AtoB or BtoA")
    root = cache_root(cache)
    wanted = None if split == "test" and not aligned else aligned
    if isinstance(source, str) and source in toys.NAMES:
        raise UserError(f"{source!r} holds vectors: a translator needs pictures")
    shape = partial(shaped, fit=fit, channels=channels)
    if pair in PAIRINGS:
        sides = derived(source, pair, target, split, root, say, asked[0], shape, apart=aligned is False)
    else:
        sides = find_sides(source, pair, wanted, split, root, say)
        sides = sides._replace(first=shape(sides.first), second=shape(sides.second))
    halves = (sides.first, sides.second) if direction == "AtoB" else (sides.second, sides.first)
    own = (None, None) if pair in PAIRINGS else asked  # what is made of a pack has its values already
    first = open_found(halves[0], target, split, root, say, own[0])
    _, height, width = first.spec.shape
    second = open_found(halves[1], (height, width), split, root, say, own[1])
    pairs = len(first) == len(second) if sides.aligned is None else sides.aligned
    require_enough(first, second, pairs, split, source)
    notes = [*sides.notes, *([] if pair in PAIRINGS else labels_like(first, second, direction))]
    return join(first, second, source_name(source), pairs, notes)


def join(first: Pack, second: Pack, source: str, aligned: bool, notes: Sequence[str]) -> Pack:
    """`first` with `second` as its other side."""
    return replace(
        first,
        source=source,
        spec=replace(first.spec, classes=(), other_shape=second.spec.shape, aligned=aligned),
        labels=None,
        key=digest(first.key, second.key, aligned),
        content=digest(first.content, second.content),
        report=replace(first.report, notes=[*first.report.notes, *notes]),
        other=second,
    )


def from_one_picture(pack: Pack) -> bool:
    """Whether the sides of `pack` are the halves of one picture each, by which they are called."""
    names = [f"{pack.source}, {side} halves" for side in ("left", "right")]
    return pack.other is not None and pack.other.source in names


def require_enough(first: Pack, second: Pack, aligned: bool, split: Split, source: Source) -> None:
    if aligned and len(first) != len(second):
        raise UserError(
            f"{source_name(source)!r} has {len(first):,} pictures on one side and {len(second):,} on the other: "
            "pairs need as many; cyclegan needs no pairs"
        )
    for pack in (first, second):
        if not aligned and split == "train" and len(pack) < FEWEST:
            raise UserError(f"{pack.source!r} has a single picture that can be read: a domain needs at least {FEWEST}")


def labels_like(first: Pack, second: Pack, direction: Direction) -> list[str]:
    """A hint where the sides look swapped: the second is grey and the first is not, or has far fewer colours."""
    channels = first.spec.shape[0], second.spec.shape[0]
    if channels != (3, 1) and 4 * colours(second) > colours(first):
        return []
    other = "BtoA" if direction == "AtoB" else "AtoB"
    return [f"the second side looks like labels: --direction {other} turns labels into photos"]


def colours(pack: Pack) -> float:
    """How many colours the first pictures of `pack` have each, on average: exp of the entropy of 8 levels a channel,
    of three channels at most.

    Of equally frequent colours it is their number, and the rare colours of a JPEG's noise hardly count.
    """
    levels = images(pack, list(range(min(LOOKED_AT, len(pack)))))[:, :3].add(1).mul(4).long().clamp(max=7)
    codes = (levels * 8 ** torch.arange(levels.shape[1])[:, None, None]).sum(1).flatten(1)
    shares = (torch.bincount(code).double() / len(code) for code in codes)
    return float(torch.stack([torch.special.entr(share).sum().exp() for share in shares]).mean())
