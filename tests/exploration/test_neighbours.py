"""Copies are found beside what they copy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from gankit.data import open_data
from gankit.evaluation.inputs import MetricInputs, StoredImages
from gankit.exploration.neighbours import neighbours
from gankit.features import feature_network


def test_a_copy_stands_above_its_original(tmp_path: Path) -> None:
    pack = open_data("digits")
    copied = torch.tensor([3, 500, 1700])
    noise = torch.randint(0, 256, (2, *pack.values.shape[1:]), generator=torch.Generator().manual_seed(0))
    inputs = MetricInputs(
        samples=StoredImages(torch.cat([pack.values[copied], noise.to(torch.uint8)])),
        split=pack,
        train=pack,
        real=len(pack),
        network=feature_network("digits-cnn", pack.spec, pack.source),
        generator=None,
        classifier=None,
        seed=0,
        cache=tmp_path,
    )
    found = neighbours(inputs)
    assert found.numbers["in_pixels"][:3] == found.numbers["in_features"][:3] == copied.tolist()
    assert max(found.numbers["ratio"][:3]) < 0.01 < min(found.numbers["ratio"][3:])
    assert torch.equal(found.in_pixels[:3], found.samples[:3])
    assert torch.equal(found.in_features[:3], found.samples[:3])
    assert np.asarray(found.picture()).std() > 10
