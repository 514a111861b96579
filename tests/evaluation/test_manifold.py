"""Precision, recall, density, coverage: the definitions, the invariances, and the faults each must see."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from gankit.base.errors import UserError
from gankit.data.sources import toys
from gankit.evaluation import distances, expected_coverage, frechet_distance, manifold_scores


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def naive(real: Tensor, fake: Tensor, pr_k: int, dc_k: int) -> tuple[float, float, float, float, float]:
    """The papers' equations, point by point."""
    real, fake = real.double(), fake.double()

    def radius(points: Tensor, k: int) -> Tensor:
        return torch.stack([(points - point).norm(dim=1).sort().values[k] for point in points])

    across = torch.stack([(fake - point).norm(dim=1) for point in real])
    inside = across < radius(real, dc_k)[:, None]
    precision = (across <= radius(real, pr_k)[:, None]).any(0).double().mean()
    recall = (across <= radius(fake, pr_k)).any(1).double().mean()
    density = inside.double().sum(0) / dc_k
    error = density.std() / len(fake) ** 0.5
    return float(precision), float(recall), float(density.mean()), float(inside.any(1).double().mean()), float(error)


def test_all_four_are_those_of_the_definitions() -> None:
    real, fake = normal(400, 6), normal(300, 6, seed=1) * 0.9 + 0.2
    found = manifold_scores(real, fake)
    assert vars(found) == pytest.approx(dict(zip(vars(found), naive(real, fake, 3, 5), strict=True)))


def test_wide_features_in_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    real, fake = normal(200, 100), normal(150, 100, seed=1)
    found = manifold_scores(real, fake, pr_k=5, dc_k=3)
    assert vars(found) == pytest.approx(dict(zip(vars(found), naive(real, fake, 5, 3), strict=True)))
    monkeypatch.setattr(distances, "ROWS", 32)
    monkeypatch.setattr(distances, "COLUMNS", 41)
    assert manifold_scores(real, fake, pr_k=5, dc_k=3) == found


def test_order_and_rotation_leave_them() -> None:
    real, fake = normal(500, 8), normal(500, 8, seed=1) * 0.8
    order, turn = torch.randperm(500, generator=torch.Generator().manual_seed(0)), torch.linalg.qr(normal(8, 8)).Q
    found = manifold_scores(real, fake)
    assert vars(manifold_scores(real[order], fake[order.flip(0)])) == pytest.approx(vars(found))
    assert vars(manifold_scores(real @ turn, fake @ turn)) == pytest.approx(vars(found), abs=3 / 500)


def test_a_ball_holds_its_surface_for_precision_and_recall_alone() -> None:
    real, fake = torch.tensor([[0.0], [1.0]]), torch.tensor([[2.0], [3.0]])
    found = manifold_scores(real, fake, pr_k=1, dc_k=1)
    assert vars(found) == {"precision": 0.5, "recall": 0.5, "density": 0, "coverage": 0, "density_error": 0}


def test_a_copy_of_the_data_is_perfect() -> None:
    real = normal(600, 80)
    found = manifold_scores(real, real.clone())
    assert (found.precision, found.recall, found.coverage) == (1, 1, 1)
    assert found.density == pytest.approx(1, abs=2e-3)  # k - 1 neighbours and the point: the k-th is on the surface


def test_equal_distributions_have_the_expected_density_and_coverage() -> None:
    found = manifold_scores(normal(2000, 20), normal(2000, 20, seed=1))
    assert found.density == pytest.approx(1, abs=0.1)
    assert found.coverage == pytest.approx(expected_coverage(2000, 2000), abs=0.02)
    assert expected_coverage(10_000, 10_000) == pytest.approx(0.969, abs=5e-4)


def test_dropped_modes_are_seen_by_recall_and_coverage_but_not_by_precision() -> None:
    ring = toys.ring()
    real, fake = (torch.from_numpy(ring.draw(2000, np.random.default_rng(seed))[0]) for seed in (0, 1))
    three = fake[fake[:, 0] > 0.5]
    whole, part = manifold_scores(real, fake), manifold_scores(real, three)
    assert min(whole.precision, whole.recall, whole.coverage) > 0.9
    assert part.precision > 0.9
    assert part.density > 0.8
    assert part.recall == pytest.approx(3 / 8, abs=0.05)
    assert part.coverage == pytest.approx(3 / 8, abs=0.05)


def test_noise_is_seen_by_precision_density_and_the_frechet_distance() -> None:
    real, fake, noise = normal(1000, 10), normal(1000, 10, seed=1), normal(1000, 10, seed=2)
    levels = [0, 0.5, 1, 2, 4]
    found = [manifold_scores(real, fake + level * noise) for level in levels]
    far = [frechet_distance(real, fake + level * noise) for level in levels]
    assert far == sorted(far)
    for name in ("precision", "density", "coverage"):
        values = [getattr(scores, name) for scores in found]
        assert values == sorted(values, reverse=True), name
        assert values[-1] < 0.2 * values[0]


def test_duplicates_are_seen_by_recall_and_coverage_but_not_by_precision() -> None:
    real, fake = normal(1000, 10), normal(1000, 10, seed=1)
    whole, copies = manifold_scores(real, fake), manifold_scores(real, fake[:10].repeat(100, 1))
    assert copies.recall < 0.05
    assert copies.coverage < 0.25 * whole.coverage
    assert copies.precision > 0.5


def test_too_few_are_refused() -> None:
    with pytest.raises(UserError, match="neighbour of rank 5 needs at least 6 fake samples, not 5"):
        manifold_scores(torch.zeros(9, 2), torch.zeros(5, 2))
    with pytest.raises(UserError, match="k of at least 1, not 0"):
        manifold_scores(torch.zeros(9, 2), torch.zeros(9, 2), pr_k=0)
