"""gankit explore probe."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.commands.explore.asking import Refusal, Runs, explore, numbers_beside


def test_probe(player_runs: Runs, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["probe", player_runs["dcgan"], "--labels", "50", "--centres", "8"]
    explore(*command)
    found = numbers_beside(player_runs["dcgan"] / "explore" / "probe.png")
    assert [row["name"] for row in found["rows"]] == ["trained D", "random D", "raw pixels", "8 k-means"]
    assert (found["labels"], found["tested"], found["split"]) == (50, 359, "a held-out fifth")
    assert all(row["accuracy"] > 0.4 for row in found["rows"])
    assert "raw pixels" in capsys.readouterr().out
    explore(*command)
    assert numbers_beside(player_runs["dcgan"] / "explore" / "probe.png") == found


def test_probe_of_other_data(player_runs: Runs, tmp_path: Path, refusal: Refusal) -> None:
    run, rng = player_runs["dcgan"], np.random.default_rng(0)
    np.savez(tmp_path / "set.npz", images=rng.integers(0, 256, (40, 8, 8, 3), np.uint8), labels=np.arange(40) % 2)
    explore("probe", run, "--data", tmp_path / "set.npz", "--labels", "10", "--out", tmp_path / "p.png")
    assert numbers_beside(tmp_path / "p.png")["tested"] == 8
    np.save(tmp_path / "bare.npy", rng.integers(0, 256, (40, 8, 8), np.uint8))
    assert "has no labels to probe for" in refusal("probe", run, "--data", tmp_path / "bare.npy")


def test_mistakes_are_one_line(player_runs: Runs, refusal: Refusal) -> None:
    assert "told the label" in refusal("probe", player_runs["cgan"])
    assert "can't cover the 10 classes" in refusal("probe", player_runs["dcgan"], "--labels", "3")
