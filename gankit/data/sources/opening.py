"""From the name of a source to its pack: found, built if need be, opened."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, replace
from hashlib import blake2b
from itertools import chain
from pathlib import Path
from typing import Any, get_args

import numpy as np
import torch

from gankit.base.errors import UserError, nearest, warn
from gankit.base.files import LockedError, cache_root, locked, path_of, slug, writing_to
from gankit.data.pack import Pack, Report
from gankit.data.pack.build import Help, Say, as_packed, build
from gankit.data.pack.content import Content, Numbers, Pictures
from gankit.data.pack.store import draft, mapped, read_meta, sweep
from gankit.data.pack.values import Asked
from gankit.data.sources import hub, named, stacked, toys
from gankit.data.sources.arrays import from_array
from gankit.data.sources.crew import crew_for
from gankit.data.sources.located import PLAIN, Channels, Fit, Form, Located, Split, only_train, stat_of
from gankit.data.sources.paths import locate_path, read_any
from gankit.game.batch import DataSpec

FORMAT = 3
"""Raised whenever a pack of the same source would come out different."""
FIT = "centre-crop lanczos"
LARGEST = 4096

Source = str | Path | np.ndarray
Size = str | int | tuple[int, int]


def open_one_side(
    source: Source,
    *,
    size: Size | None = None,
    split: Split = "train",
    cache: Path | None = None,
    say: Say | None = None,
    asked: Asked = None,
    form: Form = PLAIN,
    fit: Fit = "crop",
    channels: Channels | None = None,
) -> Pack:
    """The pack of `source` as one side, its values by the `asked` rule; see `gankit.data.open_data`."""
    target = parse_size(size)
    known_split(split)
    if isinstance(source, str) and source in toys.NAMES:
        if target:
            raise UserError(f"{source!r} holds vectors, which have no height and width: leave --size away")
        return toys.open_toy(source, split)
    root = cache_root(cache)
    found = locate(source, split, root, say, form)
    named = not isinstance(source, np.ndarray)
    crew = {"help_with": crew_for(source, split, root, form, digest(found.content))} if named else {}
    return open_found(shaped(found, fit, channels), target, split, root, say, asked, **crew)


def shaped(found: Located, fit: Fit, channels: Channels | None) -> Located:
    """`found` with pictures that are padded, or have so many `channels`, where that is asked for. Raises `UserError`
    for another fit or number, and when it is read, for numbers that can't be shaped so."""
    if fit not in get_args(Fit) or channels not in (None, *get_args(Channels)):
        raise UserError("--fit is crop or pad, and --channels 1, 3 or 4")
    if fit == "crop" and channels is None:
        return found
    words = f"--channels {channels}" if channels else "--fit pad"

    def read() -> Content:
        content = found.read()
        if not isinstance(content, Pictures if channels else Pictures | Numbers):
            raise UserError(f"{words} is for pictures in files, which {found.name!r} has none of: leave it away")
        return replace(content, pad=fit == "pad", channels=channels)

    origin = f"{found.origin} {fit} {channels}" if found.origin else ""
    return Located(found.name, origin, [found.content, fit, channels], read)


def open_found(
    found: Located,
    target: tuple[int, int] | None,
    split: Split,
    cache: Path,
    say: Say | None,
    asked: Asked = None,
    help_with: Help = lambda *work: False,
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
        with alone(cache / "locks" / key, found.name, say or warn):
            pack = load(place, found.name, key)
            if pack is None:
                origin = f"{found.origin} {split} {target}{'' if asked is None else f' {asked}'}"
                make(found, target, place, key, origin if found.origin else key, say, asked, help_with)
                sweep(place, name, origin if found.origin else key)
                pack = load(place, found.name, key)
    if pack is None:
        raise UserError(f"the pack {str(place)!r} vanished while it was made: try again")
    return pack


@contextmanager
def alone(lock: Path, name: str, say: Say) -> Iterator[None]:
    """Wait while another process makes the same pack."""
    with writing_to(lock.parent.parent):
        lock.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(lock, "taken"))
        except LockedError:
            say(f"another process packs {name}: waiting for it")
            stack.enter_context(locked(lock))
        yield


def make(
    found: Located,
    target: tuple[int, int] | None,
    place: Path,
    key: str,
    origin: str,
    say: Say | None,
    asked: Asked,
    help_with: Help,
) -> None:
    """Build the pack of `found` at `place`, or go on building it."""
    content = found.read()
    with draft(place.parent, key) as written:
        built = build(found.name, content, target, written, say, asked, help_with)
        facts = {"classes": built.classes, "content": built.content, "report": asdict(built.report)}
        labels = {} if built.labels is None else {"labels": built.labels.astype(np.int64)}
        like = as_packed(np.empty((0, *built.layout.shape), built.layout.dtype))
        meta = {"origin": origin, "key": key, **facts}
        written.commit(place, meta, built.kept, like, mean=built.mean, **labels)


def load(place: Path, source: str, key: str) -> Pack | None:
    """The pack at `place`, mapped; None where there is none, or it is damaged or of another key."""
    meta = read_meta(place)
    if meta is None or meta.get("key") != key:
        return None
    try:
        values = torch.from_numpy(mapped(place / "values.npy"))
        mean = torch.from_numpy(np.load(place / "mean.npy"))
        labels = torch.from_numpy(np.load(place / "labels.npy")) if "labels.npy" in meta["files"] else None
        report = Report.from_json(meta["report"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    classes = tuple(meta["classes"])
    rates = () if labels is None or labels.ndim == 1 else tuple(labels.double().mean(0).tolist())
    spec = DataSpec(shape=tuple(mean.shape), classes=classes, rates=rates, bounded=values.ndim == 4, mean=mean)
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
        return Located(name, name, [stat_of(shard) for shard in shards], lambda: read_any(shards))
    path = path_of(source)
    if not path.exists():
        raise UserError(f"no data set or file {name!r}{nearest(name, [*all_names(), *neighbours(path)])}")
    return locate_path(path, name, split, form, cache, say or warn)


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
