"""Pictures in a .zip file, read without unpacking it; folders in it may be classes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import BadZipFile, ZipFile, ZipInfo

from gankit.base.errors import UserError
from gankit.data.pack.content import Pictures
from gankit.data.pack.decode import swells
from gankit.data.pack.encoded import START, may_have_pages, pages
from gankit.data.sources.folder import File, Listing, hidden, listing_of, pictures_of, reading
from gankit.data.sources.kinds import EXTENSIONS
from gankit.data.sources.labels import TABLES, Table, asked_for
from gankit.data.sources.splits import part_for

ENCRYPTED = 1
"""The flag of a member that takes a password."""


def is_zip(path: Path) -> bool:
    return path.suffix.lower() == ".zip" and path.is_file()


def list_zip(path: Path, split: str, labels: str | None = None, within: str = "") -> Listing:
    """The pictures in the file at `path` as those of a folder, or those `within` one of its folders ("train/A"); one
    folder around everything is looked through."""
    around, files = list_files(path)
    if not within and {"traina", "trainb"} <= {name.lower() for name in folders(files)}:
        raise UserError(f"{str(path)!r} holds two domains: unpack it, and give one of them; translators take both")
    if within:
        around, files = f"{around}{within}/", below(within, files)

    def look(inner: str) -> tuple[set[str], bool]:
        there = below(inner.rstrip("/"), files) if inner else files
        beside = any("/" not in file.name and Path(file.name).suffix.lower() in EXTENSIONS for file in there)
        return folders(there), beside

    part, notes = part_for(str(path), look, split)
    root = path / around / part
    with opened(path) as archive:
        members = members_of(archive)

        def start(name: str) -> bytes:
            return beginning(archive, members[f"{around}{part}{name}"])

        listing = listing_of(root, below(part.rstrip("/"), files) if part else files, notes, start)
        return listing._replace(table=asked_for(labels) if labels else table_in(path, members, (around + part, around)))


def table_in(path: Path, members: dict[str, ZipInfo], places: Iterable[str]) -> Table | None:
    """The table of labels in one of the folders `places` of the archive at `path`, where there is one."""
    for place in places:
        for name in TABLES:
            if member := members.get(f"{place}{name}"):

                def read(member: ZipInfo = member) -> bytes:
                    with opened(path) as archive:
                        return content(archive, member)

                return Table(name, None, (name, member.file_size, member.CRC), read, asked=False)
    return None


def inside(path: Path) -> Callable[[str], set[str]]:
    """What tells the folders inside one that is named, "" for the outermost."""
    _, files = list_files(path)
    return lambda folder: folders(below(folder, files) if folder else files)


def read_zip(path: Path, listing: Listing) -> Pictures:
    around = listing.root.relative_to(path)

    def encoded(start: int, stop: int) -> Iterator[bytes]:
        with opened(path) as archive:
            members = members_of(archive)
            for file in listing.files[start:stop]:
                yield content(archive, members[(around / file.name).as_posix()])

    with opened(path) as archive:
        members = members_of(archive)
        counted = []
        for file in listing.files:
            member = members[(around / file.name).as_posix()]
            paged = not file.name.lower().endswith((".jpg", ".jpeg")) and may_have_pages(beginning(archive, member))
            counted.append(pages(content(archive, member)) if paged else [0])
    return pictures_of(listing, encoded, counted)


def beginning(archive: ZipFile, member: ZipInfo) -> bytes:
    """The first bytes of a member; none of a damaged one."""
    try:
        with archive.open(member) as file:
            return file.read(START)
    except Exception:  # every way of packing has errors of its own
        return b""


def content(archive: ZipFile, member: ZipInfo) -> bytes:
    """A member as it was before it was packed; of a damaged one, or one that becomes far too large, what is no picture,
    and will be named as such."""
    if swells(member.file_size, member.compress_size):
        return b"swells"
    try:
        return archive.read(member)
    except Exception:  # every way of packing has errors of its own
        return b"damaged"


@contextmanager
def opened(path: Path) -> Iterator[ZipFile]:
    """The archive at `path`. Raises `UserError` for what is none, or one that cannot be read."""
    try:
        with reading(path):
            archive = ZipFile(path)
    except UserError:
        raise
    except BadZipFile as error:
        raise UserError(f"cannot read {str(path)!r}: it is no .zip file, or not all of one") from error
    except Exception as error:  # what is written in it may be anything
        why = "a name in it is damaged" if isinstance(error, UnicodeDecodeError) else str(error)
        raise UserError(f"cannot read {str(path)!r} ({why}): unpack it, and give the folder") from error
    with archive:
        yield archive


def members_of(archive: ZipFile) -> dict[str, ZipInfo]:
    """The files in `archive` that are not hidden, by their paths: of two with one path the last, as unpacked.

    Some programs write `./cats/1.png`, and some of Windows `cats\\1.png`.
    """
    found = {}
    for member in archive.infolist():
        name = member.filename.replace("\\", "/")
        parts = [part for part in name.split("/") if part not in ("", ".")]
        if parts and not name.endswith("/") and not any(map(hidden, parts)):
            found["/".join(parts)] = member
    return found


def list_files(path: Path) -> tuple[str, list[File]]:
    """The folder around all files in the archive at `path`, "" for none; and the files, by their names from there."""
    with opened(path) as archive:
        members = members_of(archive)
    stated = sum(member.file_size for member in members.values())
    if swells(stated, path.stat().st_size):
        raise UserError(f"{str(path)!r} becomes {stated:,} bytes: it may be a decompression bomb; unpack a real one")
    if any(member.flag_bits & ENCRYPTED for member in members.values()):
        raise UserError(f"{str(path)!r} takes a password: unpack it, and give the folder")
    around, files = "", [File(name, member.file_size, member.CRC) for name, member in members.items()]
    while len(tops := {file.name.partition("/")[0] for file in files}) == 1 and all("/" in file.name for file in files):
        (top,) = tops
        around, files = f"{around}{top}/", below(top, files)
    return around, files


def folders(files: list[File]) -> set[str]:
    return {file.name.partition("/")[0] for file in files if "/" in file.name}


def below(folder: str, files: list[File]) -> list[File]:
    """Those of `files` in `folder`, by their names from there."""
    start = f"{folder}/"
    return [file._replace(name=file.name.removeprefix(start)) for file in files if file.name.startswith(start)]
