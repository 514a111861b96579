"""What is written beside training: as it was when it was looked at, in order, all of it, and at a bounded price."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
import torch

from gankit.base.errors import UserError
from gankit.training import beside as module
from gankit.training import checkpoint
from gankit.training.beside import Beside
from tests.tiny import TINY


def test_jobs_are_done_in_order_and_by_the_end() -> None:
    done: list[int] = []
    with Beside() as beside:
        beside.add([lambda: done.append(1), lambda: done.append(2)])
        beside.add([lambda: done.append(3)])
    assert done == [1, 2, 3]


def test_training_goes_on_meanwhile_and_waits_for_the_one_before() -> None:
    go, done = threading.Event(), list[int]()
    with Beside() as beside:
        beside.add([go.wait, lambda: done.append(1)])
        assert done == []  # it would never be: the job waits for what comes after `add`
        go.set()
        beside.add([lambda: done.append(2)])
        beside.wait()
        assert done == [1, 2]


def fail() -> None:
    raise UserError("the disk is full")


def test_a_job_s_error_is_raised_next_time_or_at_the_end_but_hides_no_other() -> None:
    with Beside() as beside:
        beside.add([fail])
        with pytest.raises(UserError, match="full"):
            beside.add([])
    beside = Beside()
    beside.add([fail])
    with pytest.raises(UserError, match="full"):
        beside.__exit__(None, None, None)
    beside = Beside()
    beside.add([fail])
    beside.__exit__(ZeroDivisionError, ZeroDivisionError(), None)  # which is raised, then, as it was


def test_what_it_costs_is_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: clock[0])
    with Beside() as beside:
        assert beside.affordable
        with beside.counted():
            clock[0] += module.ALLOWED + 1
        assert not beside.affordable
        clock[0] = 1.01 / module.COST
        assert beside.affordable


def flat(tensors: checkpoint.Tensors) -> dict[str, torch.Tensor]:
    return {f"{file}/{name}": value.clone() for file, group in tensors.items() for name, value in group.items()}


@pytest.mark.parametrize("name", TINY)
def test_a_snapshot_is_the_state_of_its_step(name: str, tmp_path: Path) -> None:
    """The planted bug is the same without a copy: tensors that the next step changes before they are written."""
    state, batches = TINY[name].start()
    state.advance(batches)
    before = {f"{file}/{key}": value.clone() for file, group in state.tensors().items() for key, value in group.items()}
    taken, shared = checkpoint.snapshot(state.tensors()), state.tensors()
    state.advance(batches)
    written, _ = checkpoint.read(checkpoint.write(tmp_path, taken, {"step": 1, "images": 1}))
    assert all(torch.equal(value, before[name]) for name, value in flat(written).items())
    assert not all(torch.equal(value, before[name]) for name, value in flat(shared).items())
