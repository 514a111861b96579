"""The players' moves: in turn, as papers write them, or at once, as the first GAN's released code plays them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from gankit.base.errors import UserError
from gankit.base.randomness import chance, replayed
from gankit.game import B, Method, Players, Turn
from gankit.game.batch import DataSpec
from gankit.networks import CGANNetwork, MaxoutMLP


class PlayersAtOnce(Players):
    """Players of whom the discriminator is shown, in its turn, what the generator made in the one before."""

    made: Tensor
    """What the generator made in its turn, a buffer."""
    drawn_next: list[Tensor] | None = None
    """Where chance stood when the discriminator saw the samples in the generator's turn; of no use after the step."""

    def of_samples(self) -> dict[str, Any]:
        return {**super().of_samples(), "drawn_next": self.drawn_next}


@dataclass(frozen=True, kw_only=True)
class AtOnce(Method[B]):
    """A method whose players may move at once."""

    at_once: bool | Literal["auto"] = "auto"
    """Move both players at once: each learns from the other as it was, on the same samples under the same dropout mask,
    as in GAN's released code, where one update holds the gradients of both; its rates, which `auto` takes so with the
    papers' MNIST networks, belong to that. Else they move in turn (Goodfellow et al. 2014, Algorithm 1)."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.at_once is True and (self.stabilisers.replay or self.stabilisers.ada):
            raise UserError(
                "at-once shows the discriminator the samples that the generator learns from: leave replay and ada out"
            )

    @property
    def moves_at_once(self) -> bool:
        """Whether the players move at once: what `at_once` says, or what `auto` makes of the other fields."""
        if self.at_once == "auto":
            in_turn = self.stabilisers.replay or self.stabilisers.ada
            return isinstance(self.network, MaxoutMLP | CGANNetwork) and not in_turn
        return self.at_once

    @property
    def uncapturable(self) -> str:
        at_once = "players that move at once note on the host where chance stands" if self.moves_at_once else ""
        return at_once or super().uncapturable

    def players(self, data: DataSpec) -> Players:
        players = super().players(data)
        if not self.moves_at_once:
            return players
        return PlayersAtOnce(*players, made=torch.zeros(self.batch_size, *data.shape))

    def turns(self) -> tuple[Turn, ...]:
        """At once, the generator's comes first: the discriminator is shown what it made, and has not moved since."""
        discriminator, generator = super().turns()
        return (generator, discriminator) if self.moves_at_once else (discriminator, generator)

    def made(self, players: Players, samples: Float[Tensor, " n *shape"]) -> Float[Tensor, " n *shape"]:
        """`samples`, which the generator learns from: remembered for the discriminator where the players move at once,
        and what it draws next, too."""
        if isinstance(players, PlayersAtOnce):
            players.made = samples.detach().float()
            players.drawn_next = chance(samples.device)
        return samples

    def shown(
        self, players: Players, n: int, labels: Int64[Tensor, " n *attributes"] | None = None
    ) -> Float[Tensor, " n *shape"]:
        """The samples for the discriminator: those remembered, where the players move at once, or `n` new ones."""
        if isinstance(players, PlayersAtOnce) and players.drawn_next:
            return players.made
        return players.generator.sample(n, labels)

    def scored(
        self, players: Players, samples: Float[Tensor, " n *shape"], *labels: Int64[Tensor, " n *attributes"]
    ) -> Float[Tensor, " n"]:
        """The discriminator's scores of the samples that it is `shown`: where the players move at once, under the
        dropout mask that it had when the generator learned from them."""
        if not isinstance(players, PlayersAtOnce) or not players.drawn_next:
            return players.discriminator(samples, *labels)
        with replayed(samples.device, players.drawn_next):
            return players.discriminator(samples, *labels)
