"""Sizes: the shorter side becomes that of training, and pictures are resized whole."""

from __future__ import annotations

import numpy as np
import pytest

from gankit.translation.scaling import resize, scaled


@pytest.mark.parametrize(
    ("own", "trained", "size"),
    [
        ((32, 32), (32, 32), (32, 32)),
        ((600, 400), (64, 64), (96, 64)),
        ((10, 30), (32, 48), (32, 96)),
        ((1, 500), (8, 8), (8, 4000)),
    ],
)
def test_the_shorter_side_becomes_that_of_training(
    own: tuple[int, int], trained: tuple[int, int], size: tuple[int, int]
) -> None:
    assert scaled(own, trained, "train") == size
    assert scaled(own, trained, "own") == own


def test_a_picture_is_resized_whole() -> None:
    """A ramp keeps its ends, which a crop would cut off."""
    ramp = np.linspace(0, 250, 251).astype(np.uint8)[None, :, None].repeat(100, 0)
    small = resize(ramp, (40, 70))
    assert small.shape == (40, 70, 1)
    expected = (np.arange(70) + 0.5) * 251 / 70 - 0.5
    assert np.abs(small[20, 3:-3, 0] - expected[3:-3]).max() <= 1
    assert resize(ramp, (100, 251)) is ramp
