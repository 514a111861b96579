"""GAN's likelihood: one run, scored on its way, whatever interrupts it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import gankit
from gankit.reproduce import recipe_called
from gankit.reproduce.recipe import Trial


def test_a_figure_on_the_way_is_found_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reached = 0

    def train(trial: Trial, method: Any, *, steps: int, **options: Any) -> int:
        nonlocal reached
        reached = max(reached, steps)
        return reached

    def evaluate(step: int, *, weights: str, **how: Any) -> dict[str, Any]:
        if step == 60 and not interrupted:
            interrupted.append(step)
            raise KeyboardInterrupt
        return {"parzen": SimpleNamespace(value=float(step if weights == "last" else -step))}

    interrupted: list[int] = []
    monkeypatch.setattr(Trial, "train", train)
    monkeypatch.setattr(gankit, "evaluate", evaluate)
    recipe = recipe_called("gan-parzen")
    trial = Trial(seed=0, steps=80, fraction=1.0, out=tmp_path, say=lambda line: None)
    with pytest.raises(KeyboardInterrupt):
        recipe.run(trial)
    on_the_way = {"parzen-at-25": 20, "parzen-at-50": 40, "parzen-at-75": 60}
    assert recipe.run(trial) == {"parzen": 80, "parzen-of-average": -80, **on_the_way}
    assert next(iter(recipe.run(trial).items())) == ("parzen", 80)
    assert recipe.run(trial).items() >= on_the_way.items()
