"""How many steps fit into a training that is limited in time."""

from __future__ import annotations

import pytest

from gankit.training.progress import fitting


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
