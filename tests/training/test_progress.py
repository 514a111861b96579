"""How many steps fit into a training that is limited in time, how long is left of it, and when it is looked at."""

from __future__ import annotations

import io
import time

import pytest

from gankit.training.progress import ENDLESS, Moments, TrainingProgress, fitting


@pytest.mark.parametrize(
    ("batch", "said"),
    [
        (64, "about 360 steps more, of 5,000, fit into the time: for all take more --minutes"),
        (
            4096,
            "about 360 steps more, of 5,000, fit into the time: for all take more --minutes, or a smaller batch than "
            "4,096: --batch-size 256",
        ),
        (
            300,
            "about 360 steps more, of 5,000, fit into the time: for all take more --minutes, or a smaller batch than "
            "300: --batch-size 64",
        ),
    ],
)
def test_what_does_not_fit_is_said_with_what_makes_room(batch: int, said: str) -> None:
    assert fitting(5000, 4996, seconds=180, per_second=2, batch=batch) == said


def test_nothing_is_said_where_all_steps_fit() -> None:
    assert fitting(5000, 4996, seconds=180, per_second=100, batch=4096) is None


ROOM = "smaller pictures (--size) or batches (--batch-size), or a smaller network, make room for more"


@pytest.mark.parametrize(
    ("done", "per_second", "batch", "said"),
    [
        (0, 100, 64, None),
        (4999, 2, 4096, None),
        (0, 6, 128, "about 1,080 steps fit into the time"),
        (4, 2, 4096, "about 360 steps fit into the time: --batch-size 256 for more than those of 4,096"),
        (4, 2, 128, f"about 360 steps fit into the time, and most methods need 1,000 at least: {ROOM}"),
        (640, 2, 128, "about 360 steps fit into the time"),  # with those that it has
    ],
)
def test_where_minutes_alone_end_it_it_is_said_how_many_fit_and_what_makes_room(
    done: int, per_second: int, batch: int, said: str | None
) -> None:
    found = fitting(ENDLESS, ENDLESS - done, seconds=180, per_second=per_second, batch=batch)
    assert found == said


def test_what_is_left_is_the_time_where_that_ends_first() -> None:
    def said(end: float) -> str:
        stream = io.StringIO()
        progress = TrainingProgress(0, 0, 1_000_000, stream, every=0, left=lambda: end)
        time.sleep(0.01)
        progress.tick(1, 64, last=True)
        return stream.getvalue()

    assert "10:00 left" in said(600.4)
    assert "0:00 left" in said(-3)
    assert "0:00 left" not in said(1e9)
    assert said(1e9).startswith("step 1/1000000  ")
    assert said(600.4).startswith("step 1  "), "so many steps are not to be reached"


def test_it_is_looked_at_often_and_then_seldom() -> None:
    moments = Moments()
    seen = [second for second in range(1900) if moments.passed(second)]
    assert seen == [10, 30, 60, 120, 300, 600, 1200, 1800]
    assert Moments().passed(45)
