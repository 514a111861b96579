"""The user's mistakes: each is one clear line that says what is wrong and what to do."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterable

from gankit.base.text import printable


class UserError(ValueError):
    """Something the user can put right. The command line prints it as one line and exits with 2; a notebook shows that
    line without the frames that led to it."""

    def _render_traceback_(self) -> list[str]:
        return [f"{type(self).__name__}: {self}"]


def warn(line: str) -> None:
    """Say `line` where it does not mix with what a command prints."""
    print(printable(line), file=sys.stderr)


def nearest(word: str, known: Iterable[str]) -> str:
    """`" (did you mean 'dcgan'?)"` for the known words closest to `word`, or `""` when none is close."""
    matches = difflib.get_close_matches(word, list(known), n=2, cutoff=0.5)
    return f" (did you mean {' or '.join(map(repr, matches))}?)" if matches else ""
