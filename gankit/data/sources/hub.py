"""Data sets of the Hugging Face hub: found on this machine, else fetched."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Collection
from pathlib import Path

from gankit.base.errors import UserError
from gankit.base.extras import how_to_install
from gankit.data.sources.splits import SPLITS

PREFIX = "hub:"


def shards_of(source: str, split: str, cache: Path, taken: Collection[str] = ()) -> list[Path]:
    """The Parquet files of a split of "hub:owner/name": in $GANKIT_DATA, else downloaded before, else fetched now.

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
    if not any(holds_tables(place) for place in (*places, downloads)):
        remedy = f"put its .parquet files in {str((places or [downloads])[0])!r}"
        download(source, repository, downloads, remedy=remedy)
    if not (place := next(filter(holds_tables, (*places, downloads)), None)):
        raise UserError(f"{source!r} holds no .parquet files: download its pictures and give their folder")
    shards = of_split(place, split)
    if not shards:
        raise UserError(f"{source!r} has no {split} split")
    if len(folders := sorted({str(shard.parent) for shard in shards})) > 1:
        raise UserError(f"{source!r} holds several sets: give one of their files in {folders[0]!r} or {folders[1]!r}")
    return shards


def holds_tables(place: Path) -> bool:
    return next(place.rglob("*.parquet"), None) is not None


def of_split(place: Path, split: str) -> list[Path]:
    """The Parquet files under `place` whose name or folder starts with a name of `split`, sorted.

    Where nothing is named after any split, all of them are for training.
    """

    def called(names: tuple[str, ...]) -> list[Path]:
        pattern = re.compile(rf"(?:{'|'.join(names)})(?![a-z])")
        return [shard for shard in shards if any(map(pattern.match, shard.relative_to(place).parts))]

    shards = sorted(place.rglob("*.parquet"))
    if not any(called(names) for names in SPLITS.values()):
        return shards if split == "train" else []
    return next(filter(None, (called((name,)) for name in SPLITS[split])), [])


def download(name: str, repository: str, into: Path, *, remedy: str) -> None:
    """Fetch the Parquet files of `repository`, all or none of them, for the data set that the user calls `name`.

    Raises `UserError`, which ends in the `remedy`, where they cannot be had.
    """
    try:
        from huggingface_hub import snapshot_download
    except ImportError:
        raise UserError(f"{name!r} is not on this machine: {remedy}, or {how_to_install('hub')}") from None
    partial = into.with_name(f"{into.name}.partial")
    try:
        snapshot_download(repository, repo_type="dataset", allow_patterns="*.parquet", local_dir=partial)
        shutil.rmtree(into, ignore_errors=True)
        if partial.exists():
            partial.replace(into)
    except Exception as error:  # offline, refused, moved, disk full: the hub's client has many ways to say so
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UserError(f"{name!r} could not be fetched ({why}): {remedy}") from error
