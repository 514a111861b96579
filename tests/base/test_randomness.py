"""Seeds for purposes are unrelated, in range and the same everywhere."""

from __future__ import annotations

import torch

from gankit.base.randomness import derive, reseed


def test_every_purpose_has_a_seed_of_its_own() -> None:
    seeds = {derive(seed, purpose, n) for seed in range(-5, 20) for purpose in ("epoch", "step") for n in range(20)}
    assert len(seeds) == 25 * 2 * 20
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert derive(1, 23) != derive(12, 3)


def test_a_seed_is_the_same_on_every_machine() -> None:
    assert derive(0, "step", 500) == 7490772879183078821


def test_reseeding_repeats_the_numbers() -> None:
    reseed(torch.device("cpu"), 5)
    first = torch.rand(3)
    reseed(torch.device("cpu"), 5)
    assert torch.equal(first, torch.rand(3))
