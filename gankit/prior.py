"""Where latents come from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from gankit.errors import UserError


@dataclass(frozen=True)
class Prior(ABC):
    """A distribution over latents of shape [n, size]."""

    size: int
    """Dimensions of one latent."""

    def __post_init__(self) -> None:
        if self.size < 1:
            raise UserError(f"a latent needs at least one dimension, not {self.size}")

    @abstractmethod
    def draw(self, n: int, device: torch.device | str = "cpu") -> Tensor:
        """`n` latents, [n, size], from torch's global generator."""

    def truncated(self, bound: float) -> Prior:
        """The same prior without its tails, for samples of more quality and less variety."""
        raise UserError(f"truncation needs a Gaussian prior; this generator's is {type(self).__name__.lower()}")


@dataclass(frozen=True)
class Normal(Prior):
    """N(0, I), redrawn where a component lies beyond `bound` standard deviations."""

    bound: float = float("inf")

    def draw(self, n: int, device: torch.device | str = "cpu") -> Tensor:
        latents = torch.empty(n, self.size, device=device)
        if self.bound == float("inf"):
            return latents.normal_()
        return torch.nn.init.trunc_normal_(latents, a=-self.bound, b=self.bound)

    def truncated(self, bound: float) -> Prior:
        """Components within `bound` standard deviations (the truncation trick of BigGAN, section 3.1)."""
        if not bound > 0:
            raise UserError(f"truncation must be above 0, not {bound}")
        return replace(self, bound=bound)


@dataclass(frozen=True)
class Uniform(Prior):
    """Uniform on [-bound, bound] in each dimension; sqrt(3) gives unit variance."""

    bound: float = 1.0

    def draw(self, n: int, device: torch.device | str = "cpu") -> Tensor:
        return torch.empty(n, self.size, device=device).uniform_(-self.bound, self.bound)
