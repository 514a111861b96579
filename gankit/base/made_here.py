"""What was made here: hashes, in the user's settings, of what one's own `train` wrote.

No run directory can add to the list, so that a run which somebody sent is told from one's own.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path

from gankit.base.files import config_root

NAME = "made-here"


def is_made_here(content: bytes) -> bool:
    """Whether `content` is what one's own `train` once wrote."""
    try:
        lines = (config_root() / NAME).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    return _digest(content) in {line.partition(" ")[0] for line in lines}


def note(content: bytes, path: Path) -> None:
    """Put `content`, which is written to `path`, on the list. Without a place for the list it is not on it."""
    if is_made_here(content):
        return
    with suppress(OSError):
        config_root().mkdir(parents=True, exist_ok=True, mode=0o700)
        with (config_root() / NAME).open("a", encoding="utf-8") as file:
            file.write(f"{_digest(content)} {str(path.absolute())!a}\n")


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
