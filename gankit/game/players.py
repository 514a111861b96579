"""The two players: a generator or a translator, its opponent, and the families of networks that both are built by."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from gankit.base.bounds import Bounded
from gankit.game.batch import DataSpec
from gankit.game.prior import Prior


class Generator(nn.Module, ABC):
    """A network from latents to data that knows its own prior."""

    def __init__(self, prior: Prior, classes: int = 0, rates: tuple[float, ...] = ()) -> None:
        """`classes` is the number of labels it is conditioned on; 0 for none. `rates` are those of attributes
        (`DataSpec.rates`): a label [n, K] then has any number of them, and one [n] a single one each."""
        super().__init__()
        self.prior = prior
        self.classes = classes
        self.rates = rates if classes else ()
        self._rates: Tensor
        if self.rates:
            self.register_buffer("_rates", torch.tensor(self.rates), persistent=False)

    @abstractmethod
    def forward(
        self, latents: Float[Tensor, "n size"], labels: Int64[Tensor, " n *attributes"] | None = None
    ) -> Float[Tensor, " n *shape"]:
        """Data from latents and, where it is conditional, labels."""

    @property
    def device(self) -> torch.device:
        return next(self.parameters()).device

    def sample(self, n: int, labels: Int64[Tensor, " {n} *attributes"] | None = None) -> Float[Tensor, " {n} *shape"]:
        """`n` samples for fresh latents; a conditional generator draws the labels that it is not given."""
        if self.classes and labels is None:
            labels = self.draw_labels(n)
        return self(self.prior.draw(n, self.device), labels)

    def draw_labels(self, n: int, device: torch.device | str | None = None) -> Int64[Tensor, " {n} *attributes"]:
        """Labels from torch's global generator: every class as often, attributes as often as the data have each,
        whatever the others; on `device`, or where the generator is."""
        if self.rates:
            rates = self._rates if device is None else torch.tensor(self.rates, device=device)
            return torch.bernoulli(rates.expand(n, -1)).to(torch.int64)
        return torch.randint(self.classes, (n,), device=device or self.device)


class Translator(nn.Module, ABC):
    """A generator from images of one kind to images of another, of any height and width.

    Whether it is a player or the running average of one, what it adds of chance (dropout, say) comes from torch's
    global generator.
    """

    multiple: int = 1
    """Images whose sides are no multiple of this are padded on the way in, and cropped on the way out."""
    two_way: bool = False
    """Whether it can be asked for the way back."""

    @abstractmethod
    def forward(self, images: Float[Tensor, "n c h w"], *, backwards: bool = False) -> Float[Tensor, "n other_c h w"]:
        """Images of the second side from those of the first, or `backwards` the reverse.

        Raises `UserError` where it is asked for a way back that it does not know.
        """

    @property
    def device(self) -> torch.device:
        return next(self.parameters()).device


class Players(nn.Module):
    """The two players and what their method remembers; all of it is checkpointed like weights.

    Unpacks as `generator, discriminator = players`. Either may be any module (two generators in an
    `nn.ModuleDict`, say). Each keyword becomes a buffer of that name: memory is tensors, here and nowhere else.
    """

    def __init__(self, generator: nn.Module, discriminator: nn.Module, **memory: Tensor) -> None:
        super().__init__()
        self.generator: Any = generator
        self.discriminator: Any = discriminator
        for name, value in memory.items():
            self.register_buffer(name, value)

    def __iter__(self) -> Iterator[Any]:
        return iter((self.generator, self.discriminator))

    def of_samples(self) -> dict[str, Any]:
        """What is remembered of samples, by name: the memory of two dimensions or more. A move that is played shard by
        shard leaves each shard its own, and all other memory is of all."""
        return {name: value for name, value in self._buffers.items() if value is not None and value.dim() > 1}

    def recall(self, samples: dict[str, Any]) -> None:
        """Take up what `of_samples` gave."""
        for name, value in samples.items():
            setattr(self, name, value)


class Network(Bounded, ABC):
    """An architecture family: a frozen dataclass of its sizes that builds either player from a `DataSpec`."""

    @abstractmethod
    def generator(self, data: DataSpec) -> Any:
        """A `Generator`, or a `Translator` from images of `data.shape` to images of `data.other_shape`."""

    @abstractmethod
    def discriminator(self, data: DataSpec) -> nn.Module:
        """A module from data [n, *shape] to scores [n]: real numbers, higher for more real."""
