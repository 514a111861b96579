"""Every method's defaults learn: how far 300 steps on the built-in digits bring each, a quarter as wide as it is.

The bar is half of the Fréchet distance of before. Where a quarter of the width does not come so far in 300 steps, the
bar is what it does reach, with room for other seeds, and where the distance says nothing yet, how the players see each
other. What a row says is all that stands behind it: that a default stopped learning is seen, and not that it makes
pictures; for that see docs/benchmark.md.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from gankit.game.optimizers import Adam
from gankit.methods import METHODS
from tests.methods.learning import Learning, small
from tests.rows import rows

LOOK = 50
"""Steps between two looks: a method that is past its bar plays no more."""


@dataclass(frozen=True)
class Nearer:
    """The distance falls to this share within so many steps."""

    share: float = 0.5
    steps: int = 300
    why: str = ""


@dataclass(frozen=True)
class Played:
    """The discriminator prefers data to the first generator's samples by this much more than at the start, and the
    generator's samples to the first ones'."""

    gap: float
    why: str


SLOW = "at a quarter of DCGAN's width"
BARS: dict[str, Nearer | Played] = {
    "gan": Played(0.001, "its distance stands for 1,000 such steps: it needs about 2,000 at full width"),
    "dcgan": Nearer(0.65, why=f"0.54 by then {SLOW}, and 0.07 at its own width and batch"),
    "cgan": Played(0.002, "as gan: 0.6 of the distance is left after 2,000 steps"),
    "acgan": Nearer(),
    "infogan": Nearer(0.95, why="0.91 by then at a quarter of its width, and 0.06 at its own width and batch"),
    "catgan": Played(
        0.001, "its samples come no nearer in 2,000 steps, and one seed of three shows not even this by 300"
    ),
    "sgan": Nearer(),
    "wgan-gp": Nearer(),
    "wgan": Nearer(0.75, why=f"0.62 by then {SLOW}, and 0.19 at its own width and batch"),
    "lsgan": Nearer(0.65, why=f"0.51 by then {SLOW}, and 0.15 at its own width and batch"),
    "dragan": Nearer(0.75, why=f"0.64 by then {SLOW}, and 0.10 at its own width and batch"),
    "fgan": Nearer(),
    "ebgan": Nearer(steps=600, why="its samples move away first, to 1.9, and are at 0.05 by then"),
    "began": Played(0.2, "its defaults are for faces and 200,000 steps: on digits it ends on one shape"),
    "sngan": Nearer(),
    "r3gan": Nearer(),
    "fastgan": Nearer(0.85, steps=LOOK, why="0.74 by then and 0.37 by 150 steps, which take ten seconds"),
    "projected": Nearer(0.85, steps=LOOK, why="0.77 by then and 0.48 by 150 steps, which take twenty seconds"),
    "pix2pix": Nearer(),
    "cyclegan": Nearer(0.65, why="0.49 by then, of one picture a step"),
}
"""A row for every method, and why where it is no half."""
QUICK = ("gan", "dcgan", "fgan")
"""Those that `make test` plays as well; the others take seconds each."""


def share(learning: Learning, bar: Nearer) -> float:
    """Of the distance, what is left when the bar is reached, or at the end."""
    first = learning.distance()
    left = 1.0
    while learning.state.step < bar.steps and left > bar.share:
        learning.play(LOOK)
        left = learning.distance() / first
    return left


def preferred(learning: Learning, steps: int = 300) -> tuple[float, float]:
    """How much more than at the start the discriminator prefers data to the first samples, and what it thinks of the
    samples since, beside those."""
    data, start, _ = learning.scores()
    learning.play(steps)
    data_now, first_now, samples_now = learning.scores()
    return (data_now - first_now) - (data - start), samples_now - first_now


def test_every_method_has_a_bar_and_a_reason_where_it_is_another() -> None:
    assert BARS.keys() == METHODS.keys()
    assert all(bar.why for bar in BARS.values() if bar != Nearer())


@pytest.mark.parametrize("name", rows(BARS, BARS.keys() - set(QUICK)))
def test_its_defaults_learn(name: str) -> None:
    bar, learning = BARS[name], Learning(small(name))
    if isinstance(bar, Nearer):
        assert share(learning, bar) <= bar.share
    else:
        gap, progress = preferred(learning)
        assert gap >= bar.gap
        assert progress > 0


@pytest.mark.parametrize("name", ["dcgan", "gan"])
def test_a_generator_that_stands_is_noticed(name: str) -> None:
    """Its batch norms settle, which is not to learn."""
    method: Any = small(name)
    stands = Learning(replace(method, generator_optimizer=Adam(lr=1e-12)))
    if name == "gan":
        assert not preferred(stands, 50)[1] > 0
    else:
        assert share(stands, Nearer(steps=LOOK)) == pytest.approx(1, abs=1e-3)
