"""The version of this release, as packages and saved files state it."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

VERSION = "0.1.0"


def is_later(version: str) -> bool:
    """Whether `version`, which a file states, is of a later gankit than this."""
    return _numbers(version) > _numbers(VERSION)


def _numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d{1,9}", version)[:3]]


def own_digest() -> str:
    """A hash of gankit's own programs."""
    home = Path(__file__).parents[1]
    total = hashlib.blake2b(digest_size=16)
    for path in sorted(home.rglob("*.py")):
        content = path.read_bytes()
        total.update(f"{path.relative_to(home).as_posix()} {len(content)} ".encode() + content)
    return total.hexdigest()
