"""The kernel distance against a double loop, and without bias."""

from __future__ import annotations

import pytest
import torch

from gankit.base.errors import UserError
from gankit.evaluation import kernel_distance
from gankit.evaluation.kernel import unbiased_mmd


def test_the_estimator_is_that_of_a_double_loop() -> None:
    random = torch.Generator().manual_seed(0)
    x, y = torch.randn(7, 4, generator=random), torch.randn(9, 4, generator=random) + 1

    def kernel(a: list[float], b: list[float]) -> float:
        return (sum(p * q for p, q in zip(a, b, strict=True)) / len(a) + 1) ** 3

    xs, ys = x.tolist(), y.tolist()
    expected = sum(kernel(a, b) for i, a in enumerate(xs) for j, b in enumerate(xs) if i != j) / (7 * 6)
    expected += sum(kernel(a, b) for i, a in enumerate(ys) for j, b in enumerate(ys) if i != j) / (9 * 8)
    expected -= 2 * sum(kernel(a, b) for a in xs for b in ys) / (7 * 9)
    assert float(unbiased_mmd(x, y)) == pytest.approx(expected, rel=1e-9)


def test_it_is_unbiased() -> None:
    """Over many subsets of one distribution the mean is 0 within its error, and has both signs."""
    random = torch.Generator().manual_seed(1)
    real, fake = torch.randn(2, 20_000, 8, generator=random)
    found = kernel_distance(real, fake, size=20)
    assert found.count == 1000
    assert abs(found.mean) < 3 * found.standard_error
    assert found.standard_error < found.spread / 30


def test_its_mean_does_not_depend_on_the_size_of_subsets() -> None:
    random = torch.Generator().manual_seed(2)
    real, fake = torch.randn(2, 20_000, 8, generator=random)
    fake = fake * 1.1 + 0.3
    small, large = kernel_distance(real, fake, size=20), kernel_distance(real, fake, size=1000)
    assert abs(small.mean - large.mean) < 3 * (small.standard_error + large.standard_error)
    assert large.mean > 10 * large.standard_error


def test_rotation_leaves_it() -> None:
    random = torch.Generator().manual_seed(3)
    real, fake = torch.randn(2, 200, 6, generator=random, dtype=torch.float64)
    turn = torch.linalg.qr(torch.randn(6, 6, generator=random, dtype=torch.float64)).Q
    one, other = (kernel_distance(real @ q, fake @ q, size=50).mean for q in (torch.eye(6).double(), turn))
    assert one == pytest.approx(other, abs=1e-12)


def test_classes_in_a_row_are_shuffled() -> None:
    """Subsets of sorted data are not of one class each; the seed says which they are."""
    values = torch.arange(4000.0)[:, None].expand(-1, 3) / 4000
    found = kernel_distance(values, values.flip(0), size=100)
    assert abs(found.mean) < 4 * found.standard_error
    assert found == kernel_distance(values, values.flip(0), size=100)
    assert found != kernel_distance(values, values.flip(0), size=100, seed=1)


def test_too_few_are_refused() -> None:
    with pytest.raises(UserError, match="subsets of 1,000 needs at least 2,000 fake samples, not 1,999"):
        kernel_distance(torch.zeros(2000, 3), torch.zeros(1999, 3))
    with pytest.raises(UserError, match="subsets of at least 2"):
        kernel_distance(torch.zeros(20, 3), torch.zeros(20, 3), size=1)
