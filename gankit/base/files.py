"""Files that are there as a whole or not at all, and files that somebody else may have written."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from gankit.base.errors import UserError

if TYPE_CHECKING:
    import numpy as np

PARTIAL = ".partial"
"""What the name of a file that is not yet whole ends in."""
NAME_BYTES = 100
"""The most that a source's name takes of a file's; a file system allows some 255 in all."""


def path_of(source: str | os.PathLike[str]) -> Path:
    """Where `source` lies, with the home folder for a ~. Raises `UserError` for one that nobody has, and for an empty
    name, which would stand for the current folder."""
    if not os.fspath(source):
        raise UserError("a name is empty (''): name a file or a folder; '.' is the current one")
    try:
        return Path(source).expanduser()
    except RuntimeError as error:
        raise UserError(f"no home folder is known for {str(source)!r}: write its whole path") from error


def slug(source: str) -> str:
    """The last part of a path, or a name, as a part of a file's name: `data/My Photos.zip` as `my-photos`."""
    name = re.sub(r"[\W_]+", "-", path_of(source).resolve().stem).lower()
    return name.encode()[:NAME_BYTES].decode(errors="ignore").strip("-") or "data"


def safe_name(words: str) -> str:
    """`words` as a part of a file's name, on any system: `T-shirt/top` as `T-shirt-top`."""
    name = re.sub(r"[^\w.+-]+", "-", words).strip("-.")
    return name.encode()[:NAME_BYTES].decode(errors="ignore") or "unnamed"


def write_bytes(path: str | os.PathLike[str], content: bytes | memoryview) -> None:
    """Make `content` what the file `path` holds, in a folder that is there."""
    with replacing(path) as partial, partial.open("xb") as file:
        file.write(content)
        sync(file)


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Make `text` the content of the file `path`, in UTF-8, with escapes for what that can't hold."""
    write_bytes(path, text.encode(errors="backslashreplace"))


def write_array(path: str | os.PathLike[str], values: np.ndarray) -> None:
    """Make the file `path` a .npy of `values`."""
    with replacing(path) as partial, partial.open("xb") as file:
        put_array(file, values)
        sync(file)


def put_array(file: Any, values: np.ndarray) -> None:
    """Write `values` to an open file in numpy's format, and notice a full disk: `np.save` does not look whether the
    last of its bytes were written."""
    import numpy as np

    values = np.asarray(values, order="C")
    np.lib.format.write_array_header_1_0(file, np.lib.format.header_data_from_array_1_0(values))
    file.write(values.reshape(-1).view(np.uint8).data)


def write_json(path: str | os.PathLike[str], content: dict[str, Any], *, maker: str, allow_nan: bool = True) -> None:
    """Make `content`, with the name of its `maker`, what the file `path` holds; `refuse_foreign` first."""
    write_text(path, json.dumps({"made_by": maker, **content}, indent=1, allow_nan=allow_nan) + "\n")


def refuse_foreign(path: str | os.PathLike[str], maker: str) -> None:
    """Raise `UserError` where `path` is there, and no JSON file that `maker` wrote."""
    path = Path(path)
    if not os.path.lexists(path):
        return
    try:
        found = read_json(path)
    except UserError:
        found = None
    if not isinstance(found, dict) or found.get("made_by") != maker:
        raise UserError(f"{path} is there, and no file of {maker}: take another --out, or move it away")


def read_json(path: str | os.PathLike[str], remedy: str = "") -> Any:
    """What the JSON file `path` holds. Raises `UserError`, which ends in the `remedy`, where it is no such file."""
    path = Path(path)
    then = f": {remedy}" if remedy else ""
    try:
        return json.loads(read_bytes(path).decode())
    except RecursionError:
        raise UserError(f"{path} can't be read (it is nested too deeply){then}") from None
    except ValueError as error:
        if isinstance(error, UserError):
            raise
        raise UserError(f"{path} can't be read ({error}){then}") from None


def read_bytes(path: Path, most: int = -1) -> bytes:
    """All of a plain file, or its first `most` bytes; `UserError` for what is none (a pipe would be waited for, a
    device has no end)."""
    try:
        # Without O_BINARY, which is Windows', a descriptor there changes the ends of lines.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise UserError(f"{path} is no plain file")
            return file.read(most)
    except OSError as error:
        raise UserError(f"{path} can't be read: {(error.strerror or str(error)).lower()}") from None


