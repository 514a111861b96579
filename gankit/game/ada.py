"""How probable augmentations should be: as much as keeps the discriminator from learning its data by heart.

Karras et al., "Training Generative Adversarial Networks with Limited Data", 2020. arXiv:2006.06676 (section 3)
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from gankit.game.players import Players

BATCHES = 4
"""Of the discriminator, between two moves of the probability (section 3)."""
LIMIT = 0.8
"""Of the probability, above which augmentations begin to show in samples (section 2.2)."""


class Watched:
    """What a discriminator says in one turn, of the turn's data and of its samples."""

    def __init__(self, data: list[Tensor]) -> None:
        self.data = data
        self.samples: list[Tensor] = []
        self._scores: dict[str, list[Tensor]] = {"data": [], "samples": []}

    @contextmanager
    def watching(self, discriminator: nn.Module) -> Iterator[None]:
        def heard(module: nn.Module, inputs: tuple[Any, ...], answer: Any) -> None:
            for name in self._scores:
                if any(inputs[0] is known for known in getattr(self, name)):
                    if isinstance(answer, dict):  # of K classes beside FAKE, log Z is the score
                        answer = answer["score"] if "score" in answer else answer["classes"].logsumexp(-1)
                    self._scores[name].append(answer.detach().float().flatten())

        with discriminator.register_forward_hook(heard):
            yield

    def overfitting(self) -> Float[Tensor, ""]:
        """r_t, the mean sign of the scores of training data: 0 where they are like those of samples, 1 where all are
        higher.

        The sign is of what a score is above the middle between data and samples. The paper's logits lie alike on both
        sides of 0, which is that middle; scores that have no such zero (a critic's, say) are measured alike so.
        """
        data, samples = (torch.cat(scores) for scores in self._scores.values())
        return (data - (data.mean() + samples.mean()) / 2).sign().mean()


def attach(players: Players) -> None:
    """Give `players` what the controller remembers."""
    players.register_buffer("augment_probability", torch.zeros(()))
    players.register_buffer("ada_signs", torch.zeros(()))
    players.register_buffer("ada_batches", torch.zeros((), dtype=torch.int64))
    players.register_buffer("overfitting", torch.zeros(()))


@torch.no_grad()
def adapt(players: Players, overfitting: Float[Tensor, ""], *, target: float, step: float) -> None:
    """Count one batch, and after every `BATCHES` of them move the probability by `step` a batch, up where the mean of
    `overfitting` is above `target` and down where it is below. No value is fetched from the device."""
    probability, signs, batches, last = (
        players.get_buffer(name) for name in ("augment_probability", "ada_signs", "ada_batches", "overfitting")
    )
    signs.add_(overfitting)
    batches.add_(1)
    due = batches >= BATCHES
    last.copy_(torch.where(due, signs / batches, last))
    probability.add_(torch.where(due, BATCHES * step * (last - target).sign(), 0.0)).clamp_(0, LIMIT)
    signs.mul_(~due)
    batches.mul_(~due)
