"""Walks between latents: is there a picture everywhere on the way, or a jump from one to the next?

A generator that learned the data changes smoothly with its latent; sharp transitions are a sign that it memorised.

Radford et al., "Unsupervised Representation Learning with Deep Convolutional Generative Adversarial Networks",
2015. arXiv:1511.06434 (section 6.1)
White, "Sampling Generative Networks", 2016. arXiv:1609.04468 (section 2.1: great circles for a Gaussian prior)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from PIL import Image
from torch import Tensor

from gankit import pictures
from gankit.base.errors import UserError
from gankit.base.spacing import spaced
from gankit.evaluation.path_length import EPSILON, slerp
from gankit.exploration.latents import generate, labels_for
from gankit.features import FeatureNetwork, extract
from gankit.game import Generator
from gankit.game.prior import Normal, Prior
from gankit.pictures.sheets import Row, sheet, stacked

Course = Literal["auto", "linear", "spherical"]
Interpolation = Callable[[Tensor, Tensor, Tensor], Tensor]
"""From latents a [n, size] to b [n, size] at t [n, 1]."""
SHOWN = 12
"""Frames of a segment on the strip."""
SIDE = 400
"""Pixels that the frames of a film are enlarged to, about, by a whole factor."""
ROUNDING = 2e-6
"""A step shorter than this share of the features' own length is none: float32 makes as much of one picture twice."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Walk:
    numbers: dict[str, Any]
    """What `walk` measures."""
    images: Tensor
    """The frames, [n, C, H, W] in [-1, 1] on the CPU."""
    names: tuple[str, ...]
    """Of the latents it goes through."""
    loop: bool

    def rows(self) -> list[Row]:
        """A row for each segment: some of its frames, from one latent to the next."""
        ends = [*self.names[1:], self.names[0]] if self.loop else self.names[1:]
        steps = len(self.images) // len(ends) if self.loop else (len(self.images) - 1) // len(ends)
        frames = torch.cat([self.images, self.images[:1]]) if self.loop else self.images
        shown = spaced(steps + 1, SHOWN)
        return [
            Row(f"{start} to {end}", frames[index * steps + shown])
            for index, (start, end) in enumerate(zip(self.names, ends, strict=False))
        ]

    def picture(self, scale: int | None = None) -> Image.Image:
        return sheet(self.rows(), scale=scale)

    def verdict(self) -> str:
        """Its numbers in a line."""
        times, still = self.numbers["largest_over_median"], self.numbers["still"]
        if still == 1:
            return "nothing moves: all steps stand still"
        largest = "a jump" if times is None else f"{times:.3g} times the median"
        return f"largest step {largest}; {still:.0%} of steps stand still"

    def frames(self, scale: int | None = None) -> list[Image.Image]:
        """All of them as pictures for a film, each enlarged `scale` times."""
        factor = scale or max(1, SIDE // max(self.images.shape[2:]))
        enlarged = pictures.to_bytes(self.images).repeat(factor, 1).repeat(factor, 2)
        return [pictures.to_pil(pixels) for pixels in enlarged]


@dataclass(frozen=True, eq=False, kw_only=True)
class Comparison:
    """A generator's walk beside that of one that memorised."""

    generator: Walk
    memoriser: Walk

    @property
    def numbers(self) -> dict[str, Any]:
        return {"generator": self.generator.numbers, "memoriser": self.memoriser.numbers}

    def picture(self, scale: int | None = None) -> Image.Image:
        from matplotlib.figure import Figure

        walks = {"generator": self.generator, "memoriser": self.memoriser}
        rows = [Row(f"{name}, {row.name}", row.images) for name, walk in walks.items() for row in walk.rows()]
        strips = sheet(rows, scale=scale)
        figure = Figure(figsize=(strips.width / 100, 2.6), dpi=100, layout="constrained")
        axes: Any = figure.subplots(1, 2)
        for ax, (name, walk) in zip(axes, walks.items(), strict=True):
            ax.bar(range(1, len(walk.numbers["steps"]) + 1), walk.numbers["steps"], width=1.0)
            ax.set_title(f"{name}: {walk.verdict()}", fontsize=8)
            ax.set_xlabel("frame", fontsize=8)
            ax.tick_params(labelsize=8)
        axes[0].set_ylabel("distance between neighbours", fontsize=8)
        return stacked(strips, pictures.figure_to_pil(figure))


def walk(
    generator: Generator,
    latents: Tensor,
    *,
    features: FeatureNetwork,
    steps: int = 16,
    loop: bool = False,
    path: Course = "auto",
    label: int | None = None,
    names: Sequence[str] | None = None,
) -> Walk:
    """Go through `latents` [k, size] in `steps` frames from each to the next, and back to the first for a `loop`.

    path: "linear", "spherical" (great circles, lengths interpolated), or "auto": spherical for a Gaussian prior.
    label: the class to make, where the generator takes labels; by default the first.

    The numbers: `steps`, distances between neighbouring frames in `features`; `path_length` of each segment, the
    mean over its frames of d(G(z_t), G(z_(t + e))) / e^2 for e = 1e-4 and the squared distance d (perceptual path
    length: Karras et al., arXiv:1812.04948, equation 2); `largest_over_median`, how much the largest step stands
    out, None where half of the steps or more are none; and `still`, the share of those.
    """
    names = tuple(names or map(str, range(len(latents))))
    if len(latents) < 2:
        raise UserError("a walk needs at least two latents to go between")
    if steps < 2:
        raise UserError(f"a walk needs at least 2 steps from one latent to the next, not {steps}")
    between = interpolation(generator.prior, path)
    images, nudged = _frames(generator, latents, between, steps, loop, label)
    vectors, nudged_vectors = (
        extract(features, torch.cat([images, nudged])).values.double().split([len(images), len(nudged)])
    )
    numbers = {
        "path": "spherical" if between is slerp else "linear",
        "features": features.name,
        "frames": len(images),
        "loop": loop,
        "label": label,
        **_measures(vectors, nudged_vectors, steps, loop),
    }
    return Walk(numbers=numbers, images=images, names=names, loop=loop)


def _frames(
    generator: Generator, latents: Tensor, between: Interpolation, steps: int, loop: bool, label: int | None
) -> tuple[Tensor, Tensor]:
    """The images of a walk [n, C, H, W], and those `EPSILON` further along, of all but the last of a walk that ends."""
    starts, ends = (latents, latents.roll(-1, 0)) if loop else (latents[:-1], latents[1:])
    a, b = (side.repeat_interleave(steps, 0) for side in (starts, ends))
    t = (torch.arange(steps, device=a.device) / steps).repeat(len(starts))[:, None]
    stops = [between(a, b, t), between(a, b, t + EPSILON)] + ([] if loop else [latents[-1:]])
    labels = labels_for(generator, sum(map(len, stops)), label)
    images, nudged, *last = generate(generator, torch.cat(stops), labels).split([*map(len, stops)])
    if images.dim() != 4:
        raise UserError("a walk is seen in pictures, and this generator makes vectors")
    return torch.cat([images, *last]), nudged


def _measures(vectors: Tensor, nudged: Tensor, steps: int, loop: bool) -> dict[str, Any]:
    """What `walk` says of features [n, d] of its frames, and of those [m, d] of frames `EPSILON` further along."""
    starts = vectors[: len(nudged)]
    slopes = (starts - nudged).square().sum(1) / EPSILON**2
    moved = (starts - (vectors.roll(-1, 0) if loop else vectors[1:])).norm(dim=1)
    least = torch.maximum(1e-6 * moved.max(), ROUNDING * vectors.norm(dim=1).mean())
    return {
        "segments": [
            {"path_length": float(slope.mean()), "length": float(part.sum()), "largest_step": float(part.max())}
            for slope, part in zip(slopes.split(steps), moved.split(steps), strict=True)
        ],
        "path_length": float(slopes.mean()),
        "steps": moved.tolist(),
        "median_step": float(moved.median()),
        "largest_step": float(moved.max()),
        "largest_over_median": float(moved.max() / moved.median()) if moved.median() > least else None,
        "still": float((moved <= least).double().mean()),
    }


def interpolation(prior: Prior, path: Course) -> Interpolation:
    """Along what `path` names."""
    if path == "auto":
        path = "spherical" if isinstance(prior, Normal) else "linear"
    return slerp if path == "spherical" else torch.lerp
