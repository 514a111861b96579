"""Files that are there as a whole or not at all."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

from gankit.base.errors import UserError

NAME_BYTES = 100
"""The most that a source's name takes of a file's; a file system allows some 255 in all."""


def path_of(source: str | os.PathLike[str]) -> Path:
    """Where `source` lies, with the home folder for a ~. Raises `UserError` for one that nobody has."""
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


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Make `text` the content of the file `path`, in a folder that is there."""
    with replacing(path) as partial:
        partial.write_text(text)


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A name to write to, in the folder of `path`, that becomes `path` at the end; an error leaves neither."""
    path = Path(path)
    partial = path.with_name(f".{path.name}.{token_hex(4)}.partial")  # a name of its own: others may write it, too
    try:
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def cache_root(cache: Path | None = None) -> Path:
    """`cache`, else $GANKIT_CACHE, else gankit's own folder in the user's cache."""
    if chosen := cache or os.environ.get("GANKIT_CACHE"):
        return path_of(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gankit"


class LockedError(UserError):
    """Another process holds the lock."""


@contextmanager
def locked(path: Path, taken: str | None = None) -> Iterator[None]:
    """Hold the lock of the file `path`, made where it is new; the system drops it when the process dies.

    Where another holds it: raises `LockedError` with the words `taken`, or waits if there are none.
    """
    try:
        import fcntl
    except ImportError:  # no such lock on this system
        yield
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (fcntl.LOCK_NB if taken else 0))
        except OSError:
            raise LockedError(taken) from None
        yield


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
