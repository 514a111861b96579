"""gankit explore game."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

import gankit
from tests.commands.explore.asking import Refusal, Runs, explore, numbers_beside


def test_the_game_over_checkpoints_or_at_the_last(
    player_runs: Runs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    explore("game", player_runs["line"], "--out", tmp_path / "game.gif")
    assert "3 kept, 3 shown; gankit train --keep 100 keeps more" in capsys.readouterr().out
    assert numbers_beside(tmp_path / "game.gif")["steps"] == [2, 4, 6]
    explore("game", player_runs["line"], "--out", tmp_path / "game.png")
    assert numbers_beside(tmp_path / "game.png")["steps"] == [6]
    explore("game", player_runs["ring"], "--points", "20")
    assert numbers_beside(player_runs["ring"] / "explore" / "game.png")["steps"] == [3]


def test_a_damaged_checkpoint_is_said(player_runs: Runs, refusal: Refusal, tmp_path: Path) -> None:
    path = Path(shutil.copytree(player_runs["line"], tmp_path / "line"))
    (path / "checkpoints" / "step-000004" / "players.safetensors").write_bytes(b"")
    assert "step-000004 can't be read" in refusal("game", path, "--out", tmp_path / "game.gif")
    assert not (tmp_path / "game.gif").exists()


def test_mistakes_are_one_line(player_runs: Runs, refusal: Refusal) -> None:
    assert "is about images" in refusal("game", player_runs["dcgan"])
    assert "takes labels" in refusal("game", player_runs["labelled ring"])


def test_players_of_an_earlier_step(player_runs: Runs) -> None:
    run = gankit.load(player_runs["line"])
    assert run.steps() == [2, 4, 6]
    weights = [next(run.players(device="cpu", step=step).parameters()) for step in (*run.steps(), None)]
    assert not torch.equal(weights[0], weights[2])
    assert torch.equal(weights[2], weights[3])
