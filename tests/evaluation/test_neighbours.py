"""The nearest neighbour as a classifier of classes, and of real against fake."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from gankit.base.errors import UserError
from gankit.evaluation import distances, nearest_neighbour_error, two_sample_test
from gankit.evaluation.distances import nearest
from gankit.evaluation.neighbours import _chance
from tests.evaluation.mnist import mnist, needs_mnist


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_the_error_is_that_of_scikit_learn() -> None:
    from sklearn.datasets import load_digits
    from sklearn.neighbors import KNeighborsClassifier

    pixels, labels = load_digits(return_X_y=True)
    model = KNeighborsClassifier(1, algorithm="brute").fit(pixels[:1000], labels[:1000])
    expected = 1 - model.score(pixels[1000:], labels[1000:])
    values, classes = torch.from_numpy(pixels), torch.from_numpy(labels)
    found = nearest_neighbour_error(values[:1000], classes[:1000], values[1000:], classes[1000:])
    assert found == pytest.approx(expected)
    assert nearest_neighbour_error(values, classes, values, classes) == 0


def test_wrong_labels_are_errors() -> None:
    points, labels = normal(600, 5), torch.arange(600) % 2
    wrong = labels.clone()
    wrong[:150] = 1 - wrong[:150]
    assert nearest_neighbour_error(points, wrong, points, labels) == 0.25


def test_equal_distributions_cannot_be_told_apart() -> None:
    found = two_sample_test(normal(1000, 5), normal(1000, 5, seed=1))
    assert found.accuracy == pytest.approx(0.5, abs=0.05)
    assert found.accuracy == pytest.approx((found.real + found.fake) / 2)
    assert found.p_value > 0.01


def test_distributions_apart_can() -> None:
    found = two_sample_test(normal(200, 5), normal(300, 5, seed=1) + 20)
    assert (found.accuracy, found.real, found.fake) == (1, 1, 1)
    assert found.p_value < 1e-12


def test_copies_are_found_below_one_half() -> None:
    real = normal(300, 5)
    found = two_sample_test(real, real + 1e-3 * normal(300, 5, seed=1))
    assert found.accuracy < 0.02
    assert found.p_value < 1e-12


def test_order_rotation_and_tiles_leave_it(monkeypatch: pytest.MonkeyPatch) -> None:
    real, fake = normal(300, 6), normal(200, 6, seed=1) + 0.5
    found, turn = two_sample_test(real, fake), torch.linalg.qr(normal(6, 6)).Q
    assert two_sample_test(real.flip(0) @ turn, fake.flip(0) @ turn) == found
    monkeypatch.setattr(distances, "ROWS", 23)
    monkeypatch.setattr(distances, "COLUMNS", 31)
    assert two_sample_test(real, fake) == found


@pytest.mark.parametrize(("n", "m"), [(50, 50), (70, 30)])
def test_chance_is_that_of_shuffled_labels(n: int, m: int) -> None:
    neighbour = nearest(normal(n + m, 3))[1][:, 0]
    random = torch.Generator().manual_seed(0)
    labels = torch.arange(n + m) < n
    shuffled = torch.stack([labels[torch.randperm(n + m, generator=random)] for _ in range(20_000)])
    counts = (shuffled == shuffled[:, neighbour]).sum(1).double()
    mean, variance = _chance(neighbour, n, m)
    assert mean == pytest.approx(float(counts.mean()), rel=5e-3)
    assert variance == pytest.approx(float(counts.var()), rel=5e-2)


def test_p_values_of_equal_distributions_are_uniform() -> None:
    found = [two_sample_test(normal(60, 2, seed=i), normal(60, 2, seed=1000 + i)).p_value for i in range(400)]
    for level in (0.05, 0.2, 0.5):
        share = sum(p <= level for p in found) / 400
        assert share == pytest.approx(level, abs=0.06)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(UserError, match=r"test labels are of shape \[4\], where \[5\] is needed"):
        nearest_neighbour_error(torch.zeros(9, 2), torch.zeros(9), torch.zeros(5, 2), torch.zeros(4))
    with pytest.raises(UserError, match="two-sample test needs at least 2 fake samples, not 1"):
        two_sample_test(torch.zeros(9, 2), torch.zeros(1, 2))


@needs_mnist
def test_real_mnist_as_a_training_set() -> None:
    """The DCGAN paper has 3.1 % for real data, of 50,000 images.

    All 60,000 of ours give 3.09 % on the whole test set, the first 50,000 give 3.34 % there and 2.88 % on the other
    10,000. A twelfth of them, on a fifth of the test set, gives 6.5 %.
    """
    (images, labels), (test, test_labels) = mnist("train"), mnist("test")
    error = nearest_neighbour_error(images[:5000], labels[:5000], test[::5], test_labels[::5])
    assert error == pytest.approx(0.065, abs=0.005)
