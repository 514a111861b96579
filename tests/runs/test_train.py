"""Training into a run directory: what it holds, what is said and scored meanwhile, and every way to get it wrong."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import gankit
from gankit.base.errors import UserError
from gankit.methods.dcgan import DCGAN
from gankit.networks import DCGANNetwork
from gankit.runs.options import Options
from tests.game.material import Conditional
from tests.runs.material import lines, weights
from tests.tiny import TINY, Tiny, TinyRun, copied

tiny = TINY["dcgan"]


def test_a_run_holds_everything_that_is_promised(tiny_run: TinyRun) -> None:
    run = tiny_run("dcgan")
    held = {path.name for path in run.directory.iterdir()}
    assert held >= {"config.json", "log.jsonl", "previews", "checkpoints", "tensorboard"}
    assert [path.name for path in sorted((run.directory / "previews").iterdir())] == [
        "step-000000.png",
        "step-000003.png",
        "step-000006.png",
    ]
    assert [path.name for path in sorted((run.directory / "checkpoints").iterdir())] == ["step-000004", "step-000006"]
    assert [line["step"] for line in lines(run.directory)] == [2, 4, 6]
    assert {"discriminator/real", "generator/non-saturating", "images_per_second"} <= lines(run.directory)[0].keys()
    assert not [path for path in run.directory.rglob("*") if path.suffix in (".pt", ".pkl", ".pth", ".partial")]


def test_tensorboard_has_the_log_s_values(tiny_run: TinyRun) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    run = tiny_run("dcgan")
    board = EventAccumulator(str(run.directory / "tensorboard")).Reload()
    seen = [(event.step, event.value) for event in board.Scalars("discriminator/real")]
    assert seen == [(line["step"], pytest.approx(line["discriminator/real"])) for line in lines(run.directory)]


def test_slow_steps_are_saved_before_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gankit.training.loop.FIRST", 0)
    run = tiny.train(tmp_path / "first", steps=3, checkpoint_every=100, keep=9)
    assert len(list((run.directory / "checkpoints").iterdir())) == 2
    monkeypatch.setattr("gankit.training.loop.PATIENCE", 0)
    run = tiny.train(tmp_path / "run", steps=3, checkpoint_every=100, keep=9)
    assert len(list((run.directory / "checkpoints").iterdir())) == 3
    run = tiny.train(tmp_path / "never", steps=3, checkpoint_every=0, keep=9)
    assert len(list((run.directory / "checkpoints").iterdir())) == 1


def test_the_best_checkpoint_stays(tmp_path: Path) -> None:
    scores = iter([5.0, 1.0, 3.0, 4.0])
    run = tiny.train(tmp_path / "run", steps=8, evaluate=lambda generator: next(scores), evaluate_every=2, keep=1)
    assert sorted(path.name for path in (run.directory / "checkpoints").iterdir()) == ["step-000004", "step-000008"]
    state = json.loads((run.directory / "checkpoints/step-000008/state.json").read_text())
    assert state["best"] == {"step": 4, "score": 1.0}
    assert [line["score"] for line in lines(run.directory) if "score" in line] == [5, 1, 3, 4]


def test_the_built_in_score_is_finite_and_repeats(tmp_path: Path) -> None:
    for out in ("a", "b"):
        tiny.train(tmp_path / out, steps=2, evaluate_every=2)
    scores = [next(line["score"] for line in lines(tmp_path / out) if "score" in line) for out in ("a", "b")]
    assert scores[0] == scores[1] > 0


def test_a_run_says_what_was_done_to_the_data_and_names_what_was_skipped(tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    for index in range(12):
        Image.new("RGB", (100 + index, 80), (20 * index, 0, 99)).save(photos / f"{index}.png")
    (photos / "notes.png").write_text("no picture")
    (photos / "zero.jpg").touch()
    said: list[str] = []
    tiny.train(tmp_path / "run", data=str(photos), steps=1, say=said.append)
    assert "12 pictures resized from 12 sizes to 64x64" in said
    assert "2 unreadable files skipped: notes.png: not a picture; zero.jpg: an empty file" in said


def test_a_folder_with_other_things_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("precious")
    with pytest.raises(UserError, match="no run and not empty"):
        tiny.train(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_two_trainings_in_one_directory_are_refused(tiny_run: TinyRun, tmp_path: Path) -> None:
    from gankit.base.files import locked
    from gankit.runs.directory import LOCK

    out = copied(tiny_run("dcgan"), tmp_path / "run")
    with locked(out / LOCK), pytest.raises(UserError, match="another process is training"):
        tiny.train(out, steps=9)


def test_a_loss_that_is_not_finite_stops_with_the_last_good_checkpoint(tmp_path: Path) -> None:
    class Breaks(DCGAN):
        def generator_loss(self, players: Any, batch: Any) -> Any:
            terms = super().generator_loss(players, batch)
            generator, _ = players
            broken = float(generator.body[1].num_batches_tracked > 9)  # two samples a step
            return {name: term + torch.tensor(0.0) / (1 - broken) for name, term in terms.items()}

    method = Breaks(network=DCGANNetwork(width=4), batch_size=8)
    with pytest.raises(
        UserError, match=r"generator/non-saturating became NaN .* by step 6.*step-000004 is from before"
    ):
        Tiny(method).train(tmp_path / "run", steps=50)
    assert torch.stack([value.sum() for value in weights(tmp_path / "run").values()]).isfinite().all()
    assert gankit.load(tmp_path / "run", method=method).sample(2).values.isfinite().all()


def test_options_are_checked_before_anything_is_written(tmp_path: Path) -> None:
    for wrong in (
        {"steps": 0},
        {"steps": -5},
        {"minutes": -1},
        {"keep": 0},
        {"size": "0"},
        {"ema": 1.5},
        {"device": "tpu"},
        {"stepz": 3},
        {"data": "mnits"},
        {"log_every": 0},
        {"preview_every": -1},
    ):
        with pytest.raises(UserError) as caught:
            tiny.train(tmp_path / "run", **wrong)
        assert "\n" not in str(caught.value)
        assert not (tmp_path / "run").exists(), wrong


def test_labels_asked_of_a_source_without(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="conditional needs labels; 'array' has none"):
        Tiny(Conditional()).train(tmp_path / "run", data=np.zeros((99, 8, 8), np.uint8))


def test_training_leaves_the_callers_random_numbers_alone(tmp_path: Path) -> None:
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    tiny.train(tmp_path / "run").sample(4)
    assert torch.equal(torch.rand(3), expected)


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes anywhere")
def test_a_read_only_place(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(OSError, match="Permission denied"):
        tiny.train(tmp_path / "run")


class Played(gankit.Callback):
    """What a process computed that takes two seconds a step."""

    step = 0

    def on_step(self, step: int, values: Any) -> None:
        self.step = step

    def seconds(self) -> float:
        return 2.0 * self.step


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        (10**8, "about 27 steps more, of 100,000,000, fit into the time: "),
        (None, "about 27 steps fit into the time, and most methods need 1,000 at least: "),
    ],
)
def test_a_run_too_short_for_its_steps_says_how_many_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steps: int | None, words: str
) -> None:
    """By the clock that ends it."""
    played, said = Played(), list[str]()
    monkeypatch.setattr("time.process_time", played.seconds)
    tiny.train(tmp_path, steps=steps, minutes=1, clock="cpu", callbacks=[played], say=said.append)
    assert [line for line in said if line.startswith(words)]
    assert max(gankit.load(tmp_path).steps()) == 31


def test_minutes_alone_end_where_the_time_does(tmp_path: Path) -> None:
    """And not at the usual 5,000 steps, which is where nothing else is asked for."""
    said: list[str] = []
    tiny.train(tmp_path / "run", steps=None, minutes=0.01, say=said.append)
    assert [line for line in said if line.startswith("the time is over at step ") and " of " not in line]
    assert Options(minutes=2.0).last_step > 10**8
    assert (Options().last_step, Options(minutes=2.0, steps=7).last_step) == (5000, 7)
