"""Perceptual path length against generators whose length is known."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from gankit.base.errors import UserError
from gankit.evaluation.path_length import path_length, slerp
from gankit.game import Generator
from gankit.game.prior import Normal, Prior, Uniform


class Scaled(Generator):
    """Latents times a number, plus the label."""

    def __init__(self, prior: Prior, scale: float, classes: int = 0) -> None:
        super().__init__(prior, classes)
        self.scale = torch.nn.Parameter(torch.tensor(scale, dtype=torch.float64))

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        made = self.scale * latents.double()
        return made if labels is None else made + labels[:, None]


def test_straight_paths_are_as_long_as_the_latents_are_apart() -> None:
    """E |a - b|^2 of two draws of U(-1, 1)^d is 2 d / 3; of a scale s, s^2 of it. Cut tails take a little away."""
    found = path_length(Scaled(Uniform(20), 3.0), lambda x: x, n=4000, epsilon=1e-2)
    assert found.mean == pytest.approx(9 * 2 * 20 / 3, rel=0.02)
    assert found.count == 4000 - 2 * 40


def test_the_label_stays_along_a_path() -> None:
    plain = path_length(Scaled(Uniform(4), 1.0), lambda x: x, n=500, epsilon=1e-2)
    labelled = path_length(Scaled(Uniform(4), 1.0, classes=10), lambda x: x, n=500, epsilon=1e-2)
    assert labelled.mean == pytest.approx(plain.mean, rel=0.2)


def test_gaussian_latents_go_along_a_circle() -> None:
    a, b = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 3.0]])
    half = slerp(a, b, 0.5)
    assert half.norm() == pytest.approx(2)
    assert half[0] / 2 == pytest.approx([math.sqrt(0.5)] * 2)
    assert torch.allclose(slerp(a, b, 0.0), a)
    assert torch.allclose(slerp(a, b, 1.0), b, atol=1e-6)
    found = path_length(Scaled(Normal(50), 1.0), lambda x: x, n=2000, epsilon=1e-2)
    # Orthogonal latents of length about sqrt(50) are a quarter circle apart: (pi / 2)^2 50 and a little for lengths.
    assert found.mean == pytest.approx((math.pi / 2) ** 2 * 50, rel=0.05)


def test_equal_seeds_give_equal_lengths_whatever_was_drawn_and_few_paths_are_refused() -> None:
    generator = Scaled(Normal(4), 1.0)
    before = torch.get_rng_state()
    assert path_length(generator, lambda x: x, n=200) == path_length(generator, lambda x: x, n=200)
    assert torch.equal(torch.get_rng_state(), before)
    with pytest.raises(UserError, match="at least 100 paths, not 9"):
        path_length(generator, lambda x: x, n=9)
