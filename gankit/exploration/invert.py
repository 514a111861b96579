"""The way back: which latent makes this picture?

Zhu et al., "Generative Visual Manipulation on the Natural Image Manifold", 2016. arXiv:1609.03552 (section 3.1:
projecting by optimisation, by a network, and by both)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from gankit.base.errors import UserError
from gankit.base.spacing import spaced
from gankit.data import normalise
from gankit.evaluation.distances import nearest, tiles
from gankit.evaluation.inputs import CHUNK
from gankit.exploration.latents import BATCH, generate, random, within
from gankit.features import FeatureNetwork, extract
from gankit.game import Generator
from gankit.pictures.sheets import Row, sheet

POOL = 2000
"""Random samples among which the best starts are looked for."""
RATE = 0.1
"""Adam's first step, in standard deviations of a latent's components; it falls to 0 along a cosine."""
PERCEPTUAL = 0.05
"""Weight of the features' squared distance, over the original's squared length, beside the pixels' mean square."""
SHOWN = 12


@dataclass(frozen=True, eq=False, kw_only=True)
class Inversion:
    originals: Tensor
    """[n, C, H, W] in [-1, 1]."""
    images: Tensor
    """What the latents make."""
    latents: Tensor
    """[n, size] on the CPU."""
    labels: Tensor | None
    """[n], where the generator takes labels."""
    names: tuple[str, ...]
    started: Tensor
    """[n]: mean squared error of the best start."""
    settings: dict[str, Any]
    others: Tensor | None = None
    """[n]: mean squared error of the nearest training image of another class, where that is known."""

    @property
    def errors(self) -> Tensor:
        """[n]: mean squared error of pixels in [-1, 1]."""
        return (self.images - self.originals).square().flatten(1).mean(1)

    @property
    def numbers(self) -> dict[str, Any]:
        numbers: dict[str, Any] = {
            **self.settings,
            "names": list(self.names),
            "errors": self.errors.tolist(),
            "started": self.started.tolist(),
            "median_error": float(self.errors.median()),
        }
        if self.labels is not None:
            numbers["labels"] = self.labels.tolist()
        if self.others is not None:
            numbers["nearest_of_another_class"] = self.others.tolist()
            numbers["median_share_of_it"] = float((self.errors / self.others.clamp(min=1e-12)).median())
        return numbers

    def verdict(self) -> str:
        """Its numbers in a line."""
        numbers = self.numbers
        line = f"median error {numbers['median_error']:.4f}, from {float(self.started.median()):.4f} at the start"
        share = numbers.get("median_share_of_it")
        return line + ("" if share is None else f"; {share:.0%} of the nearest training image's of another class")

    def picture(self, scale: int | None = None) -> Image.Image:
        shown = spaced(len(self.originals), SHOWN)
        captions = [f"{error:.3f}" for error in self.errors[shown].tolist()]
        names = [self.names[index] for index in shown.tolist()]
        rows = [Row("original", self.originals[shown], names), Row("found", self.images[shown], captions)]
        return sheet(rows, scale=scale)


def invert(
    generator: Generator,
    originals: Tensor,
    *,
    features: FeatureNetwork,
    label: int | None = None,
    restarts: int = 4,
    steps: int = 200,
    encoder: Callable[[Tensor], Tensor] | None = None,
    names: Sequence[str] | None = None,
    others: Tensor | None = None,
    seed: int = 0,
) -> Inversion:
    """Latents whose pictures are nearest to `originals` [n, C, H, W], by Adam from several starts each.

    restarts: the starts are the nearest of 2000 random samples; with an `encoder` its guess is the first.
    label: the class to make; without it a conditional generator's start brings its own, which stays.

    others: for the record, the errors that `nearest_of_another_class` finds.

    Minimises the mean squared error of pixels plus a little of the features' relative one. Latents stay where the
    prior draws them (`latents.within`). An original's result does not depend on those beside it.
    """
    if restarts < 1 or steps < 0:
        raise UserError(f"restarts must be at least 1 and steps 0 or more, not {restarts} and {steps}")
    starts, start_labels, spread = _starts(generator, originals, restarts, label, seed)
    if encoder is not None:
        with torch.inference_mode():
            guesses = [encoder(part.to(generator.device)) for part in originals.split(BATCH)]
        starts[:, 0] = within(generator.prior, torch.cat(guesses).clone())
    latents, labels, started = _best(generator, features, originals, starts, start_labels, steps, RATE * spread)
    return Inversion(
        originals=originals.cpu(),
        images=generate(generator, latents, labels),
        latents=latents.cpu(),
        labels=None if labels is None else labels.cpu(),
        names=tuple(names or map(str, range(len(originals)))),
        started=started.cpu(),
        others=others,
        settings={"restarts": restarts, "steps": steps, "encoder": encoder is not None, "features": features.name},
    )


