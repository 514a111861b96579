"""Data sets of the Hugging Face hub: found on this machine, else fetched."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Collection
from pathlib import Path

from gankit.base.errors import UserError
from gankit.base.extras import how_to_install
from gankit.base.text import plural
from gankit.data.sources.splits import SPLITS

PREFIX = "hub:"
SHARDS = (".parquet", ".tar")
NUMBERED = re.compile(r"(.*?)(\d{5,})(?:-of-(\d{5,})(?:-\w+)?)?")
"""How shards are commonly called, without their suffix."""


def shards_of(source: str, split: str, cache: Path, taken: Collection[str] = ()) -> list[Path]:
    """The Parquet files of a split of "hub:owner/name", or its .tar files where it has no others: in $GANKIT_DATA, else
    downloaded before, else fetched now.

    A set whose owner is called like one of the names `taken` is looked for in $GANKIT_DATA/hub.

    Raises `UserError` where they are nowhere and cannot be fetched, or there is no such split.
    """
    repository = source.removeprefix(PREFIX)
    if not re.fullmatch(r"\w[\w.-]*/\w[\w.-]*", repository):
        raise UserError(f"{source!r} names no set of the hub: write hub:owner/name")
    downloads = cache / "downloads" / "hub" / repository
    places = [Path(os.environ["GANKIT_DATA"]) / repository] if os.environ.get("GANKIT_DATA") else []
    if repository.partition("/")[0] in taken:  # which is where the set that comes with gankit under this name lies
        places = [place.parent.parent / "hub" / repository for place in places]
    if not any(holds_shards(place) for place in (*places, downloads)):
        remedy = f"put its .parquet or .tar files in {str((places or [downloads])[0])!r}"
        download(source, repository, downloads, remedy=remedy)
    if not (place := next(filter(holds_shards, (*places, downloads)), None)):
        raise UserError(f"{source!r} holds no .parquet or .tar files: download its pictures and give their folder")
    shards = of_split(place, split) or of_split(place, split, ".tar")
    if not shards:
        raise UserError(f"{source!r} has no {split} split")
    if len(folders := sorted({str(shard.parent) for shard in shards})) > 1:
        raise UserError(f"{source!r} holds several sets: give one of their files in {folders[0]!r} or {folders[1]!r}")
    return shards


def holds_shards(place: Path) -> bool:
    return any(next(place.rglob(f"*{kind}"), None) for kind in SHARDS)


def of_split(place: Path, split: str, kind: str = ".parquet") -> list[Path]:
    """The files of one kind under `place` whose name or folder starts with a name of `split`, sorted.

    Where nothing is named after any split, all of them are for training. Raises `UserError` where some are missing.
    """
    files = sorted(path for path in place.rglob(f"*{kind}") if not path.is_dir())  # which may be called so, too
    return require_all(those_of(files, place, split))


def those_of(shards: list[Path], place: Path, split: str) -> list[Path]:
    """Those of `shards`, which lie under `place`, that are called after `split`."""

    def called(names: tuple[str, ...]) -> list[Path]:
        pattern = re.compile(rf"(?:{'|'.join(names)})(?![a-z])")
        return [shard for shard in shards if any(map(pattern.match, shard.relative_to(place).parts))]

    if not any(called(names) for names in SPLITS.values()):
        return shards if split == "train" else []
    return next(filter(None, (called((name,)) for name in SPLITS[split])), [])


def require_all(shards: list[Path]) -> list[Path]:
    """The `shards`, which say how many they are (`train-00000-of-00008.parquet`) or are numbered (`train-00003.tar`).

    Raises `UserError` where a number is missing between others, or of those that were said to be.
    """
    series: dict[tuple[str, int], list[int]] = {}
    for shard in shards:
        if found := NUMBERED.fullmatch(shard.stem):
            series.setdefault((str(shard.parent / found[1]), int(found[3] or 0)), []).append(int(found[2]))
    for (start, total), there in series.items():
        wanted = range(total) if total else range(min(there), max(there) + 1)
        if missing := sorted({*wanted} - {*there}):
            more = f" and {plural(len(missing) - 1, 'other')}" if len(missing) > 1 else ""
            raise UserError(
                f"a shard is missing: {start}{missing[0]:05d}{more}; fetch it, or give those that are there other names"
            )
    return shards


def download(name: str, repository: str, into: Path, *, remedy: str) -> None:
    """Fetch the Parquet and .tar files of `repository`, all or none, for the data set that the user calls `name`.

    Raises `UserError`, which ends in the `remedy`, where they cannot be had.
    """
    try:
        from huggingface_hub import snapshot_download
    except ImportError:
        raise UserError(f"{name!r} is not on this machine: {remedy}, or {how_to_install('hub')}") from None
    partial = into.with_name(f"{into.name}.partial")
    try:
        snapshot_download(
            repository, repo_type="dataset", allow_patterns=[f"*{kind}" for kind in SHARDS], local_dir=partial
        )
        shutil.rmtree(into, ignore_errors=True)
        if partial.exists():
            partial.replace(into)
    except Exception as error:  # offline, refused, moved, disk full: the hub's client has many ways to say so
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UserError(f"{name!r} could not be fetched ({why}): {remedy}") from error
