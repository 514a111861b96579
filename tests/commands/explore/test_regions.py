"""gankit explore regions."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands.explore.asking import Refusal, Runs, explore, numbers_beside


@pytest.mark.parametrize(("name", "how"), [("dcgan", "occlusion"), ("cgan", "occlusion"), ("ebgan", "patches")])
def test_regions(player_runs: Runs, name: str, how: str, tmp_path: Path) -> None:
    explore("regions", player_runs[name], "--n", "3", "--out", tmp_path / "r.png")
    found = numbers_beside(tmp_path / "r.png")
    assert found["how"] == how
    assert len(found["real"]["scores"]) == len(found["generated"]["scores"]) == 3
    explore("regions", player_runs[name], "--n", "3", "--how", "gradient", "--out", tmp_path / "r.png")
    assert numbers_beside(tmp_path / "r.png")["how"] == "gradient"


def test_mistakes_are_one_line(player_runs: Runs, refusal: Refusal) -> None:
    assert "n must be at least 1" in refusal("regions", player_runs["dcgan"], "--n", "0")
    assert "not patches" in refusal("regions", player_runs["dcgan"], "--how", "patches")
