"""Rows as text."""

from __future__ import annotations

import pytest

from gankit.base.errors import warn
from gankit.base.text import aligned, markdown, printable, tell

ROWS = [["run", "value"], ["a", "1.5"], ["longer", "-20"], ["b", ""]]


def test_words_stand_left_and_numbers_right() -> None:
    assert aligned(ROWS) == ["run     value", "a         1.5", "longer    -20", "b"]


def test_a_line_stays_one_whatever_is_in_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert printable("é\n\r\t\x1b[2J\u2028\x85\udcff") == r"é\n\r\t\x1b[2J\u2028\x85\udcff"
    tell("a\nb", "", 1)
    warn("a\nb")
    assert capsys.readouterr() == ("a\\nb\n\n1\n", "a\\nb\n")


def test_markdown() -> None:
    assert markdown([["a", "b|c"], ["1", "2"]]) == ["| a | b\\|c |", "|---|---|", "| 1 | 2 |"]
