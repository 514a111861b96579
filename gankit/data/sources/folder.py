"""A folder of pictures, whose sub-folders may be classes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np

from gankit.base.errors import UserError
from gankit.base.text import plural
from gankit.data.pack.content import Pictures
from gankit.data.pack.decode import Encoded

KINDS = ("png", "jpg", "jpeg", "webp", "tif", "tiff", "bmp", "gif", "ppm", "pgm", "pbm", "pnm")
EXTENSIONS = frozenset(f".{kind}" for kind in KINDS)
SPLITS = {"train": ("train", "training"), "test": ("test", "testing", "val", "valid", "validation")}
"""What the sub-folder of a split is called, likeliest first."""


class File(NamedTuple):
    """A picture's path in its folder ("cats/1.png"), and what tells it from a changed one unread."""

    name: str
    size: int
    changed: int


class Listing(NamedTuple):
    """The pictures of a folder, sorted by name, and how many other files lie between them."""

    root: Path
    files: list[File]
    others: int
    notes: tuple[str, ...]


def list_folder(folder: Path, split: str) -> Listing:
    """All pictures under `folder`; where it is divided into train/ and test/, those of `split`."""
    with reading(folder):
        inside = {entry.name for entry in os.scandir(folder) if entry.is_dir()}
    part, notes = part_of(folder, inside, split)
    root = folder / part
    return listing_of(root, (File(name, found.st_size, found.st_mtime_ns) for name, found in walk(root, "", ())), notes)


def part_of(folder: Path, inside: set[str], split: str) -> tuple[str, tuple[str, ...]]:
    """The folder of `split` among those `inside` `folder`, "" where it is not divided; and what to say of it."""
    if {"trainA", "trainB"} <= inside:
        raise UserError(f"{str(folder)!r} holds two domains: give one of them, {str(folder / 'trainA')!r} say")
    if inside & set(SPLITS["train"]) and inside & set(SPLITS["test"]):
        part = next(name for name in SPLITS[split] if name in inside)
        return part, (f"only the pictures in {part}/, for its split",)
    if split == "test":
        raise UserError(f"{str(folder)!r} has no test split: put train/ and test/ in it, or give another folder")
    return "", ()


def listing_of(root: Path, found: Iterable[File], notes: tuple[str, ...]) -> Listing:
    """Those of all files in `root` that are of a picture's kind."""
    everything = list(found)
    files = sorted(file for file in everything if Path(file.name).suffix.lower() in EXTENSIONS)
    if not files:
        raise UserError(f"no pictures in {str(root)!r}: put files in it of the kinds {' '.join(KINDS)}")
    return Listing(root, files, len(everything) - len(files), notes)


def walk(root: Path, inner: str, above: tuple[tuple[int, int], ...]) -> Iterator[tuple[str, os.stat_result]]:
    """(relative path, stat) of every file that is not hidden; links are followed, but not in circles."""
    with reading(root / inner):
        here = (root / inner).stat()
        entries = list(os.scandir(root / inner))
    identity = (here.st_dev, here.st_ino)
    if identity in above:
        return
    for entry in entries:
        if hidden(entry.name):
            continue
        name = f"{inner}{entry.name}"
        if entry.is_dir():
            yield from walk(root, f"{name}/", (*above, identity))
        elif entry.is_file():
            yield name, entry.stat()


def hidden(name: str) -> bool:
    """Whether what is called `name` is none of the user's: it starts with a dot, or a Mac added it."""
    return name.startswith((".", "__MACOSX"))


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Word a failure to read `path`."""
    try:
        yield
    except OSError as error:
        raise UserError(f"cannot read {str(path)!r}: {(error.strerror or str(error)).lower()}") from error


def read_folder(listing: Listing) -> Pictures:
    return pictures_of(listing, lambda: (listing.root / file.name for file in listing.files))


def pictures_of(listing: Listing, encoded: Callable[[], Iterator[Encoded]]) -> Pictures:
    """The pictures of `listing`, labelled by first sub-folder where every one of them lies in some."""
    names = [file.name for file in listing.files]
    notes = list(listing.notes)
    if listing.others:
        notes.append(f"{plural(listing.others, 'file')} ignored, not of a picture's kind")
    folders = [name.partition("/")[0] if "/" in name else None for name in names]
    labels, classes = None, ()
    if None not in folders:
        present, inverse = np.unique(np.array(folders), return_inverse=True)
        labels, classes = inverse, tuple(map(str, present))
        notes.append(f"{plural(len(classes), 'sub-folder')} taken as classes")
    elif any(folders):
        notes.append("no classes: some pictures lie outside the sub-folders")
    return Pictures(
        names=names,
        encoded=encoded,
        labels=labels,
        classes=classes,
        notes=tuple(notes),
    )
