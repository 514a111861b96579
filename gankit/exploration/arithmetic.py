"""Sums of latents: does the difference of two groups mean the same thing to a third?

Radford et al., "Unsupervised Representation Learning with Deep Convolutional Generative Adversarial Networks",
2015. arXiv:1511.06434 (section 6.3.2 and Figure 7)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from gankit.base.errors import UserError
from gankit.exploration.latents import pictures_of, random, within
from gankit.game import Generator
from gankit.game.prior import Uniform
from gankit.pictures.sheets import Row, sheet

NOISE = 0.25
"""Scale of the noise around the sum (section 6.3.2)."""
LEAST = 3
"""Latents in a group: single ones gave unstable sums (section 6.3.2)."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Arithmetic:
    numbers: dict[str, Any]
    """Which latents, the noise, and `outside`: the share of the sum's components that had to be brought back."""
    groups: tuple[Row, ...]
    """Each group's mean first, then its members."""
    neighbours: Tensor
    """[9, C, H, W]: the sum in the middle of eight that noise was added to."""
    latent: Tensor
    """The sum, [1, size]."""

    def picture(self, scale: int | None = None) -> Image.Image:
        above, middle, below = self.neighbours.split(3)
        rows = [*self.groups, Row("", above), Row("sum, with noise around", middle), Row("", below)]
        return sheet(rows, scale=scale)


def arithmetic(
    generator: Generator,
    groups: Mapping[str, tuple[Sequence[str], Tensor]],
    *,
    noise: float = NOISE,
    label: int | None = None,
    seed: int = 0,
) -> Arithmetic:
    """mean(plus) - mean(minus) + mean(and), as a picture beside those of its parts.

    groups: for "plus", "minus" and, where there is one, "and": the names of its members and their latents
        [n, size], three or more of each.
    noise: the neighbours' latents are the sum with uniform noise of this scale.

    Means and sums are brought back to where the prior draws latents (`latents.within`). Raises `UserError` for a
    group of fewer than three.
    """
    for name, (_, members) in groups.items():
        if len(members) < LEAST:
            raise UserError(f"--{name} takes {LEAST} seeds or more, not {len(members)}: single latents mean little")
    if not noise >= 0:
        raise UserError(f"noise can't be negative: {noise}")
    prior = generator.prior
    means = {name: members.mean(0, keepdim=True) for name, (_, members) in groups.items()}
    plain = means["plus"] - means["minus"] + means.get("and", torch.zeros_like(means["plus"]))
    total = within(prior, plain)
    shifts = noise * random(generator, 9, seed=seed, purpose="arithmetic", prior=Uniform(prior.size))
    shifts[4] = 0
    around = within(prior, total + shifts)
    rows = []
    for name, (names, members) in groups.items():
        images = pictures_of(generator, torch.cat([within(prior, means[name]), members]), label)
        rows.append(Row(name, images, ("mean", *names)))
    numbers = {
        **{name: list(names) for name, (names, _) in groups.items()},
        "noise": noise,
        "outside": float(((plain - total).abs() > 1e-6).float().mean()),
    }
    return Arithmetic(
        numbers=numbers, groups=tuple(rows), neighbours=pictures_of(generator, around, label), latent=total.cpu()
    )
