"""From the name of a source to its pack: found, built if need be, opened."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from hashlib import blake2b
from itertools import chain
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch

from gankit.base.errors import UserError, nearest
from gankit.base.files import cache_root, path_of, slug
from gankit.data.pack import Pack, Report
from gankit.data.pack.build import Say, build
from gankit.data.pack.content import Content
from gankit.data.pack.encoded import format_of, start_of
from gankit.data.pack.store import draft, read_meta, sweep
from gankit.data.pack.values import Asked
from gankit.data.sources import hub, named, stacked, toys
from gankit.data.sources.array_files import array_files, read_each
from gankit.data.sources.arrays import VALUES, entry_for, from_array, read_array, read_named_files, require_entry
from gankit.data.sources.folder import EXTENSIONS, list_folder, read_folder, reading
from gankit.data.sources.parquet import read_parquet
from gankit.data.sources.tables import read_table
from gankit.data.sources.zipped import is_zip, list_zip, read_zip
from gankit.game.batch import DataSpec

FORMAT = 3
"""Raised whenever a pack of the same source would come out different."""
FIT = "centre-crop lanczos"
LARGEST = 4096

Split = Literal["train", "test"]
Source = str | Path | np.ndarray
Size = str | int | tuple[int, int]


@dataclass(frozen=True)
class Form:
    """What is said of a source where it does not tell by itself."""

    labels: str | None = None
    """The table of labels of a folder's pictures, FILE or FILE:COLUMN; or the column, or the array, of a file."""
    layout: str | None = None
    """The axes of an array: "HW", "HWC", "CHW", or HEIGHTxWIDTH[xCHANNELS] of rows that are pictures."""


PLAIN = Form()


@dataclass(frozen=True)
class Located:
    """A source before it is read."""

    name: str
    origin: str
    """Where it comes from: a newer pack of the same origin replaces the older. Empty for arrays from Python."""
    content: Any
    """What stands for its content in the key: cheap to have, and different when the content is."""
    read: Callable[[], Content]


def open_one_side(
    source: Source,
    *,
    size: Size | None = None,
    split: Split = "train",
    cache: Path | None = None,
    say: Say | None = None,
    asked: Asked = None,
    form: Form = PLAIN,
) -> Pack:
    """The pack of `source` as one side, its values by the `asked` rule; see `gankit.data.open_data`."""
    target = parse_size(size)
    known_split(split)
    if isinstance(source, str) and source in toys.NAMES:
        if target:
            raise UserError(f"{source!r} holds vectors, which have no height and width: leave --size away")
        return toys.open_toy(source, split)
    root = cache_root(cache)
    return open_found(locate(source, split, root, say, form), target, split, root, say, asked)


def open_found(
    found: Located, target: tuple[int, int] | None, split: Split, cache: Path, say: Say | None, asked: Asked = None
) -> Pack:
    """The pack of `found` at `target` (height, width), from the cache where it is there, else built into it.

    One whose values were found to be as they are `asked` for is as good as one that was asked for.
    """
    packs = cache / "packs"
    name = slug(found.origin or found.name)
    facts = (FORMAT, target, FIT, split, found.origin, found.content)
    key = digest(*facts)
    place = packs / f"{name}-{key[:16]}"
    pack = load(place, found.name, key)
    if asked is not None and (pack is None or pack.report.values != asked):
        key = digest(*facts, asked if isinstance(asked, tuple) else sorted(asked.items()))
        place = packs / f"{name}-{key[:16]}"
        pack = load(place, found.name, key)
    if pack is None:
        content = found.read()
        with draft(packs) as written:
            built = build(found.name, content, target, written, say, asked)
            origin = f"{found.origin} {split} {target}{'' if asked is None else f' {asked}'}" if found.origin else key
            facts = {"classes": built.classes, "content": built.content, "report": asdict(built.report)}
            meta = {"origin": origin, "key": key, **facts}
            labels = {} if built.labels is None else {"labels": built.labels.astype(np.int64)}
            written.commit(place, meta, mean=built.mean, **labels)
        sweep(place, name, origin)
        pack = load(place, found.name, key)
    if pack is None:
        raise UserError(f"the pack {str(place)!r} vanished while it was made: try again")
    return pack


