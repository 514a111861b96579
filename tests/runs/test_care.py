"""Automatic care: it helps at most three times, says so, resumes exactly, and leaves a healthy run alone."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

import gankit
from gankit.commands.main import main
from gankit.game.optimizers import SGD
from gankit.networks import MLP
from tests.runs.material import assert_same_weights, lines, refuses
from tests.tiny import quiet

SMALL: dict[str, Any] = {"generator_widths": (16,), "discriminator_widths": (16,), "latent": 2}


def wild(rate: float) -> gankit.GAN:
    """A game on points, without anything that would keep a high rate from blowing it up."""
    sgd = SGD(lr=rate, momentum=0.9, final_momentum=0.9)
    network = MLP(**SMALL, dropout=0.0, leak=1.0)
    rates: dict[str, Any] = {"generator_optimizer": sgd, "discriminator_optimizer": sgd}
    return gankit.GAN(network=network, batch_size=16, at_once=False, objective="minimax", **rates)


def train(method: gankit.GAN, out: Path, say: Any = quiet, **options: Any) -> gankit.Run:
    often: dict[str, Any] = {"steps": 120, "log_every": 10, "checkpoint_every": 20, "preview_every": 0, "care": True}
    return gankit.train(method, data="ring", out=out, say=say, **{**often, **options})


def test_a_run_that_diverges_is_taken_back_slowed_and_it_is_said(tmp_path: Path) -> None:
    said: list[str] = []
    run = train(wild(2.0), tmp_path / "run", said.append, steps=60)
    notes = [line["care"] for line in lines(run.directory) if "care" in line]
    assert 1 <= len(notes) <= 3
    assert {note["verdict"] for note in notes} == {"diverging"}
    assert notes[-1]["rate"] == pytest.approx(0.2 ** len(notes))
    assert sum(line.startswith("care: diverging at step") for line in said) == len(notes)
    assert any("Care" in line for line in run.diagnose().lines())
    steps = [line["step"] for line in lines(run.directory)]
    assert steps == sorted(steps)


def test_it_gives_up_after_three_times(tmp_path: Path) -> None:
    with pytest.raises(gankit.UserError, match="became NaN or infinite"):
        train(wild(1e3), tmp_path / "run")
    assert sum("care" in line for line in lines(tmp_path / "run")) == 3


@pytest.mark.parametrize("stops", [(15, 37), pytest.param((50, 53), marks=pytest.mark.long)])
def test_a_run_that_was_helped_resumes_to_the_same_bits(stops: tuple[int, ...], tmp_path: Path) -> None:
    train(wild(2.0), tmp_path / "whole", steps=80)
    for steps in (*stops, 80):
        train(wild(2.0), tmp_path / "parts", steps=steps)
    assert_same_weights(tmp_path / "whole", tmp_path / "parts")
    care = [[line["care"]["back"] for line in lines(tmp_path / part) if "care" in line] for part in ("whole", "parts")]
    assert care[0] == care[1] != []


def test_whoever_is_killed_after_help_is_helped_again(tmp_path: Path) -> None:
    train(wild(2.0), tmp_path / "run", steps=80)
    shutil.copytree(tmp_path / "run", tmp_path / "killed")
    for path in sorted((tmp_path / "killed" / "checkpoints").glob("step-*"))[1:]:
        shutil.rmtree(path)
    train(wild(2.0), tmp_path / "killed", steps=80)
    assert_same_weights(tmp_path / "run", tmp_path / "killed")


def test_a_healthy_run_is_left_alone(tmp_path: Path) -> None:
    train(wild(1e-3), tmp_path / "with")
    train(wild(1e-3), tmp_path / "without", care=False)
    assert_same_weights(tmp_path / "with", tmp_path / "without")


def test_care_belongs_to_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["train", "gan", "--network", "mlp", "--data", "ring", "--steps", "2", "--out", str(tmp_path / "run")]
    words += ["--network.generator-widths", "8", "--network.discriminator-widths", "8", "--batch-size", "8"]
    assert main([*words, "--care"]) == 0
    assert "differing fields: care" in refuses(capsys, *words)
