"""A method: what each player minimises, as its paper says. Everything else belongs to the engine."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar, get_args, get_origin

from jaxtyping import Float
from torch import Tensor

from gankit.base.bounds import Bounded, Units
from gankit.base.errors import UserError, nearest
from gankit.game.batch import Batch, DataSpec, Labels
from gankit.game.optimizers import Adam, Optimizer
from gankit.game.players import Network, Players
from gankit.game.scores import Scores
from gankit.game.stabilisers import Stabilisers
from gankit.game.turn import Terms, Turn

B = TypeVar("B", bound=Batch)
M = TypeVar("M", bound="Method[Any]")


@dataclass(frozen=True, kw_only=True)
class Method(Bounded, ABC, Generic[B]):
    """A paper's game, as a frozen dataclass of its hyper-parameters.

    While one player moves the engine freezes the other: in the discriminator's turn a generator's sample
    carries no graph, and in the generator's turn the discriminator's weights get no gradient. So a loss
    needs no `detach`, no `zero_grad`, no device and no `item`. `Method[Images]` names the batch type.
    """

    _batch_type: ClassVar[type[Batch]] = Batch
    takes_attributes: ClassVar[bool] = False
    """Whether the labels of its batches may be attributes [n, K], of which an item may have several."""

    network: Network
    """Architecture of both players."""
    batch_size: Units = 64
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
        super().__post_init__()
        if self.stabilisers.ada and self.scores.kind == "energy":
            raise UserError(
                f"ada needs a discriminator that scores, and {type(self).__name__}'s does not: leave it out"
            )

    @classmethod
    def presets(cls) -> dict[str, Method[Any]]:
        """Settings beside the defaults that go by a name: those of a paper's released code, where they differ."""
        return {}

    @classmethod
    def preset(cls: type[M], name: str) -> M:
        """The settings of that name. Raises `UserError` where there are none."""
        known = cls.presets()
        if name not in known:
            there = f"{nearest(name, known)}: there is {', '.join(known)}" if known else ": it has none"
            raise UserError(f"{cls.__name__} has no preset {name!r}{there}")
        found = known[name]
        assert isinstance(found, cls)
        return found

    @property
    def batch_type(self) -> type[Batch]:
        """What a turn is played on: the type in `Method[...]`, where no field of the method decides it."""
        return self._batch_type

    @property
    def pretrained(self) -> str:
        """The collection ("ImageNet") that a network learned from which its losses look through, where there is one:
        figures through another network that learned from it flatter what the method makes."""
        return ""

    @property
    def label_budget(self) -> Labels:
        """How many of the data's labels `PartlyLabelled` batches may show."""
        return "all"

    @property
    def uncapturable(self) -> str:
        """Why a move can't be recorded as a graph of a device, where something of it is decided by the host at every
        step; "" where nothing is."""
        optimizers = self.generator_optimizer, self.discriminator_optimizer
        reasons = [self.stabilisers.uncapturable, *(optimizer.uncapturable for optimizer in optimizers)]
        return next(filter(None, reasons), "")

    @property
    def scores(self) -> Scores:
        """What the discriminator's scores mean, by which its health is judged; logits of being data by default."""
        return Scores()

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

    def rate(self, players: Players) -> float:
        """What both players' learning rates are multiplied by: 1, unless the method's memory in `players` says
        otherwise. To ask waits for the device, so that it is asked where a training starts and when `rate_may_change`.
        """
        return 1.0

    def rate_may_change(self, step: int) -> bool:
        """Whether `rate` may be another on the step after `step` than on that one."""
        return False

    def after_turn(self, turn: Turn, players: Players, terms: Terms) -> Terms | None:
        """Runs without gradients after each move: clip weights, update what the method remembers.

        May return scalars that are no part of a loss, to be logged beside the terms under the names given here.
        """
