"""What visitors send: a file that is theirs alone, read once and removed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gankit.base.errors import UserError

MOST = 20 * 2**20
"""Bytes of an upload."""


@contextmanager
def taken(file: str | None) -> Iterator[Path]:
    """The file that was uploaded, for as long as this lasts. Raises `UserError` where there is none or too much."""
    if not file:
        raise UserError("no picture was given")
    path = Path(file)
    try:
        if path.stat().st_size > MOST:
            raise UserError(f"a picture may have {MOST // 2**20} MB, and this one has more")
        yield path
    finally:
        path.unlink(missing_ok=True)
