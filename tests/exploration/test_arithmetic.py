"""Sums of latents, and directions whose meaning is planted."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from gankit.base.errors import UserError
from gankit.exploration.arithmetic import arithmetic
from gankit.exploration.label_directions import By, change, relabelled, separable
from gankit.exploration.latents import random, within
from gankit.game.prior import Normal, Uniform
from tests.exploration.known import Halves, Sides, linear


def groups(**members: Tensor) -> dict[str, tuple[list[str], Tensor]]:
    return {name: ([str(index) for index in range(len(rows))], rows) for name, rows in members.items()}


def test_the_sum_is_that_of_the_means() -> None:
    generator = linear(Uniform(5))
    plus, minus, more = (random(generator, n, seed=n, purpose="test") / 3 for n in (3, 4, 5))
    found = arithmetic(generator, groups(plus=plus, minus=minus, **{"and": more}))
    wanted = plus.mean(0) - minus.mean(0) + more.mean(0)
    assert torch.allclose(found.latent[0], wanted, atol=1e-6)
    assert torch.allclose(found.neighbours[4], generator(wanted[None])[0], atol=1e-6)
    assert [len(row.images) for row in found.groups] == [4, 5, 6]
    assert torch.allclose(found.groups[0].images[1:], generator(plus), atol=1e-6)
    assert found.groups[0].captions[:2] == ("mean", "0")
    assert found.numbers["outside"] == 0
    assert np.asarray(found.picture()).std() > 10


def test_neighbours_are_within_the_noise() -> None:
    generator = linear(Uniform(5))
    members = groups(plus=torch.zeros(3, 5), minus=torch.zeros(3, 5))
    still = arithmetic(generator, members, noise=0).neighbours
    assert torch.equal(still, still[:1].expand_as(still))
    near, far = (arithmetic(generator, members, noise=noise).neighbours for noise in (0.1, 0.4))
    assert torch.allclose(4 * (near - near[4]), far - far[4], atol=1e-5)
    assert len({tuple(image.flatten().tolist()) for image in near}) == 9


def test_sums_stay_where_the_prior_draws() -> None:
    for prior in (Uniform(5), Normal(50)):
        generator = linear(prior)
        found = arithmetic(generator, groups(plus=5 * prior.draw(3), minus=prior.draw(3)))
        assert torch.allclose(within(prior, found.latent), found.latent, atol=1e-5)
        assert found.numbers["outside"] > 0


def test_a_mean_of_two_is_refused() -> None:
    generator = linear(Uniform(5))
    with pytest.raises(UserError, match="--minus takes 3 seeds or more, not 2"):
        arithmetic(generator, groups(plus=torch.zeros(3, 5), minus=torch.zeros(2, 5)))
    with pytest.raises(UserError, match="negative"):
        arithmetic(generator, groups(plus=torch.zeros(3, 5), minus=torch.zeros(3, 5)), noise=-1)


@pytest.mark.parametrize("by", ["means", "normal"])
def test_a_planted_attribute_is_found(by: By) -> None:
    found = change(Sides(), 0, 1, features=Halves(), by=by)
    direction = found.vector / found.vector.norm()
    assert float(direction[0]) < -0.98
    assert found.numbers["separability"] > 0.95
    assert found.numbers["turned"] >= 0.85
    assert found.numbers["tried"] == 200
    assert found.images.shape == (8, 5, 1, 4, 4)
    assert "of 200 samples of 'left' became 'right'" in found.verdict()
    # the other way round
    assert change(Sides(), 1, 0, features=Halves(), by=by).vector[0] > 0


def test_directions_repeat_by_their_seed() -> None:
    once, again, other = (change(Sides(), 0, 1, features=Halves(), seed=seed) for seed in (1, 1, 2))
    assert torch.equal(once.vector, again.vector)
    assert once.numbers == again.numbers
    assert not torch.equal(once.vector, other.vector)


def test_latents_without_an_attribute_are_not_separable() -> None:
    generator = torch.Generator().manual_seed(0)
    latents = torch.randn(600, 8, generator=generator)
    assert separable(latents, torch.arange(600) % 2 == 1)[0] == pytest.approx(0.5, abs=0.1)
    accuracy, normal = separable(latents, latents[:, 3] > 0)
    assert accuracy > 0.9
    assert normal.argmax() == 3


def test_a_class_that_is_never_made_is_said() -> None:
    class Bright(Halves):
        classes = ("left", "right", "neither")

    with pytest.raises(UserError, match="only 0 of 6,000 samples look like 'neither'"):
        change(Sides(), 0, 2, features=Bright())
    with pytest.raises(UserError, match="the same class"):
        change(Sides(), 1, 1, features=Halves())


def test_a_label_moves_the_class_and_not_the_latent() -> None:
    generator = linear(Uniform(5), classes=2)
    found = relabelled(generator, 0, 1, names=("left", "right"), features=Halves())
    assert "separability" not in found.numbers
    assert "linear classifier" not in found.verdict()
    assert 0 <= found.numbers["turned"] <= 1
    assert found.columns == ("label=left", "label=right")
    moved = found.images[:, 1] - found.images[:, 0]
    assert torch.allclose(moved, moved[:1].expand_as(moved), atol=1e-5)
    told = relabelled(generator, 0, 1, names=("a", "b"), features=Halves())
    assert told.numbers["turned"] is None
    assert "became" not in told.verdict()
