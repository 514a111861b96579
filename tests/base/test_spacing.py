"""Some of many, at even distances."""

from __future__ import annotations

from gankit.base.spacing import spaced


def test_the_first_the_last_and_some_between() -> None:
    assert spaced(10, 5).tolist() == [0, 2, 4, 6, 9]
    assert spaced(10, 1).tolist() == [0]


def test_all_where_there_are_no_more() -> None:
    assert spaced(3, 5).tolist() == [0, 1, 2]
    assert spaced(0, 5).tolist() == []
