"""Where latents come from."""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace

import torch
from jaxtyping import Float
from torch import Tensor

from gankit.base.errors import UserError


@dataclass(frozen=True)
class Prior(ABC):
    """A distribution over latents."""

    size: int
    """Dimensions of one latent."""

    def __post_init__(self) -> None:
        if self.size < 1:
            raise UserError(f"a latent needs at least one dimension, not {self.size}")

    @abstractmethod
    def draw(self, n: int, device: torch.device | str = "cpu") -> Float[Tensor, "{n} {self.size}"]:
        """`n` latents from torch's global generator."""

    def truncated(self, bound: float) -> Prior:
        """The same prior without its tails, for samples of more quality and less variety."""
        raise UserError(f"truncation needs a Gaussian prior; this generator's is {type(self).__name__.lower()}")


@dataclass(frozen=True)
class Normal(Prior):
    """N(0, I), redrawn where a component lies beyond `bound` standard deviations."""

    bound: float = float("inf")

    def draw(self, n: int, device: torch.device | str = "cpu") -> Float[Tensor, "{n} {self.size}"]:
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
    """Uniform within `bound` of `centre` in each dimension; a bound of sqrt(3) gives unit variance."""

    bound: float = 1.0
    centre: float = 0.0

    def draw(self, n: int, device: torch.device | str = "cpu") -> Float[Tensor, "{n} {self.size}"]:
        low, high = self.centre - self.bound, self.centre + self.bound
        return torch.empty(n, self.size, device=device).uniform_(low, high)


@dataclass(frozen=True)
class Codes(Prior):
    """Noise beside codes that are to mean something, all independent: a latent is [noise, categorical, continuous].

    Chen et al., "InfoGAN: Interpretable Representation Learning by Information Maximizing Generative Adversarial
    Nets", 2016. arXiv:1606.03657 (section 4 and appendix C.1)
    """

    size: int = field(init=False)
    noise: int = 62
    """Dimensions uniform on [-bound, bound] that mean nothing; 0 for none."""
    categorical: tuple[int, ...] = (10,)
    """Categories of each categorical code, equally likely and drawn as one-hot vectors."""
    continuous: int = 2
    """Codes uniform on [-bound, bound]."""
    bound: float = 1.0

    def __post_init__(self) -> None:
        if self.noise < 0 or self.continuous < 0:
            raise UserError(f"noise and continuous can't be negative: {self.noise} and {self.continuous}")
        if any(categories < 2 for categories in self.categorical):
            raise UserError(f"a categorical code needs at least 2 categories, not {min(self.categorical)}")
        if not self.categorical and not self.continuous:
            raise UserError("a latent with codes needs at least one: categorical or continuous")
        object.__setattr__(self, "size", self.noise + sum(self.categorical) + self.continuous)

    def slices(self) -> dict[str, slice]:
        """Where each part of a latent lies: `noise`, `categorical-1`, ..., `continuous-1`, ..., in their order."""
        widths = {"noise": self.noise}
        widths |= {f"categorical-{index}": count for index, count in enumerate(self.categorical, 1)}
        widths |= {f"continuous-{index}": 1 for index in range(1, self.continuous + 1)}
        ends = itertools.accumulate(widths.values())
        return {name: slice(end - width, end) for (name, width), end in zip(widths.items(), ends, strict=True)}

    def draw(self, n: int, device: torch.device | str = "cpu") -> Float[Tensor, "{n} {self.size}"]:
        latents = torch.empty(n, self.size, device=device).uniform_(-self.bound, self.bound)
        for name, part in self.slices().items():
            if name.startswith("categorical"):
                categories = part.stop - part.start
                chosen = torch.randint(categories, (n,), device=device)
                latents[:, part] = torch.nn.functional.one_hot(chosen, categories).to(latents.dtype)
        return latents
