"""Walks whose steps are known, and the memoriser's, which jump."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from gankit.base.errors import UserError
from gankit.exploration.latents import random
from gankit.exploration.memoriser import memoriser
from gankit.exploration.walk import Comparison, Course, interpolation, walk
from gankit.game.prior import Normal, Uniform
from gankit.networks.parts import Stack
from tests.exploration.known import Plain, linear


def test_a_linear_generator_goes_in_even_steps() -> None:
    generator = linear(Uniform(5))
    ends = generator.prior.draw(2)
    walked = walk(generator, ends, features=Plain(), steps=8)
    made = generator(ends)
    assert torch.allclose(walked.images[[0, -1]], made, atol=1e-6)
    far = float((made[1] - made[0]).norm())
    assert walked.numbers["steps"] == pytest.approx([far / 8] * 8, rel=1e-3)
    assert walked.numbers["largest_over_median"] == pytest.approx(1, rel=1e-3)
    assert walked.numbers["segments"][0]["length"] == pytest.approx(far, rel=1e-3)
    assert walked.numbers["path_length"] == pytest.approx(far**2, rel=0.02)
    assert walked.numbers["still"] == 0


def test_a_loop_comes_back() -> None:
    generator = linear(Uniform(5))
    corners = generator.prior.draw(3)
    there = walk(generator, corners, features=Plain(), steps=4)
    around = walk(generator, corners, features=Plain(), steps=4, loop=True)
    assert (len(there.images), len(around.images)) == (9, 12)
    assert (len(there.numbers["steps"]), len(around.numbers["steps"])) == (8, 12)
    assert (len(there.numbers["segments"]), len(around.numbers["segments"])) == (2, 3)
    assert torch.allclose(around.images[:9], there.images, atol=1e-6)
    last = float((around.images[0] - around.images[-1]).norm())
    assert around.numbers["steps"][-1] == pytest.approx(last, rel=1e-4)
    assert [row.name for row in around.rows()] == ["0 to 1", "1 to 2", "2 to 0"]
    assert torch.equal(around.rows()[-1].images[-1], around.images[0])


@pytest.mark.parametrize(("prior", "named"), [(Uniform(9), "linear"), (Normal(9), "spherical")])
def test_the_path_follows_the_prior(prior: Uniform | Normal, named: str) -> None:
    generator = linear(prior)
    walked = walk(generator, prior.draw(2), features=Plain(), steps=3)
    assert walked.numbers["path"] == named


@pytest.mark.parametrize("course", ["linear", "spherical"])
def test_paths_start_and_end_where_they_should(course: Course) -> None:
    a, b = Normal(30).draw(4), Normal(30).draw(4)
    between = interpolation(Normal(30), course)
    for t, end in ((0.0, a), (1.0, b)):
        assert torch.allclose(between(a, b, torch.full((4, 1), t)), end, atol=1e-5)
    middle = between(a, b, torch.full((4, 1), 0.5)).norm(dim=1)
    shorter = middle < 0.9 * (a.norm(dim=1) + b.norm(dim=1)) / 2
    assert shorter.all() == (course == "linear")


def test_a_memoriser_gives_its_images_and_nothing_else() -> None:
    images = torch.rand(50, 1, 4, 4)
    planted = memoriser(Uniform(8), images, seed=1)
    assert torch.equal(planted(planted.anchors), images)
    made = planted(random(planted, 100, seed=0, purpose="test"))
    assert (made[:, None] == images).flatten(2).all(2).any(1).all()


def test_a_memoriser_stands_still_and_jumps() -> None:
    prior = Uniform(20)
    ends = prior.draw(3)
    learned = walk(linear(prior), ends, features=Plain(), steps=32)
    planted = walk(memoriser(prior, torch.rand(100, 1, 4, 4)), ends, features=Plain(), steps=32)
    assert learned.numbers["still"] == 0
    assert learned.numbers["largest_over_median"] < 3
    assert planted.numbers["still"] > 0.5
    assert planted.numbers["largest_over_median"] is None
    assert planted.verdict().startswith("largest step a jump; ")
    both = Comparison(generator=learned, memoriser=planted)
    assert both.numbers["memoriser"] is planted.numbers
    assert np.asarray(both.picture()).std() > 10


@pytest.mark.parametrize("prior", [Uniform(5), Normal(30)], ids=str)
def test_a_walk_to_where_it_is_stands_still(prior: Uniform | Normal) -> None:
    """Great circles come back to a latent but for a rounding error, which is no step."""
    walked = walk(linear(prior), prior.draw(1).expand(2, -1), features=Plain(), steps=4)
    assert walked.numbers["still"] == 1
    assert walked.numbers["largest_over_median"] is None
    assert walked.verdict() == "nothing moves: all steps stand still"


def test_labels_are_passed_on() -> None:
    generator = linear(Uniform(5), classes=3)
    ends = generator.prior.draw(2)
    walked = walk(generator, ends, features=Plain(), steps=2, label=2)
    assert torch.allclose(walked.images[0], generator(ends[:1], torch.tensor([2]))[0], atol=1e-6)


def test_frames_are_enlarged_and_the_strip_shows_every_segment() -> None:
    generator = linear(Uniform(5))
    walked = walk(generator, generator.prior.draw(3), features=Plain(), steps=40)
    assert {frame.size for frame in walked.frames()} == {(400, 400)}
    assert len(walked.frames()) == 81
    assert [len(row.images) for row in walked.rows()] == [12, 12]
    (row,) = walk(generator, generator.prior.draw(2), features=Plain(), steps=4).rows()
    assert len(row.images) == 5


def test_what_is_no_walk_is_refused() -> None:
    generator = linear(Uniform(5))
    with pytest.raises(UserError, match="two latents"):
        walk(generator, generator.prior.draw(1), features=Plain())
    with pytest.raises(UserError, match="at least 2 steps"):
        walk(generator, generator.prior.draw(2), features=Plain(), steps=1)
    points = Stack(Uniform(2), torch.nn.Linear(2, 2))
    with pytest.raises(UserError, match="makes vectors"):
        walk(points, points.prior.draw(2), features=Plain())