@contextmanager
def naming(path: Path, partial: Path | None = None) -> Iterator[None]:
    """A failure to write names `path`: a full disk names nothing by itself, and what is not yet whole, `partial`."""
    try:
        yield
    except OSError as error:
        hidden = partial is not None and str(error.filename).startswith(str(partial))
        if error.errno is not None and (error.filename is None or hidden):
            error.filename = str(path)
        raise


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A name to write to, in the folder of `path`, that becomes `path` at the end; an error leaves neither.

    Where `path` is a link, it is the link that is replaced.
    """
    path = Path(path)
    partial = path.with_name(f".{path.name}.{token_hex(4)}{PARTIAL}")  # a name of its own: others may write it, too
    try:
        with naming(path, partial):
            yield partial
            partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def is_filled(folder: Path) -> bool:
    """Whether `folder` is there, and is anything but an empty folder."""
    return folder.exists() and (not folder.is_dir() or any(folder.iterdir()))


def beneath(folder: Path) -> Iterator[Path]:
    """All that lies in `folder`, links not followed. What others take away meanwhile is passed over, where `Path.rglob`
    fails."""
    for root, folders, files in os.walk(folder):
        yield from (Path(root, name) for name in (*folders, *files))


def refuse_filled(folder: Path) -> None:
    """Raise `UserError` where something would be written over in `folder`."""
    if is_filled(folder):
        raise UserError(f"{folder} is there and not empty: take another --out")


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """A folder to write to that becomes `folder`, which is new or empty, at the end; an error leaves neither."""
    partial = folder.with_name(f".{folder.name}.{token_hex(4)}{PARTIAL}")
    try:
        with naming(folder, partial):
            partial.mkdir(parents=True)
            yield partial
            if folder.exists():
                folder.rmdir()
            partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def open_own(path: Path, flags: int) -> int:
    """A descriptor of the file `path`, made where it is new; where the system can tell, a link in its place is not
    followed."""
    return os.open(path, flags | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0), 0o644)


def sync(file: Any) -> None:
    """Have what was written to `file` on the disk."""
    file.flush()
    os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Have the names in `folder` on the disk, where the system lets folders be opened (Windows does not)."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except PermissionError:
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sweep_partials(folder: Path, *, older: float = 3600) -> None:
    """Remove what writers that were killed left in `folder`, `older` seconds ago or more."""
    try:
        left = [entry for entry in os.scandir(folder) if entry.name.startswith(".") and entry.name.endswith(PARTIAL)]
        for entry in left:
            if entry.is_file(follow_symlinks=False) and time.time() - entry.stat().st_mtime >= older:
                Path(entry.path).unlink(missing_ok=True)
    except OSError:  # not there, or not ours to tidy
        return


def cache_root(cache: Path | None = None) -> Path:
    """`cache`, else $GANKIT_CACHE, else gankit's own folder in the user's cache."""
    if chosen := cache or os.environ.get("GANKIT_CACHE"):
        return path_of(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gankit"


class LockedError(UserError):
    """Another process holds the lock."""


@contextmanager
def locked(path: Path, taken: str | None = None) -> Iterator[None]:
    """Hold the lock of the file `path`, made where it is new; the system drops it when the process dies. A link in its
    place is not followed.

    Where another holds it: raises `LockedError` with the words `taken`, or waits if there are none.
    """
    try:
        import fcntl
    except ImportError:  # no such lock on this system
        yield
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = open_own(path, os.O_RDWR | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        raise UserError(f"can't lock {path}: {(error.strerror or str(error)).lower()}") from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (fcntl.LOCK_NB if taken else 0))
        except BlockingIOError:
            raise LockedError(taken) from None
        except OSError as error:
            if error.errno not in (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP):  # no such lock on this file system
                raise UserError(f"can't lock {path}: {(error.strerror or str(error)).lower()}") from None
        yield
    finally:
        os.close(descriptor)


def config_root() -> Path:
    """gankit's own folder among the user's settings."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or path_of("~/.config")) / "gankit"


@contextmanager
def writing_to(place: Path) -> Iterator[None]:
    """Word a failure to write to `place`."""
    try:
        yield
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise UserError(
            f"cannot write to the cache {str(place)!r} ({why}): set GANKIT_CACHE to a folder with room"
        ) from error
