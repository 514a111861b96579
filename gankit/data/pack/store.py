"""Where packs lie: a directory each under the cache, there as a whole or not at all.

A pack is made in a draft beside its place and renamed. Its items are decoded in parts, by one process or by several:
each writes its rows where they belong in the one file of values, and when they are on the disk a record that the part
is done. A draft that was left is gone on with, and parts come out alike whoever decodes them. One who finds another at
the same draft waits; where a system has no locks, whoever comes second keeps what is already there.
"""

from __future__ import annotations

import hashlib
import io
import json
import mmap
import os
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from gankit.base.errors import UserError
from gankit.base.files import sync, write_array, write_bytes, writing_to

META, VALUES = "meta.json", "values.npy"
DRAFT = ".draft-"
WEEK = 7 * 24 * 60 * 60
PART = 4096
"""Items of a part, at most."""
TRUSTED = 2**30
"""Bytes from which a file is taken to be what was hashed where its size and its time are still the same."""
MOVING = "moving"
"""The note that rows are being moved."""
MOVED = 2**24
"""Bytes that are moved at a time."""
NO_RESERVE = 0x4000
"""Linux's flag of a mapping that memory need not be set aside for."""


class LostHelpError(UserError):
    """A process that helped is gone; what it did is kept."""


class Draft:
    """A pack in the making, in parts of at most `each` items; several processes may each have the same one."""

    def __init__(self, directory: Path, each: int = PART) -> None:
        self.directory, self.each = directory, each
        self.pack, self.done = directory / "pack", directory / "parts"
        with writing_to(directory.parent):
            self.pack.mkdir(parents=True, exist_ok=True)
            self.done.mkdir(exist_ok=True)

    def parts(self, items: int) -> range:
        return range(-(-items // self.each))

    def stretch(self, part: int, items: int) -> tuple[int, int]:
        """The first item of a part, and the one after its last."""
        return part * self.each, min((part + 1) * self.each, items)

    def missing(self, kind: str, items: int) -> list[int]:
        """The parts without a record of this `kind`."""
        there = {path.name for path in self.done.iterdir()}
        return [part for part in self.parts(items) if f"{kind}-{part}.npz" not in there]

    def record(self, kind: str, part: int, facts: Any, **arrays: np.ndarray) -> None:
        """Keep what was found out of a part: `facts`, as JSON, and `arrays`."""
        content = io.BytesIO()
        held: dict[str, Any] = {"facts": np.frombuffer(json.dumps(facts).encode(), np.uint8), **arrays}
        np.savez(content, **held)
        with writing_to(self.directory.parent):
            write_bytes(self.done / f"{kind}-{part}.npz", content.getbuffer())

    def recorded(self, kind: str, part: int) -> tuple[Any, dict[str, np.ndarray]]:
        with np.load(self.done / f"{kind}-{part}.npz") as found:
            arrays = dict(found)
        return json.loads(arrays.pop("facts").tobytes()), arrays

    @contextmanager
    def values(self, row: int) -> Iterator[BinaryIO]:
        """The file of values, to be written from `row` on by `append`; on the disk at the end.

        Written, not mapped, so that a full disk is an error that can be worded and not a bus error.
        """
        path = self.pack / VALUES
        with writing_to(self.directory.parent):
            path.touch()
            file = path.open("r+b")
        self._row = row
        try:
            yield file
            with writing_to(self.directory.parent):
                sync(file)
        finally:
            with suppress(OSError):
                file.close()

    def append(self, file: BinaryIO, rows: np.ndarray) -> None:
        """Write `rows` [n, ...] after what was written before."""
        with writing_to(self.directory.parent):
            header = header_of(0, rows)
            file.seek(len(header) + self._row * rows[0].nbytes)
            file.write(np.ascontiguousarray(rows).data)
            self._row += len(rows)

    def commit(
        self, place: Path, meta: Mapping[str, Any], kept: list[int], like: np.ndarray, **arrays: np.ndarray
    ) -> None:
        """Make the draft the pack at `place`, with `arrays` beside its values: rows as `like` [0, ...], of which each
        part `kept` so many."""
        with writing_to(place.parent):
            self._close_up(kept, like)
            for name, array in arrays.items():
                write_array(self.pack / f"{name}.npy", array)
            files = {path.name: seal_of(path) for path in sorted(self.pack.iterdir())}
            times = {name: (self.pack / name).stat().st_mtime_ns for name in files}
            write_bytes(self.pack / META, json.dumps({**meta, "files": files, "times": times}, indent=1).encode())
            settle(self.pack, place)

    def _close_up(self, kept: list[int], like: np.ndarray) -> None:
        """Move the rows of parts together, where some before them hold fewer than they have room for; what was killed
        at it is of no more use."""
        header, row = header_of(sum(kept), like), like.itemsize * int(np.prod(like.shape[1:]))
        with (self.pack / VALUES).open("r+b") as file:
            end = len(header)
            for part, count in enumerate(kept):
                start = len(header) + part * self.each * row
                if start != end:
                    (self.done / MOVING).touch()
                    for at in range(0, count * row, MOVED):
                        file.seek(start + at)
                        content = file.read(min(MOVED, count * row - at))
                        file.seek(end + at)
                        file.write(content)
                end += count * row
            file.truncate(end)
            file.seek(0)
            file.write(header)
            sync(file)


def header_of(rows: int, like: np.ndarray) -> bytes:
    """How a .npy file of so many rows like those of `like` begins. It is as long for any number: numpy leaves room for
    a first dimension that grows."""
    written = io.BytesIO()
    descr = np.lib.format.dtype_to_descr(like.dtype)
    shape = (rows, *like.shape[1:])
    np.lib.format.write_array_header_1_0(written, {"descr": descr, "fortran_order": False, "shape": shape})
    return written.getvalue()


def mapped(path: Path) -> np.ndarray:
    """The array in a .npy file, mapped. It may be written to, as torch wants, and the file does not change; and it may
    be larger than memory, which Linux refuses to a mapping that may be written to unless it is told."""
    if sys.platform != "linux":
        return np.load(path, mmap_mode="c")
    with path.open("rb") as file:
        if np.lib.format.read_magic(file) != (1, 0):
            raise ValueError("another version of numpy's format")
        shape, _, dtype = np.lib.format.read_array_header_1_0(file)
        flags, protection = mmap.MAP_PRIVATE | NO_RESERVE, mmap.PROT_READ | mmap.PROT_WRITE
        return np.ndarray(shape, dtype, mmap.mmap(file.fileno(), 0, flags, protection), file.tell())


@contextmanager
def draft(packs: Path, name: str, each: int = PART) -> Iterator[Draft]:
    """The draft called `name` under `packs`. What is left of one stays only where the process is killed or interrupted,
    for the next that asks for it."""
    directory = packs / f"{DRAFT}{name}"
    if (directory / "parts" / MOVING).exists():
        shutil.rmtree(directory, ignore_errors=True)
    try:
        yield Draft(directory, each)
    except (KeyboardInterrupt, SystemExit, LostHelpError):
        raise
    except BaseException:
        shutil.rmtree(directory, ignore_errors=True)
        raise
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
        times, files = meta.get("times", {}), meta["files"].items()
        whole = all(Path(name).name == name and as_sealed(place / name, stated, times) for name, stated in files)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return meta if whole and not place.is_symlink() else None


def as_sealed(path: Path, stated: list[int | str], times: Mapping[str, int]) -> bool:
    """Whether the file at `path` is still what was hashed. One that is too large to be read each time is when its size
    and its time are; else it is read, and given its time back where it is the same."""
    found, then = path.stat(), times.get(path.name)
    large = found.st_size >= TRUSTED
    if large and [found.st_size, found.st_mtime_ns] == [stated[0], then]:
        return True
    whole = seal_of(path) == stated
    if whole and large and then:
        with suppress(OSError):
            os.utime(path, ns=(then, then))
    return whole


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
        last = max((each.stat().st_mtime for each in (left, left / "parts") if each.exists()), default=time.time())
        if time.time() - last > WEEK:
            shutil.rmtree(left, ignore_errors=True)
