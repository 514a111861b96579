"""The memorisation report: copies are found however they were changed, and held-out images are no copies."""

from __future__ import annotations

from functools import cache

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from gankit.base.errors import UserError
from gankit.data import images, open_data
from gankit.evaluation.memorisation import memorisation, report, search, shrink


@cache
def digits() -> Tensor:
    """Real digits [1797, 1, 16, 16] in an order of their own."""
    pack = open_data("digits")
    order = torch.randperm(len(pack), generator=torch.Generator().manual_seed(0))
    return F.interpolate(images(pack, order), (16, 16), mode="bilinear")


def train() -> Tensor:
    return digits()[:1000]


def held_out() -> Tensor:
    return digits()[1000:1400]


def suspects() -> Tensor:
    return digits()[1400:1700]


def noise(like: Tensor) -> Tensor:
    return torch.randn(like.shape, generator=torch.Generator().manual_seed(1))


COPIES = {
    "exact": lambda x: x,
    "noised": lambda x: (x + 0.1 * noise(x)).clamp(-1, 1),
    "shifted": lambda x: F.pad(x, [2, 0, 0, 1], mode="replicate")[:, :, 1:, :16],
    "flipped": lambda x: x.flip(3),
    "one in five": lambda x: torch.cat([x[:60], suspects()[:240]]),
}


@pytest.mark.parametrize("name", COPIES)
def test_planted_copies_are_flagged(name: str) -> None:
    found = memorisation(COPIES[name](train()[:300]), train(), held_out())
    assert found.flagged
    assert found.near_copies > (0.15 if name == "one in five" else 0.5)


def test_held_out_images_are_not() -> None:
    found = memorisation(suspects(), train(), held_out())
    assert not found.flagged
    assert found.near_copies < 0.05
    assert found.false_alarms < 0.05
    assert found.p_distance > 1e-3


def test_training_images_stand_in_where_none_were_held_out() -> None:
    assert not memorisation(suspects(), train(), None).flagged
    assert memorisation(train()[:300], train(), None).flagged


def test_blur_is_near_everything_and_no_copy() -> None:
    blurred = F.avg_pool2d(suspects(), 5, 1, 2)
    assert not memorisation(blurred, train(), held_out()).flagged


def test_the_nearest_is_the_image_that_was_moved() -> None:
    moved = F.pad(train()[:50], [0, 1, 2, 0], mode="replicate")[:, :, :16, 1:]
    assert not torch.equal(moved, train()[:50])
    found = search(moved, train())
    assert (found.index == torch.arange(50)).double().mean() > 0.7
    own = search(train()[:50], train(), torch.arange(50))
    assert (own.index != torch.arange(50)).all()
    assert own.distance.min() > 0


def test_points_have_no_mirror_image() -> None:
    random = torch.Generator().manual_seed(0)
    known, others, fresh = (torch.randn(400, 2, generator=random) for _ in range(3))
    assert not memorisation(fresh, known, others).flagged
    assert memorisation(known + 1e-5, known, others).flagged
    assert not memorisation(known * torch.tensor([-1.0, 1.0]), known, others).flagged


def test_too_few_are_refused() -> None:
    with pytest.raises(UserError, match="at least 200 generated images, not 20"):
        memorisation(suspects()[:20], train(), held_out())
    with pytest.raises(UserError, match="at least 200 held-out images, not 9"):
        memorisation(suspects(), train(), held_out()[:9])


def test_the_report_is_a_picture_and_large_images_are_shrunk() -> None:
    found = memorisation(suspects(), train(), held_out())
    sheet = report(found, suspects(), train()[found.samples.index], train()[found.samples.index])
    assert sheet.size == (1100, 800)
    assert shrink(torch.zeros(2, 3, 64, 40)).shape == (2, 3, 32, 32)
    assert torch.equal(shrink(suspects()), suspects())
