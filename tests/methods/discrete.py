"""Two distributions on four symbols, and players that know them: theorems about densities, without training."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gankit.game import Generator, Players
from gankit.game.batch import Images
from gankit.game.prior import Uniform

DATA, GENERATED = (4, 3, 2, 1), (1, 2, 2, 5)
"""How often each symbol is in a batch of ten."""
P, Q = torch.tensor(DATA) / 10, torch.tensor(GENERATED) / 10


def symbols(counts: tuple[int, ...]) -> Tensor:
    return torch.arange(len(counts)).repeat_interleave(torch.tensor(counts))[:, None].float()


class Counted(Generator):
    """Makes each symbol as often as GENERATED says, whatever it is asked."""

    def __init__(self) -> None:
        super().__init__(Uniform(1))

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        return symbols(GENERATED)

    def sample(self, n: int, labels: Tensor | None = None) -> Tensor:
        assert n == sum(GENERATED)
        return symbols(GENERATED)


class Table(nn.Module):
    """A discriminator that has a score of its own for each symbol."""

    def __init__(self, scores: Tensor) -> None:
        super().__init__()
        self.scores = nn.Parameter(scores)

    def forward(self, data: Tensor) -> Tensor:
        return self.scores[data[:, 0].long()]


def players(scores: Tensor) -> Players:
    return Players(Counted(), Table(scores))


def batch() -> Images:
    return Images(symbols(DATA))
