"""Two folders of pictures, a domain each; pictures of one name in both are a pair."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from gankit.base.errors import UserError
from gankit.base.text import plural
from gankit.data.pack.content import Pictures
from gankit.data.sides.matched_pairs import Partnered, partnered
from gankit.data.sources.folder import File, Listing, hidden, is_folder, list_folder, read_folder, reading
from gankit.data.sources.splits import SPLITS, named_for
from gankit.data.sources.zipped import inside as inside_zip
from gankit.data.sources.zipped import is_zip, list_zip, read_zip

LAYOUTS = (
    {"train": ("trainA", "trainB"), "test": ("testA", "testB")},
    {"train": ("train/A", "train/B"), "test": ("test/A", "test/B")},
)
"""The folders of a split: in CycleGAN's data sets, and with a folder for each split."""
PAIRED = (("images", "masks"), ("images", "labels"), ("image", "mask"), ("imgs", "masks"), ("input", "target"))
"""Folders in which pictures of one name but for a suffix are pairs."""
SUFFIX = re.compile(r"[_-](?:masks?|labels?|seg|segmentation|gt|images?|img|input|target|a|b)$", re.IGNORECASE)
"""What the names of the two pictures of a pair may end in."""
PLAIN = ("A", "B")
"""Those that may each be divided into train/ and test/ themselves."""


Inside = Callable[[str], set[str]]
"""The folders in a folder of a source, "" for the outermost."""


class Place(NamedTuple):
    """A folder or a .zip file that holds two sides, and how it is looked into."""

    path: Path
    inside: Inside
    listed: Callable[[str, str], Listing]
    """The pictures in one of its folders, by its name, of a split of it."""
    read: Callable[[Listing], Pictures]


def place_of(path: Path) -> Place | None:
    """`path` as a place that may hold two sides; None for a file that is no archive."""
    if is_zip(path):
        return Place(
            path,
            inside_zip(path),
            lambda name, split: list_zip(path, split, within=name),
            lambda listing: read_zip(path, listing),
        )
    if not path.is_dir():
        return None

    def inside(folder: str) -> set[str]:
        with reading(path / folder):
            return {entry.name for entry in os.scandir(path / folder) if is_folder(entry) and not hidden(entry.name)}

    return Place(path, inside, lambda name, split: list_folder(path / name, split), read_folder)


def folders(source: Path, inside: Inside) -> tuple[str, str] | None:
    """What the folders of two domains in `source` are called; None where there are none.

    Raises `UserError` where one of trainA/ and trainB/ is missing.
    """
    if names := sides_among(inside):
        return names
    if len(alone := inside("") & set(LAYOUTS[0]["train"])) == 1:
        there = alone.pop()
        missing = next(name for name in LAYOUTS[0]["train"] if name != there)
        raise UserError(f"{str(source)!r} holds {there}/ but no {missing}/: put the other domain there")
    return None


def sides_among(inside: Inside) -> tuple[str, str] | None:
    """What the folders of two domains are called, among those `inside` a folder ("" for the whole source).

    A and B are classes like any other where there are more folders beside them.
    """
    there = inside("")
    plain = {name.lower(): name for name in sorted(there)}
    named = tuple(name.lower() for name in LAYOUTS[0]["train"])
    if set(named) <= plain.keys():
        return plain[named[0]], plain[named[1]]
    train = named_for(there, "train")
    if train and (within := both(inside(train))):
        return f"{train}/{within[0]}", f"{train}/{within[1]}"
    return both(there)


def both(there: set[str]) -> tuple[str, str] | None:
    """A and B, or images and masks, in any case, where nothing else is among the folders `there`."""
    plain = {name.lower(): name for name in sorted(there)}
    known = next((pair for pair in (("a", "b"), *PAIRED) if set(pair) == plain.keys()), None)
    return (plain[known[0]], plain[known[1]]) if known and len(there) == 2 else None


def list_domains(place: Place, names: tuple[str, str], split: str) -> tuple[Listing, Listing]:
    """The pictures of a split of both domains in `place`, whose folders are called `names`."""
    if "/" not in names[0] and names[0].lower() != "traina":
        return place.listed(names[0], split), place.listed(names[1], split)
    if split != "train":
        names = of_split(place, names, split)
    return place.listed(names[0], "train"), place.listed(names[1], "train")


def of_split(place: Place, names: tuple[str, str], split: str) -> tuple[str, str]:
    """The folders of another split than that of `names`. Raises `UserError` where there are none."""
    wanted = LAYOUTS["/" in names[0]][split]
    there = place.inside("")
    if "/" in names[0] and (part := named_for(there, split)):
        inside = {name.lower(): name for name in place.inside(part)}
        sides = [name.partition("/")[2].lower() for name in names]
        if set(sides) <= inside.keys():
            return f"{part}/{inside[sides[0]]}", f"{part}/{inside[sides[1]]}"
    plain = {name.lower(): name for name in there}
    for word in SPLITS[split] if "/" not in names[0] else ():
        if {f"{word}a", f"{word}b"} <= plain.keys():
            return plain[f"{word}a"], plain[f"{word}b"]
    raise UserError(f"{str(place.path)!r} has no {split} split: put {'/ and '.join(wanted)}/ in it")


def match(first: Listing, second: Listing) -> tuple[Listing, Listing, tuple[str, ...]]:
    """The files of both that have a partner of the same name but for its suffix, in one order; and what to say.

    Raises `UserError` where none has.
    """
    mine, theirs = by_name(first, second)
    shared = sorted(mine.keys() & theirs.keys())
    if not shared:
        examples = f"{first.files[0].name!r} and {second.files[0].name!r}, say"
        raise UserError(
            f"{first.root.name}/ and {second.root.name}/ in {str(first.root.parent)!r} share no names ({examples}): "
            "give both pictures of a pair the same name; cyclegan needs no pairs"
        )
    notes = []
    for listing, own, partners in ((first, mine, theirs), (second, theirs, mine)):
        paired = {file.name for name, file in own.items() if name in partners}
        if alone := [file.name for file in listing.files if file.name not in paired]:
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
    mine, theirs = (side.keys() for side in by_name(first, second))
    return 2 * len(mine & theirs) > len(mine | theirs)


def by_name(first: Listing, second: Listing) -> tuple[dict[str, File], dict[str, File]]:
    """The files of both by what pairs them: their names without suffix, or where none is shared without `SUFFIX`."""
    mine, theirs = by_stem(first), by_stem(second)
    if mine.keys() & theirs.keys():
        return mine, theirs
    bare = [{SUFFIX.sub("", name): file for name, file in side.items()} for side in (mine, theirs)]
    return bare[0], bare[1]


def by_stem(listing: Listing) -> dict[str, File]:
    """Files by their name without its suffix; of several the first."""
    return {stem(file): file for file in reversed(listing.files)}


def stem(file: File) -> str:
    return str(PurePosixPath(file.name).with_suffix(""))


def read_partnered(place: Place, own: Listing, other: Listing) -> Partnered:
    """The pictures of `own`, each of use only where the one at its place in `other` can be read."""
    return partnered(place.read(own), place.read(other))
