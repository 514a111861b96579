"""Few pictures shrink the batch, and classes go by their names."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import gankit
from gankit.base.errors import UserError
from tests.tiny import PLAIN, TINY

RNG = np.random.default_rng(0)


def test_the_batch_shrinks_to_what_there_is_and_continues(tmp_path: Path) -> None:
    np.save(tmp_path / "few.npy", RNG.integers(0, 256, (20, 8, 8), dtype=np.uint8))
    said: list[str] = []
    for steps in (1, 2):
        method = gankit.DCGAN(network=PLAIN)
        run = gankit.train(method, data=str(tmp_path / "few.npy"), out=tmp_path / "run", steps=steps, say=said.append)
    assert any(line.endswith("has only 20 images: the batch is 20, not 128") for line in said)
    assert run.method.batch_size == 20


def test_classes_that_are_numbers_go_by_name_alone(tmp_path: Path) -> None:
    values, labels = RNG.integers(0, 256, (8, 8, 8), dtype=np.uint8), np.array([3, 8] * 4)
    np.savez(tmp_path / "a.npz", images=values, labels=labels)
    run = TINY["cgan"].train(tmp_path / "run", data=str(tmp_path / "a.npz"))
    samples = run.sample(2, label="8")
    samples.save(tmp_path / "made")
    assert sorted(path.name for path in (tmp_path / "made").iterdir()) == ["0-8.png", "1-8.png"]
    assert samples.labels is not None
    assert samples.labels.tolist() == [1, 1]
    with pytest.raises(UserError, match="no class '1': the classes are 3, 8"):
        run.sample(2, label="1")
