"""Lists of layers that several families are made of."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

from torch import nn

from gankit.game.batch import DataSpec
from gankit.networks.parts import FromUnit, ToUnit


def layers_between(sizes: Sequence[int], layer: Callable[[int, int], list[nn.Module]]) -> list[nn.Module]:
    """What `layer` makes from each of `sizes` to the next, in a row."""
    return [part for inputs, outputs in itertools.pairwise(sizes) for part in layer(inputs, outputs)]


def linear_norm(inputs: int, outputs: int, *, affine: bool = True, running: bool = True) -> list[nn.Module]:
    """A linear layer and the batch norm that makes up for its bias, with or without a gain and a bias of its own, and
    `running` averages for evaluation."""
    norm = nn.BatchNorm1d(outputs, affine=affine, track_running_stats=running)
    return [nn.Linear(inputs, outputs, bias=False), norm]


def unit_input(data: DataSpec) -> list[nn.Module]:
    """From data to vectors, in [0, 1] where they are bounded."""
    return [*([ToUnit()] if data.bounded else []), nn.Flatten()]


def sigmoid_output(data: DataSpec) -> list[nn.Module]:
    """From vectors to data, through a sigmoid where they are bounded."""
    return [*([nn.Sigmoid(), FromUnit()] if data.bounded else []), nn.Unflatten(1, data.shape)]


def tanh_output(data: DataSpec) -> list[nn.Module]:
    """From vectors to data, through tanh where they are bounded."""
    return [*([nn.Tanh()] if data.bounded else []), nn.Unflatten(1, data.shape)]
