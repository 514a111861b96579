"""The recipe of the classifiers: reproducible, and exact when it folds normalisation into convolutions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from gankit.base.modules import load_module
from gankit.features.classifier import KINDS, Classifier, read_weights
from gankit.networks.shipped import record
from tests.features.material import pictures

PATH = Path(__file__).parents[2] / "gankit" / "examples" / "classifiers.py"


@pytest.fixture(scope="module")
def recipe() -> Any:
    return load_module(PATH)


def test_one_seed_gives_the_same_bytes_and_another_others(recipe: Any, tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        recipe.main(["digits", "--epochs", "1", "--seed", str(seed), "--out", str(tmp_path / name)])
    first, again, other = (record(tmp_path / name)["digits"] for name in "abc")
    assert first == again
    assert first["sha256"] != other["sha256"]
    assert first["settings"]["epochs"] == 1
    assert first["accuracy"] > 0.3
    assert read_weights("digits", tmp_path / "a").hash == read_weights("digits", tmp_path / "b").hash


def test_folding_leaves_the_scores(recipe: Any) -> None:
    torch.manual_seed(0)
    classifier = Classifier("mnist", KINDS["mnist"])
    trained: nn.Sequential = recipe.normalised(classifier, 0.5)
    images = pictures(16, 1, 28, 28)
    for _ in range(3):
        trained(images * 2)
    expected = trained.eval()(images)
    recipe.fold(trained, classifier)
    assert torch.allclose(classifier(images).logits, expected, atol=1e-5)


def test_moved_images_keep_black_around_and_stay_in_range(recipe: Any) -> None:
    torch.manual_seed(0)
    moved = recipe.moved(torch.ones(64, 1, 28, 28), mirror=True)
    assert moved.shape == (64, 1, 28, 28)
    assert moved.min() == -1
    assert moved.max() <= 1
    assert moved[:, :, 8:20, 8:20].min() > 0.99
    half = torch.cat([torch.full((64, 1, 28, 14), -1.0), torch.ones(64, 1, 28, 14)], 3)
    left = recipe.moved(half, mirror=True)[:, 0, :, :10].mean((1, 2)) > 0
    assert 16 < left.sum() < 48
    assert not (recipe.moved(half, mirror=False)[:, 0, :, :10].mean((1, 2)) > 0).any()
