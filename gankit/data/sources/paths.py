"""What lies at a path: a folder, an archive, or a file of arrays, told by its content."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from gankit.base.errors import UserError
from gankit.data.pack.content import Content, Pictures
from gankit.data.pack.encoded import format_of, pages, start_of
from gankit.data.sources import hub, listed
from gankit.data.sources.array_files import read_each
from gankit.data.sources.arrays import VALUES, entry_for, read_array, read_named_files, require_entry
from gankit.data.sources.containers import is_hdf5, read_mat, read_pt, refuse_hdf5
from gankit.data.sources.folder import File, Listing, list_folder, read_folder, walk
from gankit.data.sources.kinds import ARRAY, EXTENSIONS, SHARD, TABLE, by_kind, ignored, refuse_mixture, unread
from gankit.data.sources.located import Form, Located, Split, only_train, stat_of
from gankit.data.sources.parquet import read_parquet
from gankit.data.sources.tables import read_table
from gankit.data.sources.webdataset import read_shards
from gankit.data.sources.zipped import is_zip, list_zip, read_zip


def locate_path(path: Path, name: str, split: Split, form: Form, cache: Path, say: Callable[[str], None]) -> Located:
    """What lies at `path`, which is there, and was asked for by `name`; lists of shards are fetched into `cache`.

    Raises `UserError` for what is no data.
    """
    origin = str(path.resolve())
    if path.is_dir():
        return locate_folder(path, name, split, form)
    at = stat_of(path)
    if is_zip(path):
        packed = list_zip(path, split, form.labels)
        return Located(name, origin, packed.content, lambda: read_zip(path, packed))
    kind = kind_of_path(path)
    if kind in listed.SUFFIXES:
        chosen = listed.of_split(listed.addresses(path), split, name)
        return Located(name, origin, [form, *chosen], lambda: read_any(listed.fetched(chosen, cache, say), form.labels))
    if kind not in (".npz", ".mat", ".pt"):
        only_train(repr(name), split)
    how = (path, split, form.labels, form.layout)
    readers: dict[str, Callable[[], Content]] = {
        ".npy": partial(read_array, *how),
        ".npz": partial(read_array, *how),
        ".mat": partial(read_mat, *how),
        ".pt": partial(read_pt, *how),
        ".parquet": lambda: read_any([path], form.labels),
        ".tar": lambda: read_any([path], form.labels),
        ".csv": lambda: read_table(path, form.labels, form.layout),
        ".tsv": lambda: read_table(path, form.labels, form.layout),
    }
    if split == "test":
        if kind == ".npz":
            require_entry(path, split)
        elif kind in readers:
            readers[kind]()  # which says so where it has none
    if kind in readers:
        return Located(name, origin, [form, at], readers[kind])
    if kind in EXTENSIONS:
        if len(pages(path)) == 1:
            raise UserError(f"{name!r} is a single picture: give the folder it lies in")
        listing = Listing(path.parent, [File(path.name, *at[1:])], [], ())
        return Located(name, origin, listing.content, lambda: read_folder(listing))
    if said := unread([path.name]):
        raise UserError(f"{name!r} is {said[0]}")
    refuse_hdf5(path)
    raise UserError(
        f"{name!r} is no folder, .zip, .npy, .npz, .mat, .pt, .csv, .parquet or .tar file: put pictures into a folder "
        "and give that"
    )


def locate_folder(path: Path, name: str, split: Split, form: Form) -> Located:
    """What lies in a folder: files of one kind, of which only pictures may have other files beside them unnamed."""
    kinds = by_kind((file for file, _ in walk(path, "", ())), lambda file: start_of(path / file))
    refuse_mixture(name, kinds)
    aside = ignored([file for file in kinds.get(None, []) if not file.lower().endswith((".md", ".json"))], "their")
    origin = str(path.resolve())
    if TABLE in kinds or SHARD in kinds:
        shards = hub.of_split(path, split, ".parquet" if TABLE in kinds else ".tar")
        only_train(repr(name), split if not shards else "train")

        def tables() -> Content:
            found = read_any(shards, form.labels)
            return replace(found, notes=(*found.notes, *aside))

        return Located(name, origin, [form, *map(stat_of, shards)], tables)
    if ARRAY in kinds:
        arrays = {str(Path(file).with_suffix("")): path / file for file in kinds[ARRAY]}
        named = bool(entry_for(list(arrays), "train", VALUES)) or "images" in arrays
        if not (named and entry_for(list(arrays), split, VALUES)):
            only_train(repr(name), split)

        def numbers() -> Content:
            if named:
                found = read_named_files(arrays, repr(name), split, (form.labels, form.layout))
            else:
                found = read_each(arrays, repr(name), form.layout)
            return replace(found, notes=(*found.notes, *aside))

        return Located(name, origin, [form, *map(stat_of, arrays.values())], numbers)
    listing = list_folder(path, split, form.labels)
    return Located(name, origin, listing.content, lambda: read_folder(listing))


def read_any(shards: Sequence[Path], labels: str | None = None) -> Pictures:
    """The pictures of shards of one kind, Parquet or .tar."""
    return read_shards(shards, labels) if shards[0].suffix == ".tar" else read_parquet(shards, label=labels)


def kind_of_path(path: Path) -> str:
    """The suffix that the content of a file deserves, where it begins as a known one; else the one it has."""
    start = start_of(path)
    own = {".pth": ".pt"}.get(path.suffix.lower(), path.suffix.lower())
    for kind, marks in {".npy": b"\x93NUMPY", ".parquet": b"PAR1", ".mat": b"MATLAB 5.0"}.items():
        if start.startswith(marks):
            return kind
    if is_hdf5(start):
        return ".h5"
    if start.startswith(b"PK") and own != ".zip":
        return own if own == ".pt" else ".npz"
    return ".png" if format_of(start) else own
