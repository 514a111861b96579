"""Files that are there as a whole or not at all."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def slug(source: str) -> str:
    """The last part of a path, or a name, as a part of a file's name: `data/My Photos.zip` as `my-photos`."""
    return re.sub(r"[\W_]+", "-", Path(source).expanduser().resolve().stem).strip("-").lower() or "data"


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Make `text` the content of the file `path`, in a folder that is there."""
    with replacing(path) as partial:
        partial.write_text(text)


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A name to write to, in the folder of `path`, that becomes `path` at the end; an error leaves neither."""
    path = Path(path)
    partial = path.with_name(f".{path.name}.partial")
    try:
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
