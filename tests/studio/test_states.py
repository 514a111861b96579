"""Links: what goes into one comes back from it, and what nobody of ours wrote is one line."""

from __future__ import annotations

import pytest
import torch

from gankit.base.errors import UserError
from gankit.studio.points import SEEDS, Point, latent_in_words, numbers_of, read_point
from gankit.studio.states import PINS, PlayState, read_play
from gankit.studio.tab_play import changed_pins

POINTS = [
    Point(),
    Point(9999, truncation=0.7),
    Point(3).moved("pca-0", 2.5).moved("sefa-4", -1).moved("label-3-8", 1.2),
    Point(5).coded("continuous-1", -0.25).coded("categorical-1", 7),
    Point(latent=latent_in_words(torch.linspace(-3, 3, 100))).moved("pca-1", 0.3),
]


@pytest.mark.parametrize("point", POINTS, ids=lambda point: str(point)[:40])
def test_a_point_comes_back_from_its_words(point: Point) -> None:
    assert read_point(str(point)) == point


def test_a_latent_comes_back_to_the_bit() -> None:
    latent = torch.randn(257)
    assert torch.equal(numbers_of(latent_in_words(latent)), latent)


def test_a_move_of_nothing_is_none() -> None:
    assert Point(1).moved("pca-0", 2).moved("pca-0", 0) == Point(1)
    assert not Point(1).moved("pca-0", 2).is_plain


def test_a_state_comes_back_from_its_link() -> None:
    state = PlayState(
        run="a b/c&d=e", view="sum", label="T-shirt/top", at=POINTS[2], pins=tuple(POINTS), plus=(0, 2), minus=(1,)
    )
    assert read_play(state.query()) == state


@pytest.mark.parametrize(
    "query",
    [
        "at=-1",
        f"at={SEEDS}",
        "at=1~t0",
        "at=1~tnan",
        "at=1~pca-0:1e9",
        "at=1~__class__:1",
        "at=znot-base64!",
        "at=z" + latent_in_words(torch.tensor([float("nan")])),
        "at=" + "1" * 20_000,
        "view=everything",
        "pins=1 2&plus=7",
        "pins=" + "+".join(["1"] * (PINS + 1)),
        "run=" + "x" * 1000,
        "&".join(f"a{index}=1" for index in range(200)),
    ],
)
def test_what_no_page_wrote_is_one_line(query: str) -> None:
    with pytest.raises(UserError) as refused:
        read_play(query)
    assert len(str(refused.value)) < 300


def test_a_pin_is_in_one_group_and_its_marks_follow_it() -> None:
    state = PlayState(pins=(Point(1), Point(2), Point(3)))
    state = changed_pins(state, "plus", 2)
    state = changed_pins(state, "minus", 1)
    assert (state.plus, state.minus) == ((2,), (1,))
    state = changed_pins(state, "minus", 2)
    assert (state.plus, state.minus) == ((), (1, 2))
    state = changed_pins(state, "remove", 0)
    assert (state.pins, state.minus) == ((Point(2), Point(3)), (0, 1))
    assert changed_pins(state, "minus", 0).minus == (1,)
    for action, place in (("plus", 5), ("explode", 0)):
        with pytest.raises(UserError):
            changed_pins(state, action, place)
