"""Rows as text."""

from __future__ import annotations

from gankit.base.text import aligned, markdown

ROWS = [["run", "value"], ["a", "1.5"], ["longer", "-20"], ["b", ""]]


def test_words_stand_left_and_numbers_right() -> None:
    assert aligned(ROWS) == ["run     value", "a         1.5", "longer    -20", "b"]


def test_markdown() -> None:
    assert markdown([["a", "b|c"], ["1", "2"]]) == ["| a | b\\|c |", "|---|---|", "| 1 | 2 |"]
