"""What a GAN is: two players and a list of turns.

A method says, as its paper does, what each player minimises. Everything else belongs to the engine.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Literal, TypeVar, get_args, get_origin

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from gankit.base.errors import UserError
from gankit.game.batch import Batch, DataSpec, Labels
from gankit.game.optimizers import Adam, Optimizer
from gankit.game.prior import Prior
from gankit.game.stabilisers import Stabilisers

Terms = dict[str, Float[Tensor, ""]]
"""Named loss terms: their sum is the loss, their names are the log."""

B = TypeVar("B", bound=Batch)


class Generator(nn.Module, ABC):
    """A network from latents to data that knows its own prior."""

    def __init__(self, prior: Prior, classes: int = 0) -> None:
        """`classes` is the number of labels it is conditioned on; 0 for none."""
        super().__init__()
        self.prior = prior
        self.classes = classes

    @abstractmethod
    def forward(
        self, latents: Float[Tensor, "n size"], labels: Int64[Tensor, " n"] | None = None
    ) -> Float[Tensor, " n *shape"]:
        """Data from latents and, where it is conditional, labels."""

    @property
    def device(self) -> torch.device:
        return next(self.parameters()).device

    def sample(self, n: int, labels: Int64[Tensor, " {n}"] | None = None) -> Float[Tensor, " {n} *shape"]:
        """`n` samples for fresh latents; a conditional generator draws the labels that it is not given."""
        if self.classes and labels is None:
            labels = torch.randint(self.classes, (n,), device=self.device)
        return self(self.prior.draw(n, self.device), labels)


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


class Network(ABC):
    """An architecture family: a frozen dataclass of its sizes that builds either player from a `DataSpec`."""

    @abstractmethod
    def generator(self, data: DataSpec) -> Any:
        """A `Generator`, or a `Translator` from images of `data.shape` to images of `data.other_shape`."""

    @abstractmethod
    def discriminator(self, data: DataSpec) -> nn.Module:
        """A module from data [n, *shape] to scores [n]: real numbers, higher for more real."""


@dataclass(frozen=True, kw_only=True)
class Turn:
    """`player` minimises the sum of `loss`, `repeat` times, on every `every`-th step.

    `repeat` may be a function of the step (counted from 0), so that phases need no memory.
    """

    player: Literal["generator", "discriminator"]
    loss: Callable[[Players, Any], Terms]
    repeat: int | Callable[[int], int] = 1
    every: int = 1

    def __post_init__(self) -> None:
        if self.every < 1 or (isinstance(self.repeat, int) and self.repeat < 1):
            raise UserError(f"the {self.player}'s steps must be at least 1")

    def moves(self, step: int) -> int:
        """How often the player moves on `step`."""
        if step % self.every:
            return 0
        return self.repeat if isinstance(self.repeat, int) else self.repeat(step)


@dataclass(frozen=True, kw_only=True)
class Method(ABC, Generic[B]):
    """A paper's game, as a frozen dataclass of its hyper-parameters.

    While one player moves the engine freezes the other: in the discriminator's turn a generator's sample
    carries no graph, and in the generator's turn the discriminator's weights get no gradient. So a loss
    needs no `detach`, no `zero_grad`, no device and no `item`. `Method[Images]` names the batch type.
    """

    _batch_type: ClassVar[type[Batch]] = Batch

    network: Network
    """Architecture of both players."""
    batch_size: int = 64
    """Real examples in the batch of a turn."""
    generator_optimizer: Optimizer = Adam()
    """How the generator learns."""
    discriminator_optimizer: Optimizer = Adam()
    """How the discriminator learns."""
    stabilisers: Stabilisers = Stabilisers()
    """What steadies the game, whatever the method; all of it is off."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for base in cls.__dict__.get("__orig_bases__", ()):
            generic = get_origin(base)
            if generic and issubclass(generic, Method) and isinstance(get_args(base)[0], type):
                cls._batch_type = get_args(base)[0]

    def __post_init__(self) -> None:
        if self.batch_size < 1:
            raise UserError(f"batch-size must be at least 1, not {self.batch_size}")

    @property
    def batch_type(self) -> type[Batch]:
        """What a turn is played on: the type in `Method[...]`, where no field of the method decides it."""
        return self._batch_type

    @property
    def label_budget(self) -> Labels:
        """How many of the data's labels `PartlyLabelled` batches may show."""
        return "all"

    def players(self, data: DataSpec) -> Players:
        """Fresh players for `data`, initialised from torch's global generator."""
        return Players(self.network.generator(data), self.network.discriminator(data))

    def start(self, data: DataSpec) -> Players:
        """`players`, with what the stabilisers remember: all that a checkpoint of the game holds of them."""
        players = self.players(data)
        self.stabilisers.attach(players, data)
        return players

    def prepared(self, batch: B) -> B:
        """`batch` as turns are played on it: where a paper shows its data with changes by chance, with those.

        Called without gradients once for every batch drawn; chance is torch's global generator.
        """
        return batch

    @abstractmethod
    def discriminator_loss(self, players: Players, batch: B) -> Terms:
        """What the discriminator minimises."""

    @abstractmethod
    def generator_loss(self, players: Players, batch: B) -> Terms:
        """What the generator minimises."""

    def classify(self, players: Players, images: Float[Tensor, "n ..."]) -> Float[Tensor, "n classes"]:
        """Logits of the classifier that the method trains beside its generator.

        Raises `UserError` where it trains none. Put `players` in evaluation mode first.
        """
        raise UserError(f"{type(self).__name__} trains no classifier")

    def turns(self) -> tuple[Turn, ...]:
        """One step of the game; by default the discriminator moves once, then the generator once."""
        return (
            Turn(player="discriminator", loss=self.discriminator_loss),
            Turn(player="generator", loss=self.generator_loss),
        )

    def after_turn(self, turn: Turn, players: Players, terms: Terms) -> Terms | None:
        """Runs without gradients after each move: clip weights, update what the method remembers.

        May return scalars that are no part of a loss, to be logged beside the terms under the names given here.
        """
