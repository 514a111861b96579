"""Settings are a pure function of the step; what is built obeys its paper's rule."""

from __future__ import annotations

import pytest
import torch

from gankit.base.errors import UserError
from gankit.game.optimizers import SGD, Adam, RMSProp


def test_a_constant_rate_is_constant() -> None:
    assert Adam(lr=3e-4).settings(0) == Adam(lr=3e-4).settings(10**6) == {"lr": 3e-4}


def test_a_linear_fall_starts_and_ends_where_it_should() -> None:
    falling = Adam(lr=1.0, decay_after=100, decay_steps=50)
    rates = [falling.settings(step)["lr"] for step in (0, 100, 125, 150, 999)]
    assert rates == pytest.approx([1, 1, 0.5, 0, 0])


def test_a_fall_in_epochs_goes_by_the_passes_through_the_data() -> None:
    falling = Adam(lr=1.0, decay_after_epochs=2, decay_epochs=4)
    rates = [falling.settings(step, epoch)["lr"] for step, epoch in ((9, 0.0), (0, 2.0), (1, 3.0), (1, 6.0), (0, 9.5))]
    assert rates == pytest.approx([1, 1, 0.75, 0, 0])
    with pytest.raises(UserError, match="not both"):
        Adam(decay_steps=3, decay_epochs=4)
    with pytest.raises(UserError, match="can't be negative"):
        Adam(decay_epochs=-1)


def test_sgd_shrinks_to_its_floor_while_momentum_grows() -> None:
    sgd = SGD(lr=0.1, shrink=1.5, lr_floor=0.01, momentum=0.5, final_momentum=0.7, momentum_steps=4)
    assert sgd.settings(0) == pytest.approx({"lr": 0.1, "momentum": 0.5})
    assert sgd.settings(2) == pytest.approx({"lr": 0.1 / 2.25, "momentum": 0.6})
    assert sgd.settings(100) == pytest.approx({"lr": 0.01, "momentum": 0.7})


@pytest.mark.parametrize("inside", [0.0, 0.3])
def test_adam_takes_the_step_of_its_algorithm(inside: float) -> None:
    weight = torch.nn.Parameter(torch.tensor([1.0, -2.0], dtype=torch.float64))
    optimizer = Adam(lr=0.1, betas=(0.5, 0.9), root_eps=inside).build([weight])
    first = second = torch.zeros(2, dtype=torch.float64)
    expected = weight.detach().clone()
    for step, gradient in enumerate(torch.tensor([[1.0, -3.0], [0.5, 0.25]], dtype=torch.float64), start=1):
        weight.grad = gradient.clone()
        optimizer.step()
        first, second = 0.5 * first + 0.5 * gradient, 0.9 * second + 0.1 * gradient**2
        root = (second / (1 - 0.9**step) + inside).sqrt() + (0 if inside else 1e-8)
        expected -= 0.1 * (first / (1 - 0.5**step)) / root
    torch.testing.assert_close(weight.detach(), expected)


def test_rmsprop_takes_the_step_of_its_rule() -> None:
    weight = torch.nn.Parameter(torch.tensor([1.0, -2.0], dtype=torch.float64))
    optimizer = RMSProp(lr=0.1, smoothing=0.75).build([weight])
    mean_square = torch.zeros(2, dtype=torch.float64)
    expected = weight.detach().clone()
    for gradient in torch.tensor([[1.0, -3.0], [0.5, 0.25]], dtype=torch.float64):
        weight.grad = gradient.clone()
        optimizer.step()
        mean_square = 0.75 * mean_square + 0.25 * gradient**2
        expected -= 0.1 * gradient / (mean_square.sqrt() + 1e-8)
    torch.testing.assert_close(weight.detach(), expected)
    assert RMSProp(decay_after=10, decay_steps=10).settings(15) == pytest.approx({"lr": 2.5e-5})


def test_mistakes_are_named() -> None:
    with pytest.raises(UserError, match="smoothing must be at least 0 and below 1"):
        RMSProp(smoothing=1.0)
    for wrong in (0.0, -1.0, float("nan")):
        with pytest.raises(UserError, match="lr must be above 0"):
            Adam(lr=wrong)
    with pytest.raises(UserError, match="negative"):
        Adam(decay_steps=-1)
    with pytest.raises(UserError, match="at least 1"):
        SGD(shrink=0.5)
