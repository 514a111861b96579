"""Pictures in a .zip file, read without unpacking it; folders in it may be classes."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from gankit.data.content import Pictures
from gankit.data.folder import File, Listing, listing_of, part_of, pictures_of, reading
from gankit.errors import UserError

ENCRYPTED = 1
"""The flag of a member that takes a password."""


def list_zip(path: Path, split: str) -> Listing:
    """The pictures in the file at `path` as those of a folder; one folder around everything is looked through."""
    try:
        with reading(path), zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if not (member.is_dir() or hidden(member.filename))]
    except zipfile.BadZipFile as error:
        raise UserError(f"cannot read {str(path)!r}: it is no .zip file, or not all of one") from error
    if any(member.flag_bits & ENCRYPTED for member in members):
        raise UserError(f"{str(path)!r} takes a password: unpack it, and give the folder")
    files = [File(member.filename, member.file_size, member.CRC) for member in members]
    root = path
    while len(tops := {file.name.partition("/")[0] for file in files}) == 1 and all("/" in file.name for file in files):
        (top,) = tops
        root, files = root / top, below(top, files)
    inside = {file.name.partition("/")[0] for file in files if "/" in file.name}
    if {"trainA", "trainB"} <= inside:
        raise UserError(f"{str(path)!r} holds two domains: unpack it, and give the folder")
    part, notes = part_of(root, inside, split)
    return listing_of(root / part, below(part, files) if part else files, notes)


def read_zip(path: Path, listing: Listing) -> Pictures:
    inner = listing.root.relative_to(path)

    def encoded() -> Iterator[bytes]:
        with zipfile.ZipFile(path) as archive:
            for file in listing.files:
                try:
                    yield archive.read((inner / file.name).as_posix())
                except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError):
                    yield b"damaged"  # which is no picture, and will be named as such

    return pictures_of(listing, encoded)


def hidden(name: str) -> bool:
    return any(part.startswith((".", "__MACOSX")) or not part for part in name.split("/"))


def below(folder: str, files: list[File]) -> list[File]:
    """Those of `files` in `folder`, by their names from there."""
    start = f"{folder}/"
    return [file._replace(name=file.name.removeprefix(start)) for file in files if file.name.startswith(start)]
