"""Are samples copies of training images? Their nearest ones, beside those of real images that were not trained on.

A sample that is plain (a one, a blur) is near many training images; a copy is near one of them and not near the
next. So what counts is the *ratio* of the distance to the nearest training image over that to the others like it.
Distances are the least over shifts of up to two pixels and mirror images: a moved copy is a copy. What is rare
among real images that were held out is then taken for a copy; where none were held out, training images stand in
for them, each without itself, which has the same distribution.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from gankit import pictures
from gankit.base.errors import UserError
from gankit.base.spacing import spaced
from gankit.evaluation.distances import nearest

SIDE = 32
"""Larger images are averaged down to this side first."""
POOLED = 10
"""Side at which candidates are looked for."""
SHIFT = 2
"""Pixels that a copy may have moved, in each direction."""
LIKEST = 16
"""Training images looked at for each sample as it is; for each of its moved forms it is one."""
RARE = 0.01
"""Share of held-out images whose ratio is as low as a near copy's."""
SIGNIFICANT = 0.001
FEWEST = 200
"""Images of each kind, at least."""

Move = tuple[int, int, bool]
"""Rows down, columns right, mirrored."""
MOVES: tuple[Move, ...] = tuple(product(range(-SHIFT, SHIFT + 1), range(-SHIFT, SHIFT + 1), (False, True)))
STILL: Move = (0, 0, False)
COARSE = [move for move in MOVES if (move[0] + move[1]) % 2 == 0]
"""Every other one: candidates for the rest are at most a pixel off."""


@dataclass(frozen=True, eq=False)
class Search:
    """The nearest training image to each of n images."""

    index: Tensor
    """[n]: the nearest training image."""
    distance: Tensor
    """[n]: how far, in root mean squared values, of pixels in [-1, 1]."""
    ratio: Tensor
    """[n]: that distance over the median one to the training images most like it."""


@dataclass(frozen=True, eq=False)
class Memorisation:
    """Samples against held-out images, by their nearest training images."""

    samples: Search
    reference: Search
    threshold: float
    """Ratios below this are near copies: it is the 1 % quantile of every other reference image."""
    near_copies: float
    """Share of the samples below it."""
    false_alarms: float
    """Share of the other half of the reference below it; 1 % but for chance."""
    p_copies: float
    """Probability of so many more near copies, if samples were like held-out images (Fisher's exact test)."""
    p_distance: float
    """Probability of distances so much shorter, if they were (Mann and Whitney's test)."""
    reference_name: str

    @property
    def flagged(self) -> bool:
        return self.p_copies < SIGNIFICANT


def memorisation(samples: Tensor, train: Tensor, held_out: Tensor | None) -> Memorisation:
    """Look for copies of `train` [n, ...] among `samples` [m, ...], with `held_out` [h, ...] to compare.

    Images [n, C, H, W] in [-1, 1], as `shrink` leaves them, or vectors. Without `held_out`, training images take
    its place. Raises `UserError` for fewer than 200 of either.
    """
    from scipy.stats import fisher_exact, mannwhitneyu

    own, name = None, "held-out images"
    if held_out is None:
        own = spaced(len(train), len(samples))
        held_out, name = train[own], "training images, each without itself"
    for kind, images in (("generated", samples), ("held-out", held_out), ("training", train)):
        if len(images) < FEWEST:
            raise UserError(f"a memorisation report needs at least {FEWEST} {kind} images, not {len(images)}")
    generated, reference = search(samples, train), search(held_out, train, own)
    threshold = float(reference.ratio[::2].quantile(RARE))
    copies, alarms = (int((ratio < threshold).sum()) for ratio in (generated.ratio, reference.ratio[1::2]))
    n, h = len(generated.ratio), len(reference.ratio[1::2])
    table = [[copies, n - copies], [alarms, h - alarms]]
    more: Any = fisher_exact(table, alternative="greater")
    shorter: Any = mannwhitneyu(generated.distance, reference.distance, alternative="less")
    return Memorisation(
        samples=generated,
        reference=reference,
        threshold=threshold,
        near_copies=copies / n,
        false_alarms=alarms / h,
        p_copies=float(more.pvalue),
        reference_name=name,
        p_distance=float(shorter.pvalue),
    )


