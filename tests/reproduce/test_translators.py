"""The translators' recipes on a few houses made by rule: each ablation is trained, and scored against the truth."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

import gankit
from gankit.base.errors import UserError
from gankit.reproduce import cityscapes, comparison, pix2pix, recipe_called
from gankit.reproduce.recipe import Trial
from tests.evaluation.facades import labels, painted, photographed


@pytest.fixture
def trial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Trial:
    for split, n in (("train", 12), ("test", 4)):
        folder = tmp_path / "facades" / split
        folder.mkdir(parents=True)
        houses = labels(n, seed=n)
        for index, pair in enumerate(zip(photographed(houses), painted(houses), strict=True)):
            Image.fromarray(np.concatenate([side.numpy() for side in pair], 1)).save(folder / f"{index}.png")
    monkeypatch.setenv("GANKIT_DATA", str(tmp_path))
    return Trial(seed=0, steps=2, fraction=1.0, out=tmp_path / "out", say=lambda line: None)


def test_photos_to_labels(trial: Trial) -> None:
    found = pix2pix.windows(trial)
    assert next(iter(found)) == "iou-red"
    assert all(0 <= value <= 1 for value in found.values())
    assert "label-iou" in found


def test_each_term_is_trained_in_a_run_of_its_own(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pix2pix, "SCORES", ("l1",))
    runs = {name: pix2pix.facades(trial, name, size=24, steps=2, **f) for name, f in pix2pix.TERMS.items()}
    methods: list[Any] = [run.method for run in runs.values()]
    assert [(method.l1, method.adversarial) for method in methods] == [(100, 1), (0, 1), (100, 0)]
    assert all(pix2pix.scored(run, trial)["l1"] > 0 for run in runs.values())


def test_the_terms_are_ordered_by_distance(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    distances = {"l1-cgan": 8.0, "cgan": 17.0, "l1": 12.0}
    monkeypatch.setattr(pix2pix, "facades", lambda trial, name, **how: name)
    monkeypatch.setattr(pix2pix, "scored", lambda run, trial: {"frechet": distances[run], "fcn-iou": 0.5})
    monkeypatch.setattr(comparison, "beside", lambda runs, path: path)
    recipe = recipe_called("pix2pix-terms")
    values = recipe.run(trial)
    assert values["nearer-than-l1"] == 4
    assert values["nearer-than-cgan"] == 9
    assert (values["cgan-frechet"], values["cgan-iou"]) == (17, 0.5)
    assert recipe.reached(values)
    assert not recipe.reached(values | {"nearer-than-cgan": -1.0})


@pytest.mark.parametrize("name", ["pix2pix-cityscapes", "cyclegan-cityscapes"])
def test_the_tables_of_street_scenes(name: str, trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    methods: dict[str, Any] = {}
    scores: dict[str, float] = {}

    def train(method: Any, loss: str, trial: Trial) -> str:
        methods[loss] = method
        scores[loss] = 0.1 * len(methods)
        return loss

    monkeypatch.setattr(cityscapes, "_trained", train)
    monkeypatch.setattr(cityscapes, "_real", lambda run: {"real-iou": 0.9})
    monkeypatch.setattr(cityscapes, "scored", lambda run, trial: {"fcn-iou": scores[run]})
    monkeypatch.setattr(comparison, "beside", lambda runs, path: path)
    monkeypatch.setattr(gankit, "evaluate", lambda run, **how: defaultdict(lambda: SimpleNamespace(value=scores[run])))
    recipe = recipe_called(name)
    values = recipe.run(trial)
    assert recipe.trainings == len(methods)
    assert {target.figure for target in recipe.targets} <= values.keys()
    if name == "pix2pix-cityscapes":
        fields = [(method.l1, method.adversarial, method.conditional) for method in methods.values()]
        assert fields == [(100, 0, True), (0, 1, False), (0, 1, True), (100, 1, False), (100, 1, True)]
        assert values["over-l1"] == pytest.approx(0.5 - 0.1)
        assert values["over-cgan"] == pytest.approx(0.5 - 0.3)
    else:
        assert [(method.cycle, method.adversarial) for method in methods.values()] == [(10, 1), (0, 1), (10, 0)]
        assert values["over-photo"] == values["over-label"] == pytest.approx(0.1 - 0.3)


def test_without_a_folder_it_says_where_to_put_one(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GANKIT_DATA")
    with pytest.raises(UserError, match="set GANKIT_DATA"):
        pix2pix.windows(trial)
