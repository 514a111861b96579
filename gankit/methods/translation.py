"""What pix2pix and CycleGAN share: images shown with jitter, one at a time, and judged by patches."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Annotated

from torch import Tensor, nn

from gankit.base.bounds import Between, Units, Weight
from gankit.game import B, Method, Players, Turn


@dataclass(frozen=True, kw_only=True)
class TranslationMethod(Method[B]):
    """From one kind of picture to another."""

    jitter: Annotated[float, Between(1, 4)] = 286 / 256
    """Images are enlarged so many times, bicubic, and cropped at random to their size; 1 leaves them as they are."""
    mirror: bool = True
    """Turn half of them left to right."""
    adversarial: Weight = 1.0
    """Weight of the generator's side of the game; 0 leaves the discriminator out."""
    batch_size: Units = 1
    """Images of each side in the batch of a turn."""

    def turns(self) -> tuple[Turn, ...]:
        """The generator's first: the discriminator is shown what it made then."""
        discriminator, generator = super().turns()
        return (generator, discriminator) if self.adversarial else (generator,)

    @abstractmethod
    def judged(self, players: Players, batch: B, *, backwards: bool = False) -> tuple[nn.Module, dict[str, Tensor]]:
        """The discriminator of what is made, and what it sees of `batch`: `real` and `generated`, [n, C, H, W] each,
        with the picture that is judged in the last channels.

        Raises `UserError` for a way back that the translator does not know.
        """
