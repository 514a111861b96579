"""Processes that were started together: how they meet, agree, and end as one."""

from __future__ import annotations

import os
import socket
from typing import Any

import pytest
import torch

from gankit.base import ranks
from gankit.base.errors import UserError
from gankit.base.ranks import LostError, Ranks, joined, leads, own_device
from tests.together import together

LENGTH = 1001


def vectors(count: int) -> list[torch.Tensor]:
    """Numbers whose sum depends on the order."""
    random = torch.Generator().manual_seed(0)
    return [torch.randn(LENGTH, generator=random) * 10.0**place for place in range(count)]


def means(count: int) -> list[float]:
    mine = joined()
    mine.connect(torch.device("cpu"))
    return mine.mean((vectors(count)[place] for place in mine.mine(count)), count).tolist()


@pytest.mark.parametrize(("world", "count"), [(2, 2), (2, 4), (3, 3), (3, 6)])
def test_a_mean_is_the_same_to_the_bit_for_any_number_of_processes(world: int, count: int) -> None:
    alone = Ranks().mean(vectors(count), count).tolist()
    assert [end and end.value for end in together(world, means, count)] == [alone] * world
    other_order = Ranks().mean(vectors(count)[::-1], count).tolist()
    assert count == 2 or other_order != alone


def given(fact: str, fails: str) -> str:
    mine = joined()
    with mine.of_one_mind():
        if fails:
            raise UserError(fails)
        mine.agree({"data": fact})
        mine.connect(torch.device("cpu"))
        return mine.give(f"from {mine.rank}".encode() if mine.rank == 1 else None, giver=1).decode()


def test_who_agrees_goes_on_and_who_does_not_ends_in_one_line() -> None:
    ended = together(2, given, ["a", "a"], ["", ""], alike=False)
    assert [end and end.value for end in ended] == ["from 1", "from 1"]
    led, followed = together(2, given, ["a", "b"], ["", ""], alike=False)
    assert led is not None
    assert led.value.startswith("rank 1 has other data than rank 0: start every process")
    assert followed is not None
    assert followed.value == 2


def test_what_one_can_not_do_none_does() -> None:
    led, followed = together(2, given, ["a", "a"], ["", "its disk is full"], alike=False)
    assert led is not None
    assert led.value == 2
    assert followed is not None
    assert followed.value == "rank 1: its disk is full"


def ends_at_once(rank: int) -> str:
    mine = joined()
    mine.connect(torch.device("cpu"))
    if rank:
        os._exit(1)
    with pytest.raises(LostError) as lost:
        mine.mean([torch.zeros(10)], 2)
    return str(lost.value)


def test_who_is_gone_is_missed_at_once() -> None:
    led, followed = together(2, ends_at_once, [0, 1], alike=False)
    assert followed is None
    assert led is not None
    assert led.value.startswith("another process of this training is gone")


def test_one_that_was_started_alone_is_all(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RANK", "WORLD_SIZE"):
        monkeypatch.delenv(name, raising=False)
    assert (joined().rank, joined().world, leads(), own_device("cuda")) == (0, 1, True, "cuda")
    with joined().of_one_mind(), joined().first_of_a_machine():
        joined().agree({"data": "a"})
        joined().hear()
    assert [list(Ranks(rank, 3).mine(6)) for rank in range(3)] == [[0, 1], [2, 3], [4, 5]]


def test_each_process_takes_the_accelerator_of_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert [own_device(name) for name in ("cpu", "cuda", "cuda:0")] == ["cpu", "cuda:1", "cuda:0"]


@pytest.mark.parametrize(
    ("around", "line"),
    [
        ({"WORLD_SIZE": "two"}, "WORLD_SIZE is 'two' in the environment"),
        ({"WORLD_SIZE": "2"}, "WORLD_SIZE is 2 in the environment, and RANK and MASTER_ADDR and MASTER_PORT not"),
        (
            {"WORLD_SIZE": "2", "RANK": "0", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "taken"},
            "port .* is in use: set",
        ),
        ({"WORLD_SIZE": "2", "RANK": "0", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "99999"}, "no other process answ"),
        ({"WORLD_SIZE": "2", "RANK": "1", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "free"}, "no other process answ"),
    ],
)
def test_what_is_wrong_around_it_is_one_line(
    around: dict[str, str], line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranks, "MEETING", ranks.timedelta(seconds=1))
    for name in ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT"):
        monkeypatch.delenv(name, raising=False)
    with socket.socket() as taken:
        taken.bind(("", 0))
        port: Any = str(taken.getsockname()[1])
        if around.get("MASTER_PORT") == "taken":
            taken.listen()
        for name, value in around.items():
            monkeypatch.setenv(name, port if value in ("taken", "free") else value)
        with pytest.raises(UserError, match=line):
            joined()


class Notes:
    """A store in which a note appears at the tenth look, while its writer says, or doesn't, that it is at work."""

    def __init__(self, beats: bool) -> None:
        self.looks, self.beats = 0, beats

    def check(self, names: list[str]) -> bool:
        self.looks += names == ["done"]
        return names == ["done"] and self.looks == 10

    def add(self, name: str, more: int) -> int:
        return self.looks if self.beats else 0

    def get(self, name: str) -> bytes:
        return b"note"


@pytest.mark.parametrize("beats", [True, False])
def test_one_who_says_that_it_is_at_work_is_not_taken_to_be_gone(beats: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 10**6, int(ranks.PATIENCE.total_seconds() * 0.6)))
    monkeypatch.setattr(ranks.time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(ranks.time, "sleep", lambda seconds: None)
    waiting = Ranks(1, 2, Notes(beats))
    if beats:
        assert waiting._note("done") == b"note"
    else:
        with pytest.raises(LostError):
            waiting._note("done")


def nested() -> list[int]:
    mine = joined()
    with mine.of_one_mind():
        within = joined().world
    return [mine.world, within, joined().world]


def test_what_is_called_within_a_common_work_is_each_processes_own() -> None:
    assert [end and end.value for end in together(2, nested)] == [[2, 1, 2]] * 2
