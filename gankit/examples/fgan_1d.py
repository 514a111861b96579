"""One Gaussian against a mixture of two, under each f-divergence: a table of what fits best and what a game finds.

Nowozin et al., "f-GAN: Training Generative Neural Samplers using Variational Divergence Minimization", 2016.
arXiv:1606.00709 (section 4.1 and table 2)

    gankit examples fgan_1d

`gankit reproduce fgan-1d` has the same over several seeds.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import tyro

from gankit.losses.divergences import DIVERGENCES
from gankit.reproduce.one_gaussian import direct, played


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A Gaussian fitted to a mixture of two, under each f-divergence: by integration, and by f-GAN's game."""

    steps: int = 3000
    """Generator updates for each divergence."""
    seed: int = 0


def main(arguments: list[str] | None = None) -> None:
    asked = tyro.cli(Recipe, args=arguments)
    torch.set_num_threads(1)  # more would spend their time waiting for each other: the networks are tiny
    print(f"{'divergence':12}{'D':>9}{'F':>9}{'mean*':>10}{'mean':>9}{'sd*':>10}{'sd':>9}   (* by integration)")
    for name in DIVERGENCES:
        (least, *best), (bound, *found) = direct(name), played(name, asked.steps, asked.seed)
        print(
            f"{name:12}{least:9.4f}{bound:9.4f}{best[0]:10.4f}{found[0]:9.4f}{best[1]:10.4f}{found[1]:9.4f}", flush=True
        )


if __name__ == "__main__":
    main()
