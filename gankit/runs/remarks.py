"""What is said of the data when a training starts."""

from __future__ import annotations

from gankit.data import Pack
from gankit.data.pack.values import in_words
from gankit.game import Generator, Translator

FIRST = 1_000
"""Pictures that are looked at for being all the same."""


def pack_words(pack: Pack) -> str:
    """What is trained on: `476 pairs of 64x64x3 images`."""
    if not pack.spec.is_image:
        return f"{len(pack):,} vectors of {pack.spec.shape[0]}"
    scaled = in_words(pack.report.values)
    if pack.other is None:
        return f"{len(pack):,} {_shown(pack)} images{scaled}"
    sides = " and ".join(dict.fromkeys(map(_shown, (pack, pack.other))))
    if pack.spec.aligned:
        return f"{len(pack):,} pairs of {sides} images{scaled}"
    return f"{len(pack):,} and {len(pack.other):,} {sides} images{scaled}"


def _shown(pack: Pack) -> str:
    channels, height, width = pack.spec.shape
    return f"{height}x{width}x{channels}"


def padding(pack: Pack, generator: Generator | Translator) -> list[str]:
    """That images are padded, where a translator pads them."""
    if not isinstance(generator, Translator):
        return []
    sides = pack.spec.shape[1:]
    height, width = (side + -side % generator.multiple for side in sides)
    if (height, width) == sides:
        return []
    return [f"{sides[0]}x{sides[1]} images are padded to {height}x{width} in the generator, and cropped again"]


def remarks(pack: Pack) -> list[str]:
    """What was done to the data, and what was skipped, in a few lines; `gankit data` tells all of it."""
    lines, skipped = list(pack.report.notes), list(pack.report.unreadable)
    if pack.other:
        lines += [note for note in pack.other.report.notes if note not in lines]
        skipped += [line for line in pack.other.report.unreadable if line not in skipped]
    first = pack.values[:FIRST]
    if len(first) == 1:
        lines.append("it holds a single picture, so there is nothing to learn but that one")
    elif bool((first == first[:1]).all()):
        lines.append("its pictures are all the same, so there is nothing to learn but that one")
    if skipped:
        named = "; ".join(f"{name}: {why}" for name, why in skipped[:3])
        rest = f"; and {len(skipped) - 3} more, which gankit data lists" if len(skipped) > 3 else ""
        lines.append(f"{len(skipped)} unreadable files skipped: {named}{rest}")
    return lines
