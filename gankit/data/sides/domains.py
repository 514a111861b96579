"""Two folders of pictures, a domain each; pictures of one name in both are a pair."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from gankit.base.errors import UserError
from gankit.base.text import plural
from gankit.data.sides.matched_pairs import Partnered, partnered
from gankit.data.sources.folder import File, Listing, hidden, list_folder, read_folder, reading

LAYOUTS = (
    {"train": ("trainA", "trainB"), "test": ("testA", "testB")},
    {"train": ("train/A", "train/B"), "test": ("test/A", "test/B")},
)
"""The folders of a split: in CycleGAN's data sets, and with a folder for each split."""
PLAIN = ("A", "B")
"""Those that may each be divided into train/ and test/ themselves."""


def folders(source: Path) -> tuple[str, str] | None:
    """What the folders of two domains in `source` are called; None where there are none.

    Raises `UserError` where one of trainA/ and trainB/ is missing.
    """

    def inside(folder: str) -> set[str]:
        with reading(source / folder):
            return {entry.name for entry in os.scandir(source / folder) if entry.is_dir() and not hidden(entry.name)}

    if names := sides_among(inside):
        return names
    if alone := inside("") & set(LAYOUTS[0]["train"]):
        there = alone.pop()
        missing = next(name for name in LAYOUTS[0]["train"] if name != there)
        raise UserError(f"{str(source)!r} holds {there}/ but no {missing}/: put the other domain there")
    return None


def sides_among(inside: Callable[[str], set[str]]) -> tuple[str, str] | None:
    """What the folders of two domains are called, among those `inside` a folder ("" for the whole source).

    A and B are classes like any other where there are more folders beside them.
    """
    there = inside("")
    named, divided = (layout["train"] for layout in LAYOUTS)
    if set(named) <= there:
        return named
    if "train" in there and inside("train") == set(PLAIN):
        return divided
    return PLAIN if there == set(PLAIN) else None


def list_domains(source: Path, names: tuple[str, str], split: str) -> tuple[Listing, Listing]:
    """The pictures of a split of both domains in `source`, whose folders are called `names`."""
    if names == PLAIN:
        return list_folder(source / names[0], split), list_folder(source / names[1], split)
    layout = next(layout for layout in LAYOUTS if layout["train"] == names)
    if not all((source / name).is_dir() for name in layout[split]):
        raise UserError(f"{str(source)!r} has no {split} split: put {'/ and '.join(layout[split])}/ in it")
    first, second = (list_folder(source / name, "train") for name in layout[split])
    return first, second


def match(first: Listing, second: Listing) -> tuple[Listing, Listing, tuple[str, ...]]:
    """The files of both that have a partner of the same name but for its suffix, in one order; and what to say.

    Raises `UserError` where none has.
    """
    mine, theirs = by_stem(first), by_stem(second)
    shared = sorted(mine.keys() & theirs.keys())
    if not shared:
        examples = f"{first.files[0].name!r} and {second.files[0].name!r}, say"
        raise UserError(
            f"{first.root.name}/ and {second.root.name}/ in {str(first.root.parent)!r} share no names ({examples}): "
            "give both pictures of a pair the same name; cyclegan needs no pairs"
        )
    notes = []
    for listing, partners in ((first, theirs), (second, mine)):
        if alone := [file.name for file in listing.files if stem(file) not in partners]:
            more = f" and {len(alone) - 3:,} more" if len(alone) > 3 else ""
            some = f"{', '.join(alone[:3])}{more}"
            notes.append(f"{plural(len(alone), 'picture')} of {listing.root.name}/ without a partner left out: {some}")
    return (
        first._replace(files=[mine[name] for name in shared]),
        second._replace(files=[theirs[name] for name in shared]),
        tuple(notes),
    )


def mostly_shared(first: Listing, second: Listing) -> bool:
    """Whether more than half of all names are in both."""
    mine, theirs = by_stem(first).keys(), by_stem(second).keys()
    return 2 * len(mine & theirs) > len(mine | theirs)


def by_stem(listing: Listing) -> dict[str, File]:
    """Files by their name without its suffix; of several the first."""
    return {stem(file): file for file in reversed(listing.files)}


def stem(file: File) -> str:
    return str(PurePosixPath(file.name).with_suffix(""))


def read_partnered(own: Listing, other: Listing) -> Partnered:
    """The pictures of `own`, each of use only where the one at its place in `other` can be read."""
    return partnered(read_folder(own), read_folder(other))
