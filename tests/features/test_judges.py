"""Networks of photos put planted faults in an eye's order: each figure is asked those that benchmarks/judges.py has for
it, which docs/evaluation.md names."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from gankit.base.modules import load_module
from gankit.data import open_data
from gankit.features import feature_network


@pytest.fixture(scope="module")
def judges() -> Any:
    return load_module(Path(__file__).parents[2] / "benchmarks" / "judges.py")


def turned(judges: Any, name: str, count: int) -> list[str]:
    flowers = Path(os.environ.get("GANKIT_DATA", "")) / "flowers"
    if not flowers.is_dir():
        pytest.skip("needs flowers under $GANKIT_DATA")
    pack = open_data(str(flowers), size="64")
    found = judges.judged(feature_network(name, pack.spec, pack.source), *judges.halves(pack, count))
    return list(judges.turned_round(found, count))


def test_photos_cnn_judges_as_an_eye_does(judges: Any) -> None:
    assert turned(judges, "photos-cnn", 250) == []


def test_efficientnet_judges_as_an_eye_does(judges: Any, photo_weights: Path) -> None:
    assert turned(judges, "efficientnet-lite0", 100) == []


def test_pixels_do_not(judges: Any) -> None:
    assert any("mud" in line for line in turned(judges, "pixels", 100))