def _starts(
    generator: Generator, originals: Tensor, restarts: int, label: int | None, seed: int
) -> tuple[Tensor, Tensor | None, float]:
    """The latents [n, restarts, size] of the random samples nearest to each of `originals`, their labels
    [n, restarts], and the standard deviation of the components of random latents."""
    pool = random(generator, POOL, seed=seed, purpose="invert")
    labels = torch.arange(POOL, device=generator.device) % generator.classes if generator.classes else None
    if labels is not None and label is not None:
        labels = torch.full_like(labels, label)
    images = generate(generator, pool, labels)
    if images.shape[1:] != originals.shape[1:] or images.dim() != 4:
        raise UserError(
            f"this generator makes {list(images.shape[1:])}, but the pictures are {list(originals.shape[1:])}"
        )
    chosen = nearest(originals.flatten(1), images.flatten(1), k=min(restarts, POOL))[1].to(generator.device)
    return pool[chosen].clone(), None if labels is None else labels[chosen], float(pool.std())


def _best(
    generator: Generator,
    features: FeatureNetwork,
    originals: Tensor,
    starts: Tensor,
    labels: Tensor | None,
    steps: int,
    rate: float,
) -> tuple[Tensor, Tensor | None, Tensor]:
    """Of the searches from `starts` [n, each, size] with `labels` [n, each], the latents [n, size] and labels [n] of
    the one that ended best; and the pixel errors [n] of the one that started best."""
    device, each = generator.device, starts.shape[1]
    latents, chosen_labels, started = [], [], []
    for rows in torch.arange(len(originals)).split(max(1, BATCH // each)):
        row_labels = None if labels is None else labels[rows].flatten()
        search = _Search(generator, features.to(device), originals[rows].to(device), each, row_labels)
        first_errors, last_losses, last_latents = search(starts[rows].flatten(0, 1), steps, rate)
        best = torch.arange(len(rows)), last_losses.argmin(1)
        latents.append(last_latents.unflatten(0, last_losses.shape)[best])
        started.append(first_errors.amin(1))
        if labels is not None:
            chosen_labels.append(labels[rows][best])
    return torch.cat(latents), torch.cat(chosen_labels) if chosen_labels else None, torch.cat(started)


class _Search:
    """Adam on the latents of some originals at once, so many starts each; rows of one original follow each other."""

    def __init__(
        self, generator: Generator, features: FeatureNetwork, originals: Tensor, each: int, labels: Tensor | None
    ) -> None:
        self.generator, self.features, self.labels, self.each = generator, features, labels, each
        self.originals = originals.repeat_interleave(each, 0)
        self.target_features = extract(features, originals).values.to(originals.device).repeat_interleave(each, 0)
        self.lengths = self.target_features.square().sum(1).clamp(min=1e-6)

    def losses(self, latents: Tensor) -> tuple[Tensor, Tensor]:
        """(mean squared errors of pixels, what is minimised), [rows] each."""
        images = self.generator(latents, self.labels).float()
        pixels = (images - self.originals).square().flatten(1).mean(1)
        feature_errors = (self.features(images).values.float() - self.target_features).square().sum(1) / self.lengths
        return pixels, pixels + PERCEPTUAL * feature_errors

    def __call__(self, latents: Tensor, steps: int, rate: float) -> tuple[Tensor, Tensor, Tensor]:
        """(first pixel errors [n, each], last losses [n, each], last latents [rows, size])."""
        latents = latents.clone().requires_grad_()
        optimizer = torch.optim.Adam([latents], lr=rate)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, max(steps, 1))
        with torch.no_grad():
            begun = self.losses(latents)[0]
        with torch.enable_grad():
            for _ in range(steps):
                (latents.grad,) = torch.autograd.grad(self.losses(latents)[1].sum(), [latents])
                optimizer.step()
                schedule.step()
                with torch.no_grad():
                    latents.copy_(within(self.generator.prior, latents))
        with torch.no_grad():
            ended = self.losses(latents)[1]
        return begun.unflatten(0, (-1, self.each)), ended.unflatten(0, (-1, self.each)), latents.detach()


def nearest_of_another_class(images: Tensor, labels: Tensor, train: Tensor, train_labels: Tensor) -> Tensor:
    """Mean squared error [n] of the nearest of `train` with another label, to each of `images` [n, C, H, W] in [-1, 1].

    `train` [m, H, W, C] is as a pack stores it, and looked at some at a time. Vectors, [n, d] and [m, d], go as well.
    """
    pixels = images.flatten(1)
    least = torch.full((len(pixels),), torch.inf, dtype=torch.float64)
    for part, kinds in zip(train.split(CHUNK), train_labels.split(CHUNK), strict=True):
        for rows, columns, squares in tiles(pixels, normalise(part).flatten(1)):
            squares[labels[rows, None] == kinds[columns]] = torch.inf
            least[rows] = torch.minimum(least[rows], squares.amin(1))
    return (least / pixels.shape[1]).float()
