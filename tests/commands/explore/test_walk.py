"""gankit explore walk."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.commands.explore.asking import Refusal, Runs, check_answer_repeats, explore


@pytest.mark.parametrize(
    ("run", "options"),
    [
        ("dcgan", ["--seeds", 1, 2, 3, "--steps", 4, "--loop"]),
        ("dcgan", ["--seeds", 1, 2, "--steps", 4, "--beside-memoriser"]),
        ("cgan", ["--seeds", 1, 2, "--steps", 4, "--label", 3]),
    ],
    ids=("loop", "beside a memoriser", "label"),
)
def test_an_answer_is_a_picture_with_numbers_and_repeats(
    run: str, options: list[str | int], generator_runs: Runs, tmp_path: Path
) -> None:
    check_answer_repeats(tmp_path, "walk", generator_runs[run], *options)


def test_answers_lie_in_the_run_and_are_named(generator_runs: Runs, capsys: pytest.CaptureFixture[str]) -> None:
    explore("walk", generator_runs["dcgan"], "--steps", 2)
    answer = capsys.readouterr().out
    for suffix in ("png", "json", "gif"):
        path = generator_runs["dcgan"] / "explore" / f"walk.{suffix}"
        assert path.stat().st_size > 100
        assert str(path) in answer
    assert "largest step" in answer
    with Image.open(generator_runs["dcgan"] / "explore" / "walk.gif") as film:
        assert getattr(film, "n_frames", 1) > 3


def test_without_an_encoder_the_film_is_a_gif_and_that_is_said(
    generator_runs: Runs, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = os.environ["PATH"]
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    explore("walk", generator_runs["dcgan"], "--steps", 2, "--mp4", "--out", tmp_path / "walk.png")
    assert "the film is a GIF alone: install ffmpeg" in capsys.readouterr().err
    broken = tmp_path / "ffmpeg"
    broken.write_text("#!/bin/sh\ncat > /dev/null\necho no such codec >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{path}")
    explore("walk", generator_runs["dcgan"], "--steps", 2, "--mp4", "--out", tmp_path / "walk.png")
    assert "no such codec" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ffmpeg", "walk.gif", "walk.json", "walk.png"]


@pytest.mark.parametrize(
    ("run", "options", "said"),
    [
        ("dcgan", ["--seeds", "1"], "at least two latents"),
        ("dcgan", ["--seeds"], "no seeds were given"),
        ("dcgan", ["--steps", "1"], "at least 2 steps"),
        ("dcgan", ["--label", "3"], "takes no labels"),
        ("cgan", ["--label", "ten"], "no class 'ten'"),
        ("dcgan", ["--out", "walk.txt"], "can't write walk.txt"),
        ("dcgan", ["--features", "mnits-cnn"], "did you mean 'mnist-cnn'"),
        ("dcgan", ["--latents", "nowhere.npy"], "no such file"),
        ("ring", [], "makes vectors"),
    ],
)
def test_what_can_t_be_asked_is_said_in_one_line(
    run: str, options: list[str], said: str, generator_runs: Runs, refusal: Refusal
) -> None:
    assert said in refusal("walk", generator_runs[run], *options)


@pytest.mark.parametrize("taken", ["config.json", "x.gif", "x.npy"])
def test_a_file_that_is_not_ours_is_not_taken(
    taken: str, generator_runs: Runs, refusal: Refusal, tmp_path: Path
) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / taken).write_text("{}")
    words = ("walk", generator_runs["dcgan"], "--steps", 2, "--out", (folder / taken).with_suffix(".png"))
    assert f"{folder / taken} is there, and no file of gankit explore" in refusal(*words)
    assert [(path.name, path.read_text()) for path in folder.iterdir()] == [(taken, "{}")]
    (folder / taken).unlink()
    explore(*words)
    explore(*words)  # what it wrote itself it may write again
