"""gankit explore film."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.commands.explore.asking import Refusal, Runs, explore, numbers_beside


def test_a_film_of_the_run(player_runs: Runs, tmp_path: Path) -> None:
    explore("film", player_runs["dcgan"], "--out", tmp_path / "film.gif")
    assert numbers_beside(tmp_path / "film.gif")["frames"] == [0, 2, 4, 6]
    with Image.open(tmp_path / "film.gif") as made:
        assert getattr(made, "n_frames", 1) == 4
    explore("film", player_runs["dcgan"], "--out", tmp_path / "film.gif", "--frames", "2")
    numbers = numbers_beside(tmp_path / "film.gif")
    assert numbers["frames"] == [2, 6]
    assert [len(curve["steps"]) for curve in numbers["losses"].values()] == [6, 6]


def test_a_film_of_a_run_that_was_killed(player_runs: Runs, tmp_path: Path) -> None:
    path = Path(shutil.copytree(player_runs["dcgan"], tmp_path / "killed"))
    log = (path / "log.jsonl").read_text()
    (path / "log.jsonl").write_text(log[: -len(log.splitlines()[-1]) // 2])
    explore("film", path, "--out", tmp_path / "film.gif")
    losses = numbers_beside(tmp_path / "film.gif")["losses"]
    assert [len(curve["steps"]) for curve in losses.values()] == [5, 5]


def test_without_an_encoder_a_film_is_a_gif_and_that_is_said(
    player_runs: Runs, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    explore("film", player_runs["ring"])
    printed = capsys.readouterr()
    assert "no MP4 encoder here, so film.gif" in printed.err
    assert str(player_runs["ring"] / "explore" / "film.gif") in printed.out


def test_mistakes_are_one_line(player_runs: Runs, refusal: Refusal, tmp_path: Path) -> None:
    assert ".mp4, .gif" in refusal("film", player_runs["dcgan"], "--out", tmp_path / "film.avi")
    assert "holds no run" in refusal("film", tmp_path)
    bare = Path(shutil.copytree(player_runs["dcgan"], tmp_path / "bare"))
    shutil.rmtree(bare / "previews")
    assert "no previews yet" in refusal("film", bare, "--out", tmp_path / "film.gif")
