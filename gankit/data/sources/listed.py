"""Shards that lie elsewhere: a text file of http(s) addresses, fetched one by one, each whole or not at all."""

from __future__ import annotations

import urllib.request
from collections.abc import Callable, Iterator
from hashlib import blake2b
from http.client import HTTPException
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from gankit.base.errors import UserError
from gankit.base.files import read_bytes, replacing, safe_name, sync, writing_to
from gankit.data.sources import hub

SUFFIXES = (".txt", ".urls")
"""What a list's name ends in."""
SHARDS = (".tar", ".parquet")
STEP = 2**20
"""Bytes that are fetched at a time."""
PATIENCE = 60
"""Seconds without a byte after which a server is given up."""


def addresses(path: Path) -> list[str]:
    """The addresses in the list at `path`, a line each; lines that begin with # are remarks.

    Raises `UserError` where a line is no address of a shard, or two kinds of shards are named.
    """
    lines = [line.strip() for line in read_bytes(path).decode(errors="replace").splitlines()]
    found = [line for line in lines if line and not line.startswith("#")]
    for line in found:
        if urlsplit(line).scheme not in ("http", "https") or kind_of(line) not in SHARDS:
            raise UserError(f"{str(path)!r} lists {line[:80]!r}: give each line the http address of a .tar or .parquet")
    if len({kind_of(line) for line in found}) != 1:
        raise UserError(f"{str(path)!r} lists {'both .tar and .parquet files' if found else 'nothing'}: list one kind")
    return found


def kind_of(address: str) -> str:
    return PurePosixPath(urlsplit(address).path).suffix.lower()


def name_of(address: str) -> str:
    return PurePosixPath(unquote(urlsplit(address).path)).name


def of_split(addresses: list[str], split: str, name: str) -> list[str]:
    """Those of a split, by their names. Raises `UserError` where the list called `name` has none."""
    places = {Path("/listed", f"{number}", name_of(address)): address for number, address in enumerate(addresses)}
    chosen = hub.those_of(list(places), Path("/listed"), split)
    if not chosen:
        raise UserError(f"{name!r} has no {split} split")
    return [places[place] for place in chosen]


def fetched(addresses: list[str], cache: Path, say: Callable[[str], None]) -> list[Path]:
    """The shards at `addresses`, among the downloads in `cache`; those that are there already are not fetched again."""
    into = cache / "downloads" / "listed" / blake2b("\n".join(addresses).encode(), digest_size=8).hexdigest()
    files = []
    for number, address in enumerate(addresses):
        file = into / f"{number:05d}-{safe_name(name_of(address))}"
        if not file.exists():
            say(f"fetching {name_of(address)}, {number + 1} of {len(addresses)}")
            fetch(address, file)
        files.append(file)
    return files


def fetch(address: str, file: Path) -> None:
    """Make what lies at `address` the content of `file`. Raises `UserError` where it can't be had, or not all of it."""
    with writing_to(file.parent):
        file.parent.mkdir(parents=True, exist_ok=True)
        with replacing(file) as partial, partial.open("xb") as written:
            for part in parts_of(address):
                written.write(part)
            sync(written)


def parts_of(address: str) -> Iterator[bytes]:
    try:
        with urllib.request.urlopen(address, timeout=PATIENCE) as answer:
            stated, got = answer.headers.get("Content-Length"), 0
            while part := answer.read(STEP):
                got += len(part)
                yield part
    except (OSError, ValueError, HTTPException) as error:  # a timeout, a refusal, an answer that is none
        why = " ".join(str(error).split()) or type(error).__name__
        raise UserError(f"{address} can't be fetched ({why}): the same command goes on with it") from error
    if stated is not None and got != int(stated):
        raise UserError(f"{address} came cut short, {got:,} of {int(stated):,} bytes: the same command goes on with it")
