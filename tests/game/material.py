"""A method of the tests' own, which is never trained."""

from __future__ import annotations

from dataclasses import dataclass

from gankit.game import Method, Players, Terms
from gankit.game.batch import Labelled
from gankit.networks import MLP


@dataclass(frozen=True, kw_only=True)
class Conditional(Method[Labelled]):
    network: MLP = MLP()

    def discriminator_loss(self, players: Players, batch: Labelled) -> Terms:
        return {}

    def generator_loss(self, players: Players, batch: Labelled) -> Terms:
        return {}
