"""gankit explore features."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.commands.explore.asking import Refusal, Runs, explore, numbers_beside


def test_features_are_shown_beside_random_ones(player_runs: Runs, capsys: pytest.CaptureFixture[str]) -> None:
    run = player_runs["dcgan"]
    explore("features", run, "--images", "50", "--units", "2")
    first = numbers_beside(run / "explore" / "features.png")
    assert first["layer"] == "conv2"
    assert len(first["trained"]["units"]) == len(first["random"]["units"]) == 2
    assert str(run / "explore" / "features.json") in capsys.readouterr().out
    before = (run / "explore" / "features.png").read_bytes()
    explore("features", run, "--images", "50", "--units", "2")
    assert (run / "explore" / "features.png").read_bytes() == before
    explore("features", run, "--images", "50", "--units", "2", "--seed", "1")
    assert numbers_beside(run / "explore" / "features.png") != first


@pytest.mark.parametrize(("name", "layer"), [("cgan", "maxout1"), ("ebgan", "conv1")])
def test_features_of_other_discriminators(player_runs: Runs, name: str, layer: str, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "seen.png"
    explore("features", player_runs[name], "--images", "20", "--layer", layer, "--out", out)
    assert numbers_beside(out)["layer"] == layer
    explore("features", player_runs[name], "--images", "20", "--filters", "--out", out)
    assert "strengths" in numbers_beside(out)


def test_mistakes_are_one_line(player_runs: Runs, refusal: Refusal, tmp_path: Path) -> None:
    said = refusal("features", player_runs["dcgan"], "--layer", "conv7")
    assert "this discriminator has conv1, conv2, linear1" in said
    assert "gankit explore game" in refusal("features", player_runs["ring"])
    bare = Path(shutil.copytree(player_runs["dcgan"], tmp_path / "bare"))
    shutil.rmtree(bare / "checkpoints")
    assert "no checkpoint yet" in refusal("features", bare)
