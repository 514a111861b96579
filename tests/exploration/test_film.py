"""The film of a run from what its directory holds."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from gankit.base.errors import UserError
from gankit.exploration.film import CURVES, WIDTH, evenly_spaced, frames, losses

LOG = [
    {"step": 10, "discriminator/real": 1.0, "discriminator/fake": 0.5, "generator/fooling": 2.0, "k": 0.1},
    {"step": 15, "score": 3.0},
    {"step": 20, "discriminator/real": 0.5, "discriminator/fake": 0.25, "generator/fooling": 4.0, "k": 0.1},
]


def test_a_loss_is_the_sum_of_its_player_s_terms() -> None:
    assert losses(LOG) == {"discriminator": ([10, 20], [1.5, 0.75]), "generator": ([10, 20], [2.0, 4.0])}
    assert losses([]) == {}


@pytest.mark.parametrize("size", [(100, 60), (960, 480)])
def test_a_frame_for_each_preview_with_the_losses_below(size: tuple[int, int]) -> None:
    previews = {20: Image.new("L", size, 200), 10: Image.new("L", size, 90)}
    made = frames(previews, losses(LOG))
    height = size[1] if size[0] < WIDTH else 240
    assert [frame.size for frame in made] == [(WIDTH, height + CURVES)] * 2
    first, last = (np.asarray(frame)[..., 0].astype(int) for frame in made)
    assert (first[10, WIDTH // 2], last[10, WIDTH // 2]) == (90, 200)  # in the order of their steps
    assert first[height:].mean() > last[height:].mean()  # what is yet to come is paler


def test_a_film_without_losses_or_previews() -> None:
    assert len(frames({0: Image.new("RGB", (64, 64))}, {})) == 1
    with pytest.raises(UserError, match="no previews"):
        frames({}, losses(LOG))


def test_frames_are_chosen_evenly_with_the_last() -> None:
    assert evenly_spaced(range(3), 3) == range(3)
    assert evenly_spaced(range(12), 4) == [2, 5, 8, 11]
    assert evenly_spaced(range(12), 1) == [11]