def load(place: Path, source: str, key: str) -> Pack | None:
    """The pack at `place`, mapped; None where there is none, or it is damaged or of another key."""
    meta = read_meta(place)
    if meta is None or meta.get("key") != key:
        return None
    try:
        # Copy-on-write, because torch wants memory that it might write to.
        values = torch.from_numpy(np.load(place / "values.npy", mmap_mode="c"))
        mean = torch.from_numpy(np.load(place / "mean.npy"))
        labels = torch.from_numpy(np.load(place / "labels.npy")) if "labels.npy" in meta["files"] else None
        report = Report.from_json(meta["report"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    classes = tuple(meta["classes"])
    spec = DataSpec(shape=tuple(mean.shape), classes=classes, bounded=values.ndim == 4, mean=mean)
    return Pack(source, spec, values, labels, key, meta["content"], report, place)


def locate(source: Source, split: Split, cache: Path, say: Say | None = None, form: Form = PLAIN) -> Located:
    """What `source` stands for. Raises `UserError` where it stands for nothing."""
    if isinstance(source, np.ndarray):
        only_train("the array", split)
        content = [form, hash_array(source)]
        return Located("array", "", content, lambda: from_array(source, name="the array", layout=form.layout))
    name = str(source)
    if name in named.NAMES and not isinstance(source, Path):
        files = named.files_of(name, split, cache)
        return Located(name, name, [stat_of(path) for path in files.files], files.read)
    if name == stacked.NAME and not isinstance(source, Path):

        def read() -> Content:
            return stacked.stack(open_one_side(stacked.OF, split=split, cache=cache, say=say), split)

        return Located(name, name, locate(stacked.OF, split, cache).content, read)
    if name.startswith(hub.PREFIX) and not isinstance(source, Path):
        shards = hub.shards_of(name, split, cache, all_names())
        return Located(name, name, [stat_of(shard) for shard in shards], lambda: read_parquet(shards))
    path = path_of(source)
    origin = str(path.resolve())
    if path.is_dir() and (shards := sorted(path.rglob("*.parquet"))):
        shards = hub.of_split(path, split)
        only_train(repr(name), split if not shards else "train")
        return Located(name, origin, [form, *map(stat_of, shards)], lambda: read_parquet(shards, label=form.labels))
    if path.is_dir() and (arrays := array_files(path)):
        form_of = (form.labels, form.layout)
        content = [form, *map(stat_of, arrays.values())]
        if entry_for(list(arrays), "train", VALUES) or "images" in arrays:
            if split == "test" and not entry_for(list(arrays), split, VALUES):
                only_train(repr(name), split)
            return Located(name, origin, content, lambda: read_named_files(arrays, repr(name), split, form_of))
        only_train(repr(name), split)
        return Located(name, origin, content, lambda: read_each(arrays, repr(name), form.layout))
    if path.is_dir():
        listing = list_folder(path, split, form.labels)
        return Located(name, origin, listing.content, lambda: read_folder(listing))
    if is_zip(path):
        packed = list_zip(path, split, form.labels)
        return Located(name, origin, packed.content, lambda: read_zip(path, packed))
    if not path.exists():
        raise UserError(f"no data set or file {name!r}{nearest(name, [*all_names(), *neighbours(path)])}")
    kind = kind_of_file(path)
    if kind != ".npz":
        only_train(repr(name), split)
    readers: dict[str, Callable[[], Content]] = {
        ".npy": lambda: read_array(path, split, form.labels, form.layout),
        ".npz": lambda: read_array(path, split, form.labels, form.layout),
        ".parquet": lambda: read_parquet([path], label=form.labels),
        ".csv": lambda: read_table(path, form.labels, form.layout),
        ".tsv": lambda: read_table(path, form.labels, form.layout),
    }
    if kind == ".npz" and split == "test":
        require_entry(path, split)
    if kind in readers:
        return Located(name, origin, [form, stat_of(path)], readers[kind])
    if kind in EXTENSIONS:
        raise UserError(f"{name!r} is a single picture: give the folder it lies in")
    raise UserError(
        f"{name!r} is no folder, .zip, .npy, .npz, .csv or .parquet file: put pictures into a folder and give that"
    )


def kind_of_file(path: Path) -> str:
    """The suffix that the content of a file deserves, where it begins as a known one; else the one it has."""
    start = start_of(path)
    own = path.suffix.lower()
    if start.startswith(b"\x93NUMPY"):
        return ".npy"
    if start.startswith(b"PAR1"):
        return ".parquet"
    if start.startswith(b"PK") and own != ".zip":
        return ".npz"
    return ".png" if format_of(start) else own


def well_known(source: Source) -> bool:
    """Whether `source` is a set with a name of ours: all of them use their containers."""
    return isinstance(source, str) and source in all_names()


def all_names() -> tuple[str, ...]:
    """Every source that has a name."""
    return (*named.NAMES, stacked.NAME, *toys.NAMES)


def neighbours(path: Path) -> list[str]:
    """What lies where `path` was looked for, written as `path` was."""
    try:
        return [str(path.parent / other.name) for other in path.parent.iterdir()]
    except OSError:
        return []


def known_split(split: str) -> None:
    if split not in ("train", "test"):
        raise UserError(f"there is no split {split!r}: it is 'train' or 'test'")


def only_train(name: str, split: Split) -> None:
    if split == "test":
        raise UserError(f"{name} has no test split")


def parse_size(size: Size | None) -> tuple[int, int] | None:
    """(height, width) from N, "N", "HxW" or (H, W). Raises `UserError` for anything else, or beyond 1 to 4096."""
    if size is None:
        return None
    match = re.fullmatch(r"\s*(\d+)\s*(?:[xX]\s*(\d+)\s*)?", size if isinstance(size, str) else "")
    if match:
        height, width = int(match[1]), int(match[2] or match[1])
    elif isinstance(size, tuple) and len(size) == 2:
        height, width = size
    elif isinstance(size, int):
        height = width = size
    else:
        raise UserError(f"size {size!r} is not understood: give 64, or HEIGHTxWIDTH such as 48x64")
    if not (1 <= height <= LARGEST and 1 <= width <= LARGEST):
        raise UserError(f"size {height}x{width} is not possible: height and width are from 1 to {LARGEST}")
    return height, width


def stat_of(path: Path) -> tuple[str, int, int]:
    """What tells a file from a changed one without reading it."""
    with reading(path):
        found = path.stat()
    return str(path.resolve()), found.st_size, found.st_mtime_ns


def hash_array(array: np.ndarray) -> str:
    return digest(array.dtype.str, array.shape, np.ascontiguousarray(array))


def digest(*parts: Any) -> str:
    """A hex digest of `parts`: arrays by their bytes, lists by their items, anything else by its repr."""
    total = blake2b(digest_size=20)
    for part in chain.from_iterable([len(part), *part] if isinstance(part, list) else [part] for part in parts):
        data = part.data if isinstance(part, np.ndarray) else repr(part).encode()
        total.update(str(len(data)).encode() + b" ")
        total.update(data)
    return total.hexdigest()
