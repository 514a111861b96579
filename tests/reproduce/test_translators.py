"""The translators' recipes on a few houses made by rule: each ablation is trained, and scored against the truth."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from gankit.base.errors import UserError
from gankit.reproduce import pix2pix
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


def test_without_a_folder_it_says_where_to_put_one(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GANKIT_DATA")
    with pytest.raises(UserError, match="set GANKIT_DATA"):
        pix2pix.windows(trial)