def search(images: Tensor, train: Tensor, own: Tensor | None = None) -> Search:
    """The nearest of `train` [n, ...] to each of `images` [m, ...]; `own` [m] is each one's own place in `train`."""
    pooled = _pool(train)
    moves, coarse = (MOVES, COARSE) if images.dim() == 4 else ([STILL], [STILL])
    index, distance, ratio = [], [], []
    flat = train.flatten(1)
    for rows in torch.arange(len(images)).split(256):
        part = images[rows]
        moved = torch.stack([_moved(part, move) for move in moves], 1).flatten(2)
        near = [nearest(_pool(_moved(part, move)), pooled, k=LIKEST if move == STILL else 1)[1] for move in coarse]
        candidates = torch.cat(near, 1)
        squares = torch.cdist(moved, flat[candidates]).square().amin(1)
        if own is not None:
            squares[candidates == own[rows, None]] = torch.inf
        least, which = squares.min(1)
        others = squares.masked_fill(squares.isinf(), torch.nan).nanmedian(1).values
        distance.append((least / flat.shape[1]).sqrt())
        ratio.append((least / others.clamp(min=1e-12)).sqrt())
        index.append(candidates.gather(1, which[:, None])[:, 0])
    return Search(torch.cat(index), torch.cat(distance), torch.cat(ratio))


def report(
    memorisation: Memorisation, samples: Tensor, in_pixels: Tensor, in_features: Tensor, *, rows: int = 10
) -> Image.Image:
    """The sheet: the samples most like a copy, and some as they come, beside their nearest training images.

    `samples`, `in_pixels` and `in_features` are images [m, C, H, W] in [-1, 1].
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 8), dpi=100, layout="constrained")
    parts: Any = figure.subfigures(1, 2, width_ratios=(1.2, 1))
    left, right = parts
    reference_name = memorisation.reference_name
    closest = memorisation.samples.ratio.argsort()[:rows]
    in_order = spaced(len(samples), rows)
    axes = left.subplots(1, 2)
    columns = (samples, in_pixels, in_features)
    for ax, chosen, name in zip(axes, (closest, in_order), ("most like a copy", "as they come"), strict=True):
        sheet = torch.stack([column[chosen] for column in columns], 1).flatten(0, 1)
        ax.imshow(pictures.grid(sheet, columns=len(columns)), cmap="gray", vmin=0, vmax=255)
        ax.set_title(f"{name}\nsample | nearest in pixels | in features", fontsize=9)
        ax.axis("off")
    upper, lower = right.subplots(2, 1)
    for ax, title, of in (
        (upper, "distance to the nearest training image", lambda search: search.distance),
        (lower, "ratio to the distance of others like it", lambda search: search.ratio),
    ):
        _histogram(ax, title, {reference_name: of(memorisation.reference), "samples": of(memorisation.samples)})
    lower.axvline(memorisation.threshold, color="tab:red", label=f"near copy below {memorisation.threshold:.2f}")
    lower.legend(fontsize=8)
    verdict = "copies training images" if memorisation.flagged else "no sign of copying"
    right.suptitle(
        f"{verdict}: {memorisation.near_copies:.1%} near copies, {memorisation.false_alarms:.1%} among\n"
        f"{reference_name} (p = {memorisation.p_copies:.2g})",
        fontsize=10,
    )
    return pictures.figure_to_pil(figure)


def _histogram(ax: Any, name: str, groups: dict[str, Tensor]) -> None:
    edges = torch.linspace(0, float(torch.cat(list(groups.values())).max()), 60).numpy()
    for (label, values), colour in zip(groups.items(), ("0.6", "tab:blue"), strict=True):
        ax.hist(values.numpy(), bins=edges, density=True, alpha=0.6, label=label, color=colour)
    ax.set_xlabel(name, fontsize=9)
    ax.legend(fontsize=8)


def shrink(images: Tensor) -> Tensor:
    """Images [n, C, H, W] averaged down to a side of at most `SIDE`; vectors as they are."""
    if images.dim() != 4 or max(images.shape[2:]) <= SIDE:
        return images
    return F.adaptive_avg_pool2d(images, (min(images.shape[2], SIDE), min(images.shape[3], SIDE)))


def _pool(images: Tensor) -> Tensor:
    return (F.adaptive_avg_pool2d(images, POOLED) if images.dim() == 4 else images).flatten(1)


def _moved(images: Tensor, move: Move) -> Tensor:
    """Images shifted, with their edge drawn out behind them, and perhaps mirrored; vectors as they are."""
    if images.dim() != 4:
        return images
    down, right, mirrored = move
    height, width = images.shape[2:]
    padded = F.pad(images.flip(3) if mirrored else images, [SHIFT] * 4, mode="replicate")
    return padded[:, :, SHIFT - down : SHIFT - down + height, SHIFT - right : SHIFT - right + width]
