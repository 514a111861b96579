"""A damaged input of each kind; `make fuzz` plays thousands."""

from __future__ import annotations

from mmap import PAGESIZE, mmap

import pytest

from tests.fuzz import play, subjects


def test_nothing_but_one_line_comes_of_damaged_inputs() -> None:
    number, found = play.failures(seed=13, count=33)
    assert number == 33
    assert [(failure.subject, failure.number, failure.why) for failure in found] == []


def wrong(*_: object) -> None:
    raise IndexError("a bug")


def long(*_: object) -> None:
    while True:
        pass


def large(*_: object) -> None:
    held = mmap(-1, play.MEMORY + 2**28)  # not from the heap, which may hold as much that is free
    for page in range(0, len(held), PAGESIZE):
        held[page] = 1


@pytest.mark.parametrize(("read", "why"), [(wrong, "IndexError: a bug"), (long, "over 1 s"), (large, "GiB")])
def test_what_goes_wrong_is_noticed(read: subjects.Read, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(play, "SECONDS", 1 if read is long else 20)
    assert why in play.play(read, b"")


FOUND = subjects.RUN.parent / "found"


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("parquet-rows.parquet", subjects.file_called("x.parquet")),
        ("parquet-labels.parquet", subjects.file_called("x.parquet")),
        ("list_attr_celeba.txt", subjects.beside_pictures("list_attr_celeba.txt")),
        ("metadata.csv", subjects.beside_pictures("metadata.csv")),
        ("latents.npy", subjects.latents),
    ],
)
def test_what_was_found_stays_mended(name: str, read: subjects.Read) -> None:
    assert play.play(read, (FOUND / name).read_bytes()) == ""


def test_a_group_is_played_again_one_by_one() -> None:
    fine = (subjects.file_called("x.npy"), b"no array")
    assert play.all_fine([fine, fine])
    assert not play.all_fine([fine, (wrong, b""), fine])
