"""Counts in words."""

from __future__ import annotations

PLURALS = {"class": "classes"}


def plural(n: int, noun: str) -> str:
    """`1 picture`, `1,234 pictures`."""
    return f"{n:,} {noun if n == 1 else PLURALS.get(noun, noun + 's')}"
