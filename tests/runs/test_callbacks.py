"""Callbacks are told what a run writes, and can change neither its bits nor that it can be continued."""

from __future__ import annotations

import random
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import gankit
from gankit.base.errors import UserError
from gankit.training.callbacks import Callbacks
from tests.runs.material import assert_same_weights, lines
from tests.tiny import TINY, TinyRun, quiet

tiny = TINY["dcgan"]


class Notes(gankit.Callback):
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.started: list[gankit.Training] = []
        self.steps: list[int] = []
        self.logged: list[dict[str, Any]] = []
        self.checkpoints: list[tuple[int, Path]] = []
        self.previews: list[tuple[int, Image.Image]] = []
        self.ended: list[int] = []

    def on_start(self, training: gankit.Training) -> None:
        self.started.append(training)

    def on_step(self, step: int, values: Mapping[str, float]) -> None:
        self.steps.append(step)
        if values:
            self.logged.append({"step": step, **values})

    def on_checkpoint(self, step: int, path: Path) -> None:
        assert (path / "state.json").is_file()
        self.checkpoints.append((step, path))

    def on_preview(self, step: int, picture: Image.Image) -> None:
        self.previews.append((step, picture))

    def on_end(self, step: int) -> None:
        self.ended.append(step)


def test_a_callback_is_told_all_that_is_written(tmp_path: Path) -> None:
    notes = Notes()
    run = tiny.train(tmp_path / "run", preview_every=3, evaluate_every=6, keep=9, callbacks=[notes])
    assert notes.steps == [1, 2, 3, 4, 5, 6]
    by_step: dict[int, dict[str, Any]] = {}
    for line in lines(run.directory):
        by_step.setdefault(line["step"], {}).update(line)
    assert notes.logged == list(by_step.values())
    assert "score" in notes.logged[-1]
    assert [step for step, _ in notes.checkpoints] == [2, 4, 6]
    assert [path for _, path in notes.checkpoints] == sorted((run.directory / "checkpoints").iterdir())
    assert [step for step, _ in notes.previews] == [0, 3, 6]
    with Image.open(run.directory / "previews" / "step-000006.png") as written:
        assert np.array_equal(np.asarray(written), np.asarray(notes.previews[-1][1]))
    assert notes.ended == [6]
    (started,) = notes.started
    assert (started.directory, started.step, started.steps) == (run.directory, 0, 6)
    assert started.config["method"]["class"] == "DCGAN"


def test_a_run_that_goes_on_says_from_where(tmp_path: Path) -> None:
    tiny.train(tmp_path / "run", steps=4)
    notes = Notes()
    tiny.train(tmp_path / "run", callbacks=[notes])
    assert notes.started[0].step == 4
    assert notes.steps == [5, 6]


class Meddler(Notes):
    """Does to torch, and to what it is given, all that it can."""

    def meddle(self) -> None:
        torch.manual_seed(1)
        torch.rand(3)
        np.random.rand(2)
        random.random()
        torch.set_grad_enabled(False)
        torch.set_default_dtype(torch.float64)
        torch.set_num_threads(2)
        torch.set_float32_matmul_precision("medium")
        torch.use_deterministic_algorithms(True)

    def on_start(self, training: gankit.Training) -> None:
        training.config["method"].clear()
        self.meddle()

    def on_step(self, step: int, values: Mapping[str, float]) -> None:
        super().on_step(step, values)
        assert isinstance(values, dict)
        values.clear()
        values["discriminator/real"] = float("nan")
        self.meddle()

    def on_preview(self, step: int, picture: Image.Image) -> None:
        super().on_preview(step, picture.copy())
        picture.paste(0, (0, 0, *picture.size))
        self.meddle()


def test_a_callback_changes_no_bit(tiny_run: TinyRun, tmp_path: Path) -> None:
    plain, notes = tiny_run("dcgan"), Notes()
    before = torch.get_num_threads(), torch.get_deterministic_debug_mode()
    run = tiny.train(tmp_path / "run", preview_every=3, callbacks=[Meddler(), notes])
    assert_same_weights(plain.directory, run.directory)
    assert (torch.get_num_threads(), torch.get_deterministic_debug_mode()) == before
    assert torch.get_default_dtype() == torch.float32
    assert torch.is_grad_enabled()
    speed = ("steps_per_second", "images_per_second")
    for mine, other in zip(lines(run.directory), lines(plain.directory), strict=True):
        assert {name: value for name, value in mine.items() if name not in speed} == {
            name: value for name, value in other.items() if name not in speed
        }
    assert all("discriminator/real" in line for line in notes.logged)
    assert np.asarray(notes.previews[-1][1]).std() > 0


