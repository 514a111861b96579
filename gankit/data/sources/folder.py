"""A folder of pictures, whose sub-folders may be classes."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from gankit.base.errors import UserError
from gankit.base.text import plural
from gankit.data.pack.content import Pictures
from gankit.data.pack.encoded import Encoded, Page, format_of, may_have_pages, pages, start_of
from gankit.data.sources.kinds import EXTENSIONS, KINDS, LONE, PICTURE, by_kind, ignored, refuse_mixture, unread
from gankit.data.sources.labels import Label, Table, asked_for, beside, labels_of, numbered
from gankit.data.sources.splits import part_for


class File(NamedTuple):
    """A picture's path in its folder ("cats/1.png"), and what tells it from a changed one unread."""

    name: str
    size: int
    changed: int
    """When; -1 where it may not be read, so that a pack without it is not taken for one of it once it may."""


class Listing(NamedTuple):
    """The pictures of a folder, sorted by name, and the names of the other files between them."""

    root: Path
    files: list[File]
    others: list[str]
    notes: tuple[str, ...]
    table: Table | None = None
    """Where their labels are, if in a file."""

    @property
    def content(self) -> list[Any]:
        """What stands for its content."""
        return [*self.files, *([self.table.stat] if self.table else [])]


def list_folder(folder: Path, split: str, labels: str | None = None) -> Listing:
    """All pictures under `folder`; where it is divided into train/ and test/, those of `split`. `labels` names a table
    of their labels, in the place of one that lies beside them."""

    def look(inner: str) -> tuple[set[str], bool]:
        with reading(folder / inner):
            there = [entry for entry in os.scandir(folder / inner) if not hidden(entry.name)]
        folders = {entry.name for entry in there if is_folder(entry)}
        return folders, any(is_picture(folder / inner / entry.name) for entry in there if entry.name not in folders)

    part, notes = part_for(str(folder), look, split)
    root = folder / part
    found, lost = [], []
    for name, at in walk(root, "", ()):
        unknown = stat.S_ISLNK(at.st_mode) and Path(name).suffix.lower() not in EXTENSIONS
        changed = at.st_mtime_ns if os.access(root / name, os.R_OK) else -1
        (lost if unknown else found).append(File(name, at.st_size, changed))
    if lost:
        names = ", ".join(sorted(file.name for file in lost)[:3]) + (", ..." if len(lost) > 3 else "")
        notes = (*notes, f"{plural(len(lost), 'link')} that can't be followed left out: {names}")
    listing = listing_of(root, found, notes, lambda name: start_of(root / name))
    return listing._replace(table=asked_for(labels) if labels else beside(root, folder))


def is_picture(path: Path) -> bool:
    """Whether a file is a picture: by its suffix, else by how it begins."""
    return path.suffix.lower() in EXTENSIONS or format_of(start_of(path)) is not None


def listing_of(root: Path, found: Iterable[File], notes: tuple[str, ...], start: Callable[[str], bytes]) -> Listing:
    """Those of all files in `root` that are pictures: by their suffix, else by how they `start`.

    Raises `UserError` where there are none, or files of another kind of data beside them.
    """
    everything = {file.name: file for file in found}
    kinds = by_kind(everything, start)
    refuse_mixture(str(root), kinds)
    files = [everything[name] for name in kinds.pop(PICTURE, [])]
    others = [name for names in kinds.values() for name in names]
    if not files:
        if odd := next((name for name in others if name.lower().endswith((*LONE, ".npy", ".parquet"))), None):
            how = f"give {str(root / odd)!r}" if root.is_dir() else "unpack it, and give what it holds"
            raise UserError(f"{str(root)!r} holds no pictures but {odd}: {how}")
        if said := unread(others):
            raise UserError(f"no pictures in {str(root)!r} but {said[0]}")
        raise UserError(f"no pictures in {str(root)!r}: put files in it of the kinds {' '.join(KINDS)}")
    if told := [file.name for file in files if Path(file.name).suffix.lower() not in EXTENSIONS]:
        notes = (*notes, f"{plural(len(told), 'picture')} known by content, not by suffix: {told[0]} the first")
    return Listing(root, files, others, notes)


