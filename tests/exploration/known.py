"""Generators and feature networks of which everything is known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from gankit.features import FeatureNetwork, Features
from gankit.game import Generator
from gankit.game.prior import Prior, Uniform
from gankit.networks.parts import Stack


class Plain(FeatureNetwork):
    """Every pixel is a feature."""

    name = "plain"

    def forward(self, images: Tensor) -> Features:
        return Features(images.flatten(1))


class Halves(FeatureNetwork):
    """Classes by which half of an image is brighter."""

    name = "halves"
    classes = ("left", "right")

    def forward(self, images: Tensor) -> Features:
        halves = torch.stack([half.flatten(1).mean(1) for half in images.chunk(2, 3)], 1)
        return Features(halves, halves)


def linear(prior: Prior, classes: int = 0, side: int = 4, seed: int = 0) -> Generator:
    """Images [1, side, side] that are a linear function of the latent and the label."""
    weights = torch.randn(side * side, prior.size + classes, generator=torch.Generator().manual_seed(seed))
    layer = nn.Linear(prior.size + classes, side * side, bias=False)
    layer.weight.data = weights / 10
    return Stack(prior, nn.Sequential(layer, nn.Unflatten(1, (1, side, side))), classes).eval().requires_grad_(False)


class Sides(Generator):
    """The left half of an image is as bright as the latent's first component, the right half its opposite."""

    def __init__(self) -> None:
        super().__init__(Uniform(6))
        self.nothing = nn.Parameter(torch.zeros(()), requires_grad=False)

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        half = latents[:, :1, None, None].expand(-1, 1, 4, 2)
        return torch.cat([half, -half], 3) + latents[:, 1:2, None, None] / 10


class Largest(TorchDispatchMode):
    """How many values the largest tensor has that is made while this lasts; views of others count as well."""

    values = 0

    def __torch_dispatch__(
        self, func: Callable[..., Any], types: Sequence[type], args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        made = func(*args, **(kwargs or {}))
        if isinstance(made, Tensor):
            self.values = max(self.values, made.numel())
        return made
