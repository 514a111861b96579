"""A trial before a training, and what is said where there is no room."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

import gankit
from gankit.base.errors import UserError
from gankit.base.memory import in_words, within_memory
from gankit.commands.main import main
from gankit.networks import DCGANNetwork
from gankit.runs import capacity, trial
from tests.tiny import TINY, quiet


def test_a_dry_run_measures_and_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "SECONDS", 0.0)
    monkeypatch.chdir(tmp_path)
    method = TINY["dcgan"].method
    found = trial.dry_run(method, data="digits", steps=100, say=quiet)
    players = method.players(TINY["dcgan"].spec)
    assert found.generator == sum(parameter.numel() for parameter in players.generator.parameters())
    assert found.checkpoint > 12 * (found.generator + found.discriminator)
    assert found.memory > 2**20
    assert "100 take about" in found.lines()[3]
    assert not list(tmp_path.iterdir())
    few = torch.zeros(3, 8, 8, 1).numpy().astype("uint8")
    np.save("few.npy", few)
    said: list[str] = []
    told = trial.dry_run(method, data="few.npy", minutes=0.5, say=said.append)
    assert told.steps == max(round(30 / told.seconds), 1)
    assert any("has only 3 images: the batch is 3" in line for line in said)


def test_a_dry_run_from_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(trial, "SECONDS", 0.0)
    monkeypatch.chdir(tmp_path)
    assert main(["train", "dcgan", "--network.width", "4", "--batch-size", "8", "--dry-run"]) == 0
    assert capsys.readouterr().out.startswith("generator ")
    assert not list(tmp_path.iterdir())


def test_players_without_room_are_refused_before_they_are_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capacity, "available", lambda device: 10**5)
    with pytest.raises(UserError, match=r"^the players have [\d,]+ parameters, which take .* is left: lower --batch"):
        gankit.train(gankit.DCGAN(), data="digits", steps=1, out=tmp_path / "run", say=quiet)
    assert not (tmp_path / "run").exists()


def test_a_large_image_has_no_more_channels_than_the_paper() -> None:
    data = gankit.DataSpec(shape=(3, 1024, 1024))
    with torch.device("meta"):
        capped, free = (DCGANNetwork(max_channels=most).generator(data) for most in (1024, 0))
    assert sum(p.numel() for p in capped.parameters()) < sum(p.numel() for p in free.parameters()) / 10
    assert max(len(p) for p in capped.parameters() if p.dim() == 4) == 1024


def test_running_out_of_memory_is_one_line() -> None:
    with pytest.raises(UserError, match=r"^out of memory in a test, which asked for .* more than is left: eat less$"):  # noqa: SIM117
        with within_memory("a test", "eat less"):
            torch.empty(2**60, dtype=torch.uint8)
    with pytest.raises(UserError, match="out of memory in a test"), within_memory("a test", "eat less"):
        np.empty(2**60, dtype=np.uint8)
    with pytest.raises(RuntimeError, match="something else"), within_memory("a test", "eat less"):
        raise RuntimeError("something else")


def test_sizes_in_words() -> None:
    assert [in_words(n) for n in (5, 2048, 3 * 2**20, 1.5 * 2**30)] == ["5 bytes", "2 KiB", "3 MiB", "1.5 GiB"]