def walk(root: Path, inner: str, above: tuple[tuple[int, int], ...]) -> Iterator[tuple[str, os.stat_result]]:
    """(relative path, stat) of all that is no folder and not hidden; links are followed, but not in circles, and one
    that leads nowhere is there itself."""
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
        if is_folder(entry):
            yield from walk(root, f"{name}/", (*above, identity))
        else:
            yield name, followed(entry, root / name)


def is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether what is in a folder is one, or a link to one; a link that leads nowhere, or in a circle, is none."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def followed(entry: os.DirEntry[str], path: Path) -> os.stat_result:
    """The stat of what is at `path`, or of the link itself where that leads nowhere."""
    with reading(path):
        try:
            return entry.stat()
        except OSError:
            return entry.stat(follow_symlinks=False)


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
    counted = [paged(listing.root / file.name) for file in listing.files]

    def encoded(start: int, stop: int) -> Iterator[Path]:
        return (listing.root / file.name for file in listing.files[start:stop])

    return pictures_of(listing, encoded, counted)


def paged(path: Path) -> Sequence[int]:
    """The numbers of the pages of a picture's file: (0,) for what is no stack and no animation."""
    if path.suffix.lower() in (".jpg", ".jpeg") or not may_have_pages(start_of(path)):
        return (0,)
    return pages(path)


def pictures_of(
    listing: Listing, encoded: Callable[[int, int], Iterator[Path | bytes]], counted: Sequence[Sequence[int]]
) -> Pictures:
    """The pictures of `listing`, each page of a stack one of them, labelled by first sub-folder where every one of them
    lies in some. `encoded` gives a stretch of its files, and `counted` are the numbers of each file's pages."""
    names = [
        file.name if len(numbers) == 1 else f"{file.name} page {number + 1}"
        for file, numbers in zip(listing.files, counted, strict=True)
        for number in numbers
    ]
    notes = list(listing.notes)
    if stacks := [numbers for numbers in counted if len(numbers) > 1]:
        of = plural(sum(map(len, stacks)), "picture")
        notes.append(f"{plural(len(stacks), 'stack')} taken apart: {of}, one for each page or frame")

    ends = np.cumsum([len(numbers) for numbers in counted], dtype=np.int64)

    def each_page(start: int, stop: int) -> Iterator[Encoded]:
        first = int(np.searchsorted(ends, start, "right"))
        last = int(np.searchsorted(ends, stop, "left")) + 1
        place = int(ends[first - 1]) if first else 0
        for file, numbers in zip(encoded(first, last), counted[first:last], strict=True):
            for number in numbers:
                if start <= place < stop:
                    yield file if len(numbers) == 1 else Page(file, number)
                place += 1

    beside = [name for name in listing.others if not listing.table or name != listing.table.name]
    notes += ignored(beside, "a picture")
    folders = [name.partition("/")[0] if "/" in name else None for name in names]
    labels, classes = None, ()
    told: list[Label | None] = []
    attributes: tuple[str, ...] = ()
    if listing.table:
        files, said, attributes = labels_of(listing.table, [file.name for file in listing.files])
        notes += said
        told = [label for label, numbers in zip(files, counted, strict=True) for _ in numbers]
    if None not in told and told and attributes:
        labels, classes = np.array(told, np.int64), attributes
    elif None not in told and told:
        labels, classes = numbered(told)
    elif listing.table and listing.table.asked:
        raise UserError(f"{notes[-1]}: give every picture a label, or take --labels away")
    elif listing.table and (listing.table.name == "dataset.json" or set(told) != {None}):
        notes.append("no classes")
    elif None not in folders:
        present, inverse = np.unique(np.array(folders), return_inverse=True)
        labels, classes = inverse, tuple(map(str, present))
        notes.append(f"{plural(len(classes), 'sub-folder')} taken as classes")
    elif any(folders):
        notes.append("no classes: some pictures lie outside the sub-folders")
    return Pictures(
        names=names,
        encoded=each_page,
        labels=labels,
        classes=classes,
        notes=tuple(notes),
    )
