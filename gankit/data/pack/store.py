"""Where packs lie: a directory each under the cache, there as a whole or not at all.

A pack is written into a draft beside its place and renamed. Whoever comes second to the same place keeps what
is already there, so that concurrent builders need no lock.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from gankit.base.files import sync, write_array, write_bytes, writing_to

META = "meta.json"
DRAFT = ".draft-"
DAY = 24 * 60 * 60


class Draft:
    """A pack in the making."""

    def __init__(self, directory: Path, file: BinaryIO) -> None:
        self.directory, self._file = directory, file
        self._rows, self._shape, self._dtype = 0, (), np.dtype(np.uint8)

    def append(self, rows: np.ndarray) -> None:
        """Add `rows` [n, ...] to values.npy.

        Written, not mapped, so that a full disk is an error that can be worded and not a bus error. Numpy
        pads the header of a .npy file for exactly this: a first dimension that grows.
        """
        with writing_to(self.directory.parent):
            if not self._rows:
                self._shape, self._dtype = rows.shape[1:], rows.dtype
                self._write_header()
            self._rows += len(rows)
            self._file.write(np.ascontiguousarray(rows).data)

    def commit(self, place: Path, meta: Mapping[str, Any], **arrays: np.ndarray) -> None:
        """Make the draft the pack at `place`, with `arrays` beside its values."""
        with writing_to(place.parent):
            self._file.seek(0)
            self._write_header()
            sync(self._file)
            for name, array in arrays.items():
                write_array(self.directory / f"{name}.npy", array)
            files = {path.name: seal_of(path) for path in sorted(self.directory.iterdir())}
            write_bytes(self.directory / META, json.dumps({**meta, "files": files}, indent=1).encode())
            settle(self.directory, place)

    def _write_header(self) -> None:
        description = np.lib.format.dtype_to_descr(self._dtype)
        header = {"descr": description, "fortran_order": False, "shape": (self._rows, *self._shape)}
        np.lib.format.write_array_header_1_0(self._file, header)


@contextmanager
def draft(packs: Path) -> Iterator[Draft]:
    """A new draft under `packs`; unless it is committed, nothing of it stays."""
    directory = packs / f"{DRAFT}{uuid.uuid4().hex}"
    with writing_to(packs):
        directory.mkdir(parents=True)
    try:
        with writing_to(packs):
            file = (directory / "values.npy").open("wb")
        try:
            yield Draft(directory, file)
        finally:
            with writing_to(packs):
                file.close()
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def settle(directory: Path, place: Path) -> None:
    """Rename `directory` to `place`, unless a whole pack is there by now; a damaged one gives way."""
    for last in (False, False, True):
        try:
            directory.rename(place)
            return
        except OSError:
            if read_meta(place) is not None:
                return
            if last or not place.exists():
                raise
            shutil.rmtree(place, ignore_errors=True)


def seal_of(path: Path) -> list[int | str]:
    """Size and hash of the file at `path`."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
        return [file.tell(), digest]


def read_meta(place: Path) -> dict[str, Any] | None:
    """The meta.json of the pack at `place`, whose files are looked through; None where there is no pack, or one that is
    damaged, or of a version that wrote no hashes."""
    try:
        meta = json.loads((place / META).read_bytes())
        files = meta["files"].items()
        whole = all(Path(name).name == name and seal_of(place / name) == stated for name, stated in files)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return meta if whole and not place.is_symlink() else None


def origin_of(place: Path) -> Any:
    """What the pack at `place` was made of, as its meta.json says, unchecked."""
    try:
        return json.loads((place / META).read_bytes())["origin"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def sweep(place: Path, name: str, origin: str) -> None:
    """Remove the packs of `origin` that the one at `place` replaces, and drafts whose builder was killed."""
    for other in place.parent.glob(f"{name}-*"):
        if other != place and origin_of(other) == origin:
            shutil.rmtree(other, ignore_errors=True)
    for left in place.parent.glob(f"{DRAFT}*"):
        if left.exists() and time.time() - left.stat().st_mtime > DAY:
            shutil.rmtree(left, ignore_errors=True)
