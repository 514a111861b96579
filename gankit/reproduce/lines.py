"""Two parallel lines, the example in which one distance has a slope and the other has none.

Arjovsky, Chintala and Bottou, "Wasserstein GAN", 2017. arXiv:1701.07875 (example 1)

The data are a segment of height 1 at x = 0, the samples one at x = theta. The Wasserstein distance is |theta|; the
Jensen-Shannon divergence is log 2 wherever theta is not 0.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass

import torch
from PIL import Image
from torch import Tensor, nn

from gankit import pictures
from gankit.base.randomness import seeded
from gankit.game import Generator, Method, Players
from gankit.game.batch import Images
from gankit.game.prior import Prior
from gankit.networks.parts import Scores
from gankit.training.turn import freeze, play


@dataclass(frozen=True)
class Heights(Prior):
    """The even heights of (0, 1)."""

    def draw(self, n: int, device: torch.device | str = "cpu") -> Tensor:
        return ((torch.arange(n, device=device) + 0.5) / n)[:, None]


class Line(Generator):
    """The segment at x = theta."""

    def __init__(self, theta: float) -> None:
        super().__init__(Heights(1))
        self.theta = nn.Parameter(torch.tensor(theta))

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        return torch.cat([self.theta.expand(len(latents), 1), latents], dim=1)


def against(method: Method[Images], theta: float, steps: int, seed: int) -> tuple[float, float]:
    """After `steps` of a linear discriminator's turns against the line at `theta`: minus its loss, and the slope in
    theta of the generator's."""
    with seeded(torch.device("cpu"), seed):
        generator, discriminator = players = Players(Line(theta), Scores(nn.Linear(2, 1)))
    data = Images(torch.cat([torch.zeros(64, 1), Heights(1).draw(64)], dim=1))
    freeze(generator.parameters(), discriminator.parameters())
    turn = next(turn for turn in method.turns() if turn.player == "discriminator")
    optimizer = method.discriminator_optimizer.build(discriminator.parameters())
    for _ in range(steps):
        terms = play(players, turn, data, optimizer, nullcontext())
        with torch.no_grad():
            method.after_turn(turn, players, terms)
    freeze(discriminator.parameters(), generator.parameters())
    value = -sum(term.item() for term in method.discriminator_loss(players, data).values())
    sum(method.generator_loss(players, data).values(), torch.zeros(())).backward()
    return value, generator.theta.grad.item()


def picture(distances: Mapping[float, float], divergences: Mapping[float, float]) -> Image.Image:
    """Figure 1 of the paper: what the critic (left) and the discriminator (right) make of each theta."""
    from matplotlib.figure import Figure

    canvas = Figure(figsize=(7, 2.6), dpi=100, layout="constrained")
    left, right = canvas.subplots(1, 2, sharex=True)
    end = max(abs(theta) for theta in distances)
    left.plot([-end, 0, end], [end, 0, end], color="black", linestyle=":", label="|theta|")
    left.plot(list(distances), list(distances.values()), "o", color="tab:blue", label="wgan's critic")
    right.plot([-end, end], [math.log(2)] * 2, color="black", linestyle=":", label="log 2")
    right.plot([0], [0], ".", color="black")
    right.plot(list(divergences), list(divergences.values()), "o", color="tab:green", label="gan's discriminator")
    left.set(xlabel="theta", title="Wasserstein distance")
    right.set(xlabel="theta", title="Jensen-Shannon divergence", ylim=(-0.05, 0.8))
    left.legend(loc="upper center")
    right.legend(loc="center")
    return pictures.figure_to_pil(canvas)
