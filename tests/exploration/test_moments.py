"""Slant and width are those of bars that are drawn so."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from gankit.exploration.moments import correlations, slant, width


def bar(lean: float, spread: float, *, left: float = 0.0) -> Tensor:
    """A Gaussian bar of standard deviation `spread` that leans `lean` pixels to the right for each upwards."""
    y, x = torch.meshgrid(torch.arange(41.0), torch.arange(61.0), indexing="ij")
    axis = 30 + left - lean * (y - 20)
    ink = torch.exp(-((x - axis) ** 2) / (2 * spread**2)) * (abs(y - 20) < 15)
    return (2 * ink - 1)[None, None]


@pytest.mark.parametrize("lean", [-0.5, 0.0, 0.4])
@pytest.mark.parametrize("spread", [1.5, 3.0])
def test_a_bar_s_slant_and_width(lean: float, spread: float) -> None:
    images = torch.cat([bar(lean, spread), bar(lean, spread, left=5.0).expand(-1, 1, -1, -1)])
    assert slant(images) == pytest.approx(torch.full((2,), lean), abs=0.01)
    assert width(images) == pytest.approx(torch.full((2,), spread), abs=0.05)
    assert slant(images.flip(-1)) == pytest.approx(torch.full((2,), -lean), abs=0.01)
    assert slant(images.expand(-1, 3, -1, -1)) == pytest.approx(torch.full((2,), lean), abs=0.01)


def test_an_empty_image_has_neither() -> None:
    empty = torch.full((1, 1, 8, 8), -1.0)
    assert slant(empty).item() == width(empty).item() == 0


def test_correlation_with_the_column() -> None:
    rows = torch.tensor([[1.0, 2.0, 3.0, 4.0], [4.0, 3.0, 2.0, 1.0], [2.0, 2.0, 2.0, 2.0], [1.0, -1.0, -1.0, 1.0]])
    assert correlations(rows).tolist() == pytest.approx([1, -1, 0, 0], abs=1e-6)
