"""The game itself, where data are points of one or two dimensions: densities, the discriminator, and where it pushes.

Goodfellow et al., "Generative Adversarial Networks", 2014. arXiv:1406.2661 (Figure 1)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from gankit.base.errors import UserError
from gankit.base.randomness import derive, seeded
from gankit.game import Method, Players
from gankit.game.batch import Batch
from gankit.health.scoring import scores, takes_labels
from gankit.pictures import figure_to_pil
from gankit.pictures.samples import Samples, draw

CELLS = 120
"""Points along each side of the surface."""
DRAWN = 5000
"""Samples that a density is made of."""
Density = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Moment:
    """How the game stands after a step."""

    step: int
    samples: Tensor
    """[DRAWN, D]"""
    surface: Tensor
    """D's scores over the window: [CELLS] or [CELLS, CELLS], the second dimension of the data first."""
    points: Tensor
    """Some samples [n, D], at which the generator is pushed."""
    push: Tensor
    """[n, D]: minus the gradient of the generator's loss with respect to each of them, times n."""
    on_data: float
    """Mean score of the data."""
    on_samples: float
    """Mean score of the samples."""


@dataclass(frozen=True)
class Game:
    """Moments of one game on `data` [N, D]."""

    data: Tensor
    window: Tensor
    """[D, 2]: the ends of every dimension that are shown."""
    moments: list[Moment]
    density: Density | None
    """The data's own, where it is known and has one dimension."""

    def picture(self) -> Image.Image:
        return self.frame(self.moments[-1])

    def frames(self) -> list[Image.Image]:
        return [self.frame(moment) for moment in self.moments]

    @property
    def numbers(self) -> dict[str, Any]:
        return {
            "steps": [moment.step for moment in self.moments],
            "mean score of data": [moment.on_data for moment in self.moments],
            "mean score of samples": [moment.on_samples for moment in self.moments],
            "mean length of the push": [float(m.push.norm(dim=1).mean()) for m in self.moments],
        }

    def frame(self, moment: Moment) -> Image.Image:
        """One moment as a picture."""
        return self._line(moment) if len(self.window) == 1 else self._plane(moment)

    def _line(self, moment: Moment) -> Image.Image:
        from matplotlib.figure import Figure

        low, high = self.window[0].tolist()
        x = torch.linspace(low, high, CELLS)
        figure = Figure(figsize=(4.8, 4.2), dpi=100, layout="constrained")
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
        if self.density:
            above.plot(x, self.density(x[:, None]), color="black", linestyle=":", label="data")
        bins = np.linspace(low, high, 80)
        for name, points, colour in (("data", self.data, "0.6"), ("generated", moment.samples, "tab:green")):
            if name == "generated" or not self.density:
                above.hist(points[:, 0], bins=bins, density=True, alpha=0.6, color=colour, label=name)
        right = above.twinx()
        right.plot(x, moment.surface, color="tab:blue", linestyle="--")
        right.tick_params(labelsize=7, colors="tab:blue")
        above.plot([], [], color="tab:blue", linestyle="--", label="D's score")
        above.set_title(f"step {moment.step:,}")
        above.legend(loc="upper right", frameon=False, fontsize=7)
        order = moment.points[:, 0].argsort()[:: max(1, len(moment.points) // 40)]
        heights = torch.linspace(0, 1, 7)[torch.arange(len(order)) % 7]
        arrows = self._arrows(moment.push)[order, 0]
        below.quiver(
            moment.points[order, 0], heights, arrows, torch.zeros(len(order)), angles="xy", scale_units="xy", scale=1,
            color="tab:green", width=0.004, headwidth=5,
        )  # fmt: skip
        below.set(xlim=(low, high), ylim=(-0.2, 1.2), yticks=(), ylabel="push")
        return figure_to_pil(figure)

    def _plane(self, moment: Moment) -> Image.Image:
        from matplotlib.figure import Figure

        figure = Figure(figsize=(7.2, 3.9), dpi=100, layout="constrained")
        left, right = figure.subplots(1, 2)
        ends = (*self.window[0].tolist(), *self.window[1].tolist())
        show = {"extent": ends, "origin": "lower", "aspect": "auto"}
        for points, colours, alpha in ((self.data, "Greys", 1.0), (moment.samples, "Greens", 0.65)):
            counts = self._counts(points)
            left.imshow(np.ma.masked_equal(counts, 0), cmap=colours, alpha=alpha, vmin=-0.5, **show)
        left.set_title("densities: data grey, generated green", fontsize=9)
        lowest, highest = moment.surface.flatten().quantile(torch.tensor([0.02, 0.98])).tolist()
        right.imshow(moment.surface.numpy(), cmap="viridis", vmin=lowest, vmax=highest, **show)
        arrows = self._arrows(moment.push)
        right.quiver(
            *moment.points.T, *arrows.T, angles="xy", scale_units="xy", scale=1, color="white", width=0.003
        )  # fmt: skip
        right.set_title("D, yellow for real, and its push on samples", fontsize=9)
        for axes in (left, right):
            axes.set(xlim=ends[:2], ylim=ends[2:], xticks=(), yticks=())
        figure.suptitle(f"step {moment.step:,}", fontsize=10)
        return figure_to_pil(figure)

    def _counts(self, points: Tensor) -> np.ndarray:
        """The log of how many of `points` are in each cell, row by row from below; 0 for none."""
        edges = [np.linspace(low, high, CELLS + 1) for low, high in self.window.tolist()]
        counts = np.histogram2d(points[:, 0].numpy(), points[:, 1].numpy(), bins=edges)[0]
        return np.log1p(counts.T)

    def _arrows(self, push: Tensor) -> Tensor:
        """`push` at a scale that is seen: a tenth of the window for the ninth decile, at most twice as much."""
        lengths = push.norm(dim=1, keepdim=True)
        tenth = 0.1 * float(self.window[0, 1] - self.window[0, 0])
        scaled = push / lengths.quantile(0.9).clamp(min=1e-30) * tenth
        return scaled * (2 * tenth / scaled.norm(dim=1, keepdim=True).clamp(min=1e-30)).clamp(max=1)


def window(data: Tensor) -> Tensor:
    """The ends of every dimension of `data` [N, D], with a margin: [D, 2]."""
    low, high = data.amin(0), data.amax(0)
    margin = 0.2 * (high - low)
    return torch.stack([low - margin, high + margin], 1)


def game(data: Tensor, moments: Sequence[Moment], *, density: Density | None = None) -> Game:
    """The moments as one answer, in one window."""
    return Game(data, window(data), list(moments), density if data.shape[1] == 1 else None)


def moment(method: Method[Any], players: Players, batch: Batch, data: Tensor, *, step: int, seed: int) -> Moment:
    """How the game of `method` stands after `step`: `batch` is what its generator's loss is computed on, and so many
    samples get an arrow. `players` are in evaluation mode; equal seeds give the same latents whatever the step.
    """
    generator, discriminator = players
    if data.shape[1] > 2:
        raise UserError(f"the game is shown of points of one or two dimensions, not {data.shape[1]}")
    if takes_labels(discriminator):
        raise UserError(
            "its discriminator takes labels, so that there is a surface for each: take another method's run"
        )
    with torch.no_grad():
        samples = Samples.joined(draw(generator, DRAWN, seed=seed)).values
        axes = [torch.linspace(low, high, CELLS) for low, high in window(data).tolist()]
        places = torch.cartesian_prod(*axes[::-1]).reshape(-1, len(axes)).flip(1).to(generator.device)
        surface = scores(discriminator, places).cpu().reshape([CELLS] * len(axes))
        on_data, on_samples = (
            float(scores(discriminator, part.to(generator.device)).mean()) for part in (data[:DRAWN], samples)
        )
    points, pushed = push(method, players, batch, seed=seed)
    return Moment(step, samples, surface, points, pushed, on_data, on_samples)


def push(method: Method[Any], players: Players, batch: Batch, *, seed: int) -> tuple[Tensor, Tensor]:
    """The samples [n, *shape] that the generator's loss on `batch` makes, and for each where that loss would have it
    go: minus its gradient, times n, so that it does not depend on how many there are.
    """
    outputs: list[Tensor] = []

    def cut(module: object, inputs: object, output: Tensor) -> Tensor:
        outputs.append(output.detach().requires_grad_())
        return outputs[-1]

    handle = players.generator.register_forward_hook(cut)
    try:
        with seeded(players.generator.device, derive(seed, "push")), torch.enable_grad():
            loss = torch.stack(list(method.generator_loss(players, batch).values())).sum()
            gradients = torch.autograd.grad(loss, outputs)
    finally:
        handle.remove()
    points = torch.cat(outputs).detach().cpu()
    return points, -torch.cat(gradients).cpu() * len(points)
