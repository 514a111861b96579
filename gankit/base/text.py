"""Words for people: counts, and rows as lines on a terminal or in Markdown."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from typing import Any

Rows = Sequence[Sequence[str]]
PLURALS = {"class": "classes"}


def printable(text: str) -> str:
    """`text` as one line, with what could steer a terminal or break the line (names may hold anything) as escapes."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def tell(*lines: Any) -> None:
    """Print `lines` for people, and nothing that is in one on another."""
    print("\n".join(printable(str(line)) for line in lines))


def command_line(*words: object) -> str:
    """`gankit WORDS` as a shell takes it, also where words hold blanks: for every command that is suggested."""
    return shlex.join(["gankit", *map(str, words)])


def plural(n: int, noun: str) -> str:
    """`1 picture`, `1,234 pictures`."""
    return f"{n:,} {noun if n == 1 else PLURALS.get(noun, noun + 's')}"


def kebab(name: str) -> str:
    """A class's or a field's name as the command line has it: `MaxoutMLP` as `maxout-mlp`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|_", "-", name).lower()


def aligned(rows: Rows) -> list[str]:
    """Columns of equal width, two spaces apart; the first row is the header. Numbers stand to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    right = [all(_is_number(cell) for cell in column[1:]) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = zip(row, widths, right, strict=True)
        lines.append("  ".join(cell.rjust(width) if end else cell.ljust(width) for cell, width, end in cells).rstrip())
    return lines


def markdown(rows: Rows) -> list[str]:
    """The same rows as a Markdown table."""
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return [lines[0], "|" + "---|" * len(rows[0]), *lines[1:]]


def _is_number(cell: str) -> bool:
    return not cell or cell[0].isdigit() or (cell[0] in "-+." and cell[1:2].isdigit())
