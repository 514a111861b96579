"""A run goes on where it was, to the bit: stopped, killed, damaged, moved; and never as another run."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import gankit
from gankit.base.errors import UserError
from gankit.networks import DCGANNetwork
from tests.processes import forked
from tests.rows import rows
from tests.runs.material import assert_same_weights, lines, unsealed, weights
from tests.tiny import TINY, TinyRun, copied

tiny = TINY["dcgan"]


def test_repeating_the_command_continues_to_the_same_bits(tiny_run: TinyRun, tmp_path: Path) -> None:
    """Every other method is killed and repeated below."""
    tiny.train(tmp_path / "parts", steps=3)
    tiny.train(tmp_path / "parts")
    assert_same_weights(tiny_run("dcgan").directory, tmp_path / "parts")


def test_a_run_from_before_a_field_existed_is_continued(tiny_run: TinyRun, tmp_path: Path) -> None:
    tiny.train(tmp_path / "old", steps=3)
    path = tmp_path / "old" / "config.json"
    written = json.loads(path.read_text())
    del written["method"]["stabilisers"], written["method"]["smoothing"], written["method"]["network"]["minibatch"]
    path.write_text(json.dumps(written))
    unsealed(tmp_path / "old")
    tiny.train(tmp_path / "old")
    assert_same_weights(tiny_run("dcgan").directory, tmp_path / "old")
    with pytest.raises(UserError, match=r"differing fields: method\.smoothing: 0\.0 -> 0\.1\. Take"):
        tiny.but(smoothing=0.1).train(tmp_path / "old")


def test_how_often_we_look_changes_no_step(tmp_path: Path) -> None:
    tiny.train(tmp_path / "seldom", checkpoint_every=0, log_every=100)
    tiny.train(tmp_path / "often", checkpoint_every=1, log_every=1, preview_every=1, evaluate_every=2)
    assert_same_weights(tmp_path / "seldom", tmp_path / "often")


def test_a_log_that_ran_ahead_of_its_checkpoint_is_cut_back(tmp_path: Path) -> None:
    run = tiny.train(tmp_path / "run", steps=4)
    with (run.directory / "log.jsonl").open("a") as file:
        file.write('{"step": 5, "x": 1}\n{"step": 6, "x"')
    tiny.train(tmp_path / "run", steps=8)
    assert [line["step"] for line in lines(run.directory)] == [2, 4, 6, 8]


def test_a_finished_run_says_so(tiny_run: TinyRun, tmp_path: Path) -> None:
    said: list[str] = []
    tiny.train(copied(tiny_run("dcgan"), tmp_path / "run"), say=said.append)
    assert "already at step 6: ask for more --steps" in said[-1]


def test_minutes_end_a_run_that_then_continues(tiny_run: TinyRun, tmp_path: Path) -> None:
    tiny.train(tmp_path / "run", minutes=1e-9)
    assert [line["step"] for line in lines(tmp_path / "run")] == [1]
    tiny.train(tmp_path / "run")
    assert_same_weights(tmp_path / "run", tiny_run("dcgan").directory)


def reached(out: Path) -> int:
    """The step of the newest checkpoint that is written, or being written."""
    return max((int(path.name.split("-")[1][:6]) for path in (out / "checkpoints").glob("*step-*")), default=0)


def train_on(name: str, out: Path) -> None:
    """For a process of its own, which is killed before it gets there."""
    warnings.simplefilter("error")
    torch.set_num_threads(1)
    TINY[name].train(out, steps=10_000, **OFTEN)


OFTEN: dict[str, Any] = {"checkpoint_every": 5, "preview_every": 10}


MOMENTS = {"gan": ((0, 0.05), (5, 0.0), (15, 0.02)), "cyclegan": ((0, 0.1), (5, 0.02), (10, 0.0))}
"""The step after which a run is killed, and the seconds from then on: as it starts, at the sight of a checkpoint, and
between two."""


KILLED = ("gan", "wgan-gp", "began", "cyclegan")
"""Those that `make test` kills as well: at once, several turns, a controller, a pool."""


@pytest.mark.parametrize("name", rows(TINY, TINY.keys() - set(KILLED)))
def test_killed_at_any_moment_it_ends_in_the_same_weights(name: str, tmp_path: Path) -> None:
    """SIGKILL, and the command again, against a run left alone."""
    out = tmp_path / "killed"
    for step, delay in MOMENTS.get(name, ((5, 0.01),)):
        process = forked().Process(target=train_on, args=(name, out), daemon=True)
        process.start()
        deadline = time.monotonic() + 600
        while reached(out) < step:
            assert process.is_alive()
            assert time.monotonic() < deadline
            time.sleep(0.001)
        time.sleep(delay)
        process.kill()
        process.join()
        assert process.exitcode == -signal.SIGKILL
    steps = reached(out) + 3
    TINY[name].train(out, steps=steps, **OFTEN)
    TINY[name].train(tmp_path / "whole", steps=steps, **OFTEN)
    assert_same_weights(out, tmp_path / "whole")


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), pytest.param(signal.SIGTERM, 143, marks=pytest.mark.long)]
)
def test_a_signal_ends_with_a_checkpoint_and_its_status(number: signal.Signals, status: int, tmp_path: Path) -> None:
    out = tmp_path / "run"
    command = [sys.executable, "-m", "gankit", "train", "dcgan", "--network.width", "4", "--batch-size", "8"]
    command += ["--steps", "100000", "--log-every", "1", "--out", str(out)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 600
    while not (out / "log.jsonl").exists() or not (out / "log.jsonl").read_text():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == status, errors
    assert f"stopped by {number.name}" in errors
    assert "Traceback" not in errors
    assert weights(out)


def test_damaged_checkpoints_are_passed_over_and_the_end_is_the_same(tiny_run: TinyRun, tmp_path: Path) -> None:
    tiny.train(tmp_path / "whole", steps=8)
    out = copied(tiny_run("dcgan"), tmp_path / "run")
    path = out / "checkpoints/step-000006/optimizers.safetensors"
    path.write_bytes(path.read_bytes()[:1000])
    said: list[str] = []
    tiny.train(out, steps=8, say=said.append)
    assert any("optimizers.safetensors is damaged; trying the one before" in line for line in said)
    assert any("continues at step 4" in line for line in said)
    assert_same_weights(tmp_path / "whole", out)


def test_no_whole_checkpoint_is_an_error_not_a_new_beginning(tiny_run: TinyRun, tmp_path: Path) -> None:
    out = copied(tiny_run("dcgan"), tmp_path / "run")
    for path in out.glob("checkpoints/*/players.safetensors"):
        path.write_bytes(b"")
    with pytest.raises(UserError, match=r"no checkpoint in .* can be read"):
        tiny.train(out, steps=8)


def test_another_configuration_is_refused_and_nothing_changes(tiny_run: TinyRun, tmp_path: Path) -> None:
    out = copied(tiny_run("dcgan"), tmp_path / "run")
    before = sorted((path, path.stat().st_mtime_ns) for path in out.rglob("*"))
    with pytest.raises(UserError) as caught:
        tiny.but(network=DCGANNetwork(width=5), batch_size=9).train(out, seed=3, steps=9)
    message = str(caught.value)
    for field in ("network.width: 4 -> 5", "batch_size: 8 -> 9", "seed: 0 -> 3"):
        assert field in message
    assert "\n" not in message
    assert sorted((path, path.stat().st_mtime_ns) for path in out.rglob("*")) == before


def test_a_folder_may_be_moved_but_not_changed(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    photos = tmp_path / "photos"
    photos.mkdir()
    for index in range(12):
        Image.fromarray(random.integers(0, 256, (16, 16, 3), np.uint8)).save(photos / f"{index}.png")
    tiny.train(tmp_path / "run", data=str(photos), steps=2)
    photos.rename(tmp_path / "moved")
    os.utime(tmp_path / "moved" / "3.png")
    tiny.train(tmp_path / "run", data=str(tmp_path / "moved"), steps=3)
    (tmp_path / "moved" / "3.png").unlink()
    with pytest.raises(UserError, match=r"no longer those .*: take another --out, and --init .*run starts"):
        tiny.train(tmp_path / "run", data=str(tmp_path / "moved"), steps=4)


def test_a_run_whose_first_step_never_came_is_not_another_run(tmp_path: Path) -> None:
    out = tmp_path / "run"
    with pytest.raises(RuntimeError, match="too much"):
        tiny.train(out, evaluate_every=1, evaluate=too_much, steps=0 + 1)
    shutil.rmtree(out / "checkpoints", ignore_errors=True)
    for left in (out / "log.jsonl", *(out / "previews").glob("*.png")):
        left.write_text("") if left.name == "log.jsonl" else left.unlink()
    tiny.but(batch_size=4).train(out, steps=2)
    assert json.loads((out / "config.json").read_text())["method"]["batch_size"] == 4
    with pytest.raises(UserError, match="holds another run"):
        tiny.train(out, steps=3)


def too_much(_: object) -> float:
    raise RuntimeError("too much")


@pytest.mark.parametrize("left", [".config.json.12345678.partial", "method.py", "checkpoints/.step-000002.partial"])
def test_what_a_killed_start_left_is_no_obstacle(left: str, tmp_path: Path) -> None:
    out = tmp_path / "run"
    if left.startswith("checkpoints"):
        tiny.train(out, steps=1)
        (out / left).mkdir()
    else:
        out.mkdir()
        (out / left).write_text("half")
    tiny.train(out, steps=2)
    assert left == "method.py" or not (out / left).exists()


def test_a_log_that_was_changed_is_not_gone_on_with(tiny_run: TinyRun, tmp_path: Path) -> None:
    out = copied(tiny_run("dcgan"), tmp_path / "run")
    log = out / "log.jsonl"
    log.write_text(log.read_text().replace("0.", "1.", 1))
    with pytest.raises(UserError, match=r"log\.jsonl is not what the checkpoint of step 6 was saved with"):
        tiny.train(out, steps=8)
    log.unlink()
    tiny.train(out, steps=8)
    tiny.train(tmp_path / "whole", steps=8)
    assert_same_weights(tmp_path / "whole", out)


def test_a_configuration_that_was_changed_is_neither_shown_nor_gone_on_with(tiny_run: TinyRun, tmp_path: Path) -> None:
    out = copied(tiny_run("dcgan"), tmp_path / "run")
    path = out / "config.json"
    path.write_text(path.read_text().replace('"ema": 0.999', '"ema": 0.99'))
    for look in (lambda: gankit.load(out).sample(1), lambda: tiny.train(out, steps=8, ema=0.99)):
        with pytest.raises(UserError, match="is not what the checkpoint of step 6 was saved under"):
            look()
