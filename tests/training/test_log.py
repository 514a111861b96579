"""What is logged is the mean of what was played, and NaN never hides in it."""

from __future__ import annotations

import io
import json
import math
from contextlib import closing
from pathlib import Path

import pytest
import torch

from gankit.base.errors import UserError
from gankit.base.progress import clock
from gankit.training.log import Log, Window, read_log, series
from gankit.training.loop import due
from gankit.training.progress import Speed, TrainingProgress, short


def test_a_window_is_the_mean_since_it_was_last_taken() -> None:
    window = Window()
    assert window.take() == {}
    for value in (1.0, 2.0, 6.0):
        window.add({"a": torch.tensor(value), "b": torch.tensor(-value, dtype=torch.bfloat16)})
    assert window.take() == {"a": 3.0, "b": -3.0}
    window.add({"a": torch.tensor(5.0)})
    assert window.take() == {"a": 5.0}


def test_a_term_that_comes_every_few_steps_is_averaged_over_those() -> None:
    window = Window()
    window.add({"often": torch.tensor(1.0), "seldom": torch.tensor(4.0)})
    window.add({"often": torch.tensor(3.0)})
    assert window.take() == {"often": 2.0, "seldom": 4.0}


def test_one_nan_shows_in_the_mean() -> None:
    window = Window()
    for value in (1.0, float("nan"), 2.0):
        window.add({"a": torch.tensor(value)})
    assert math.isnan(window.take()["a"])


def test_a_log_goes_on_after_the_step_it_is_opened_at(tmp_path: Path) -> None:
    with closing(Log(tmp_path, 0)) as log:
        for step in (2, 4, 6):
            log.write(step, {"a": step / 2})
    with closing(Log(tmp_path, 4)) as log:
        log.write(6, {"a": 99.0})
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert lines == [{"step": 2, "a": 1.0}, {"step": 4, "a": 2.0}, {"step": 6, "a": 99.0}]


def test_a_full_disk_is_said_with_the_log_that_had_no_room(tmp_path: Path) -> None:
    log = Log(tmp_path, 0)
    log._file.close()
    log._file = Path("/dev/full").open("wb")  # noqa: SIM115
    for failing in (lambda: log.write(1, {"x": 1.0}), log.seal, log.close):
        with pytest.raises(OSError, match="No space left") as caught:
            failing()
        assert caught.value.filename == str(tmp_path / "log.jsonl")


def test_off_a_terminal_progress_is_a_line_now_and_then() -> None:
    stream = io.StringIO()
    with closing(TrainingProgress(0, 0, 100, stream, every=0.0)) as progress:
        progress.values = {"discriminator/real": 0.5}
        progress.tick(10, 640)
    line = stream.getvalue()
    for words in ("step 10/100", "steps/s", "images/s", "left", "D real 0.500"):
        assert words in line
    assert line.count("\n") == 1
    stream = io.StringIO()
    with closing(TrainingProgress(0, 0, 100, stream)) as progress:
        progress.tick(10, 640)
        assert stream.getvalue() == ""
        progress.tick(10, 640, last=True)
    assert "step 10/100" in stream.getvalue()


def test_speed_is_measured_between_two_looks() -> None:
    speed = Speed(100, 6400)
    rates = speed.look(110, 7040)
    assert rates["images_per_second"] == pytest.approx(64 * rates["steps_per_second"])
    assert rates["steps_per_second"] > 0
    assert speed.look(110, 7040) == {"steps_per_second": 0.0, "images_per_second": 0.0}


def test_words() -> None:
    assert clock(61.4) == "1:01"
    assert clock(3600 + 62) == "1:01:02"
    assert short("generator/minimax") == "G minimax"
    assert short("score") == "score"
    assert due(6, 3)
    assert not due(7, 3)
    assert not due(7, 0)


def test_a_line_that_a_kill_cut_short_is_left_out(tmp_path: Path) -> None:
    path, log = tmp_path / "log.jsonl", [{"step": step, "loss": 1 / step} for step in (10, 20, 30)]
    assert read_log(path) == []
    whole = "".join(f"{json.dumps(line)}\n" for line in log)
    path.write_text(whole)
    assert read_log(path) == log
    path.write_text(whole[:-20])
    assert read_log(path) == log[:2]
    path.write_text(f"{whole[:20]}\n{whole}")
    with pytest.raises(UserError, match=r"line 1 of .*log.jsonl can't be read"):
        read_log(path)


def test_series_hold_each_value_over_the_steps_it_was_logged_at() -> None:
    log = [{"step": 10, "k": 1.0, "score": 3.0}, {"step": 15, "score": 2.0}, {"step": 20, "rate": 0.5, "k": 4.0}]
    assert series(log) == {"k": ([10, 20], [1.0, 4.0]), "score": ([10, 15], [3.0, 2.0]), "rate": ([20], [0.5])}
    assert [*series(log)] == ["k", "score", "rate"]
    assert series([]) == {}


def test_a_verdict_is_read_and_is_no_series(tmp_path: Path) -> None:
    verdict = {"name": "healthy", "degree": None, "since": 10, "evidence": {"words": "all is well"}, "remedy": ""}
    log = [{"step": 10, "k": 1.0}, {"step": 10, "verdict": verdict}, {"step": 20, "k": 2.0}]
    path = tmp_path / "log.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in log))
    assert read_log(path) == log
    assert series(log) == {"k": ([10, 20], [1.0, 2.0])}
    for wrong in ({"step": 10, "verdict": 3}, {"step": 10, "k": verdict}):
        path.write_text(json.dumps(wrong) + "\n{}")
        with pytest.raises(UserError, match=r"line 1 of .* can't be read"):
            read_log(path)
