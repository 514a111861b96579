"""The recipes of R3GAN's losses: which games they play, and that the figures of each go by its name."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import gankit
from gankit.game.batch import DataSpec
from gankit.reproduce import recipe_called
from gankit.reproduce.r3gan import ABLATIONS, stacked
from gankit.reproduce.recipe import Trial


@pytest.fixture
def trial(tmp_path: Path) -> Trial:
    return Trial(seed=0, steps=1, fraction=1.0, out=tmp_path, say=lambda line: None)


@pytest.mark.long
def test_a_toy_is_played_under_four_losses(trial: Trial) -> None:
    found = recipe_called("r3gan-ring").run(trial)
    assert list(found) == [f"{figure}{loss}" for loss in ABLATIONS for figure in ("modes", "high-quality")]
    methods: list[Any] = [gankit.load(trial.out / f"r3gan{loss}").method for loss in ABLATIONS]
    assert [(method.relativistic, method.r1, method.r2) for method in methods] == [
        (True, 0.1, 0.1),
        (False, 0.1, 0.1),
        (True, 0.1, 0.0),
        (False, 0.1, 0.0),
    ]


def test_stacked_mnist_is_the_same_ablation_of_the_papers_blocks(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    played: list[tuple[gankit.R3GAN, str]] = []

    def train(part: Trial, method: gankit.R3GAN, *, data: str, **options: Any) -> Path:
        played.append((method, data))
        return part.out

    def evaluate(run: Path, **how: Any) -> dict[str, Any]:
        return {name: SimpleNamespace(value=float(len(played))) for name in ("modes", "mode-kl")}

    monkeypatch.setattr(Trial, "train", train)
    monkeypatch.setattr(gankit, "evaluate", evaluate)
    found = recipe_called("r3gan-stacked").run(trial)
    assert list(found.values()) == [1, 1, 2, 2, 3, 3, 4, 4]
    assert list(found) == [f"{figure}{loss}" for loss in ABLATIONS for figure in ("modes", "kl")]
    assert {data for _, data in played} == {"stacked-mnist"}
    assert [(method.relativistic, method.r2 > 0) for method, _ in played] == [
        (True, True),
        (False, True),
        (True, False),
        (False, False),
    ]
    assert {type(method.network).__name__ for method, _ in played} == {"R3GANNetwork"}


def test_the_players_of_stacked_mnist_have_a_quarter_of_a_million_weights_each() -> None:
    data = DataSpec(shape=(3, 32, 32))
    network = stacked().network
    for player in (network.generator(data), network.discriminator(data)):
        assert sum(weights.numel() for weights in player.parameters()) == pytest.approx(262_000, rel=0.03)