@pytest.mark.parametrize("hook", ["on_step", "on_checkpoint", "on_preview", "on_end"])
def test_a_callback_that_fails_is_named_in_a_line_and_training_goes_on(
    hook: str, tiny_run: TinyRun, tmp_path: Path
) -> None:
    def fails(*given: Any) -> None:
        calls.append(given)
        raise RuntimeError("no route\nto host")

    said: list[str] = []
    calls: list[Any] = []
    broken, notes = Notes(), Notes()
    setattr(broken, hook, fails)
    run = tiny.train(tmp_path / "run", preview_every=3, callbacks=[broken, notes], say=said.append)
    told = [line for line in said if "Notes" in line]
    assert len(told) == len(calls) == 1
    assert told[0].startswith(f"the callback Notes failed in {hook} (RuntimeError: no route to host) at step ")
    assert notes.steps == [1, 2, 3, 4, 5, 6]
    assert_same_weights(tiny_run("dcgan").directory, run.directory)


def test_a_callback_that_fails_at_the_start_ends_it_before_the_first_step(tiny_run: TinyRun, tmp_path: Path) -> None:
    class NotSignedIn(gankit.Callback):
        def on_start(self, training: gankit.Training) -> None:
            raise OSError("sign in first")

    notes = Notes()
    with pytest.raises(UserError, match=r"NotSignedIn failed in on_start \(OSError: sign in first\); nothing was tr"):
        tiny.train(tmp_path / "run", callbacks=[notes, NotSignedIn()])
    assert notes.ended == [0]
    assert not notes.steps
    assert_same_weights(tiny_run("dcgan").directory, tiny.train(tmp_path / "run").directory)


def test_a_callback_asks_for_an_end_as_ctrl_c_does(tiny_run: TinyRun, tmp_path: Path) -> None:
    class Enough(Notes):
        def on_step(self, step: int, values: Mapping[str, float]) -> None:
            super().on_step(step, values)
            if step == 3:
                signal.raise_signal(signal.SIGINT)

    enough = Enough()
    said: list[str] = []
    with pytest.raises(KeyboardInterrupt, match="stopped by SIGINT at step 4; the same command continues"):
        tiny.train(tmp_path / "run", callbacks=[enough], say=said.append)
    assert said[-1] == "stopped by SIGINT at step 4; the same command continues"
    assert enough.checkpoints[-1][0] == 4
    assert enough.ended == [4]
    assert_same_weights(tiny_run("dcgan").directory, tiny.train(tmp_path / "run").directory)


def test_the_end_is_told_where_training_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(state: Any, batches: Any) -> Any:
        raise OSError("the disk has gone")

    notes = Notes()
    monkeypatch.setattr("gankit.training.state.State.advance", fails)
    with pytest.raises(OSError, match="the disk"):
        tiny.train(tmp_path / "run", callbacks=[notes])
    assert notes.ended == [0]


def test_something_else_than_a_callback_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"callbacks are instances of subclasses of gankit\.Callback, not <function"):
        tiny.train(tmp_path / "run", callbacks=[lambda step: None])
    assert not (tmp_path / "run").exists()
    with pytest.raises(UserError, match=r"not <class 'tests"):
        Callbacks([Notes], quiet)  # pyright: ignore[reportArgumentType]


def test_tensorboard_shows_the_previews(tiny_run: TinyRun) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    run = tiny_run("dcgan")
    board = EventAccumulator(str(run.directory / "tensorboard"), size_guidance={"images": 0}).Reload()
    assert [event.step for event in board.Images("preview")] == [0, 3, 6]
    with Image.open(run.directory / "previews" / "step-000003.png") as preview:
        assert (board.Images("preview")[1].width, board.Images("preview")[1].height) == preview.size
