"""The discriminator of a semi-supervised game without the game: a classifier of the few labels."""

from __future__ import annotations

from dataclasses import dataclass

from torch.nn import functional as F

from gankit.game import Players, Terms, Turn
from gankit.game.batch import PartlyLabelled
from gankit.methods.sgan import SGAN


@dataclass(frozen=True, kw_only=True)
class Alone(SGAN):
    """The same network, optimiser and batches of labelled examples; nothing without a label, and no generator."""

    def discriminator_loss(self, players: Players, batch: PartlyLabelled) -> Terms:
        labelled = players.discriminator(batch.labelled_images)["classes"]
        return {"supervised": F.cross_entropy(labelled.float(), batch.labels)}

    def turns(self) -> tuple[Turn, ...]:
        return (Turn(player="discriminator", loss=self.discriminator_loss),)
