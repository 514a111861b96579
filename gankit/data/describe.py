"""A data set at a glance: what would be trained on, and what is wrong with it."""

from __future__ import annotations

import math

import torch
from PIL import Image
from torch import Tensor

from gankit import pictures
from gankit.base.spacing import spaced
from gankit.base.text import plural
from gankit.data.pack import Pack, images, in_units, thumbnails
from gankit.data.sides.side_by_side import twice_as_wide

SHOWN = 20
BAR = 30
CLOUD = 5000
CHANNELS = {1: "grey", 3: "RGB", 4: "RGBA"}


def describe(pack: Pack) -> list[str]:
    """The lines that `gankit data SOURCE` prints."""
    if pack.other is not None:
        return describe_sides(pack, pack.other)
    image = pack.spec.is_image
    lines = [f"{pack.source}: {plural(len(pack), 'image' if image else 'vector')}, {shape_in_words(pack)}"]
    lines += [*origins(pack), *class_lines(pack), *findings(pack)]
    if image and side_by_side(pack):
        lines.append(row("hint", "they look like pairs side by side: --pair side-by-side shows them as two sides"))
    return [*lines, where(pack)]


def describe_sides(first: Pack, second: Pack) -> list[str]:
    """The same of two sides: what there is of each, one after the other."""
    pairs = f"{plural(len(first), 'pair')}" if first.spec.aligned else "two domains"
    lines = [f"{first.source}: {pairs}"]
    for title, pack in (("first side", first), ("second side", second)):
        lines.append(row(title, f"{plural(len(pack), 'image')}, {shape_in_words(pack)}"))
        lines += [*origins(pack), *findings(pack), where(pack)]
    return lines


def origins(pack: Pack) -> list[str]:
    """In which sizes and formats the items came."""
    report, lines = pack.report, []
    if pack.spec.is_image and len(report.sizes) > 1:
        lines.append(row("came as", listed(report.sizes)))
    if report.modes:
        lines.append(row("values", listed(report.modes)))
    return lines


def findings(pack: Pack) -> list[str]:
    """What was done to the items, and which were skipped or are there twice."""
    report = pack.report
    lines = [row("" if index else "notes", note) for index, note in enumerate(report.notes)]
    if report.unreadable:
        lines.append(row("skipped", f"{plural(len(report.unreadable), 'file')} that could not be read"))
        lines += some([f"{name}: {reason}" for name, reason in report.unreadable])
    if report.duplicates:
        extra = sum(len(group) - 1 for group in report.duplicates)
        lines.append(row("duplicates", f"{extra:,} exact, in {plural(len(report.duplicates), 'group')}"))
        lines += some([" = ".join([*group[:4], *(["..."] if len(group) > 4 else [])]) for group in report.duplicates])
    return lines


def where(pack: Pack) -> str:
    return row("packed in", str(pack.path) if pack.path else "memory")


def side_by_side(pack: Pack) -> bool:
    """Whether most of the pictures of `pack` came about twice as wide as high."""
    sizes = {tuple(map(int, size.split("x"))): n for size, n in pack.report.sizes.items()}
    wide = sum(n for (height, width), n in sizes.items() if twice_as_wide(height, width))
    return wide > 0.9 * len(pack)


def row(title: str, text: str) -> str:
    return f"  {title:<11} {text}"


def some(lines: list[str]) -> list[str]:
    """The first twenty, indented, and how many more there are."""
    more = [f"... and {len(lines) - SHOWN:,} more"] if len(lines) > SHOWN else []
    return [row("", line) for line in lines[:SHOWN] + more]


def listed(counts: dict[str, int]) -> str:
    """The six most frequent, with how often."""
    parts = [f"{name} ({n:,})" for name, n in list(counts.items())[:6]]
    return ", ".join(parts) + (f" and {len(counts) - 6:,} more" if len(counts) > 6 else "")


def shape_in_words(pack: Pack) -> str:
    bits = f"{pack.report.bits} bits"
    if not pack.spec.is_image:
        return f"{plural(pack.spec.shape[0], 'dimension')}, {bits}"
    channels, height, width = pack.spec.shape
    return f"{height}x{width} {CHANNELS.get(channels, f'{channels} channels')}, {bits}"


def class_lines(pack: Pack) -> list[str]:
    """How the classes are balanced: a bar each, or the extremes where they are many."""
    if pack.labels is None:
        return [row("classes", "none")]
    names = pack.spec.classes
    attributes = bool(pack.spec.rates)
    counts = pack.labels.sum(0) if attributes else torch.bincount(pack.labels, minlength=len(names))
    title, what = ("attributes", "attribute") if attributes else ("classes", "class")
    order = counts.sort().values.tolist()
    if len(names) > SHOWN:
        middle = order[len(order) // 2]
        sizes = f"{order[0]:,} to {order[-1]:,} in each, {middle:,} in the median one"
        return [row(title, f"{len(names):,}: {sizes}")]
    width = max(map(len, names))
    lines = [row(title, plural(len(names), what))]
    for name, n in zip(names, counts.tolist(), strict=True):
        lines.append(row("", f"{name:<{width}}  {'█' * max(1, round(BAR * n / max(1, order[-1]))):<{BAR}}  {n:,}"))
    return lines


def contact_sheet(pack: Pack, n: int = 64) -> Image.Image:
    """About `n` items of `pack` on one sheet, evenly from all of it and from every class; vectors as a cloud.

    Of pairs the sides lie next to each other; of two domains the upper half of the sheet is the first.
    """
    if pack.other is not None:
        return pairs_sheet(pack, pack.other, n) if pack.spec.aligned else domains_sheet(pack, pack.other, n)
    if not pack.spec.is_image:
        return pictures.cloud({pack.source: in_units(images(pack, spaced(len(pack), CLOUD)), pack.report.values)})
    return pictures.grid(thumbnails(pack, chosen(pack, n).tolist()))


def pairs_sheet(first: Pack, second: Pack, n: int) -> Image.Image:
    """`n` images, so half as many pairs."""
    shown = spaced(len(first), n // 2).tolist()
    parts = [thumbnails(pack, shown, among=2 * len(shown)) for pack in (first, second)]
    return pictures.grid(torch.cat([pictures.coloured(part) for part in parts], dim=3))


def domains_sheet(first: Pack, second: Pack, n: int) -> Image.Image:
    """`n` images or fewer, as many of both, in whole rows."""
    most = min(len(first), len(second), n // 2)
    columns = min(most, math.isqrt(n))
    shown = most // columns * columns
    parts = [thumbnails(pack, spaced(len(pack), shown).tolist(), among=2 * shown) for pack in (first, second)]
    return pictures.grid(torch.cat([pictures.coloured(part) for part in parts]), columns=columns)


def chosen(pack: Pack, n: int) -> Tensor:
    """`n` indices, or all: where there are classes, class by class, each as often as the next or once more.

    Of more than `n` classes it is one each of `n`, evenly spread.
    """
    if pack.labels is None:
        return spaced(len(pack), n)
    classes = len(pack.spec.classes)
    once_more = set(spaced(classes, n % classes).tolist())
    share = {index: n // classes + (index in once_more) for index in range(classes)}
    of = [pack.labels[:, index] == 1 if pack.spec.rates else pack.labels == index for index in range(classes)]
    shown = ((torch.nonzero(of[index])[:, 0], k) for index, k in share.items() if k)
    return torch.cat([members[spaced(len(members), k)] for members, k in shown])
