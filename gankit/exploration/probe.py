"""A discriminator as a feature extractor: how well a linear classifier tells classes by what its layers say.

Radford et al., "Unsupervised Representation Learning with Deep Convolutional Generative Adversarial Networks",
2015. arXiv:1511.06434 (section 5.1)
Coates and Ng, "Learning Feature Representations with K-means", 2012. doi:10.1007/978-3-642-35289-8_30
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from gankit.exploration.layers import activations, hidden, layers
from gankit.pictures import figure_to_pil

GRID = 4
"""Side of what every convolution's maps are pooled to."""
COSTS = (0.01, 0.1, 1.0, 10.0, 100.0)
"""The C of the classifier that are tried, on features whose squares sum to 1 on average."""
BATCH = 250

Extract = Callable[[Tensor], Tensor]
"""From images [n, C, H, W] to features [n, d]."""


@dataclass(frozen=True, kw_only=True)
class ProbeRow:
    """One kind of features."""

    name: str
    dimensions: int
    cost: float
    """The C that was best in cross-validation."""
    accuracy: float
    """On the test images."""

    def error(self, tested: int) -> float:
        """The standard error of the accuracy, of so many test images."""
        return math.sqrt(self.accuracy * (1 - self.accuracy) / tested)


@dataclass(frozen=True, kw_only=True)
class Probe:
    """Kinds of features side by side."""

    rows: list[ProbeRow]
    labels: int
    tested: int
    split: str
    """What the test images are."""

    def table(self) -> list[list[str]]:
        head = ["features", "dimensions", "C", "accuracy", "standard error"]
        body = [
            [r.name, f"{r.dimensions}", f"{r.cost:g}", f"{r.accuracy:.1%}", f"{r.error(self.tested):.1%}"]
            for r in self.rows
        ]
        return [head, *body]

    def picture(self) -> Image.Image:
        from matplotlib.figure import Figure

        figure = Figure(figsize=(6.4, 0.9 + 0.45 * len(self.rows)), dpi=100, layout="constrained")
        axes = figure.subplots()
        names = [row.name for row in self.rows]
        values = [100 * row.accuracy for row in self.rows]
        errors = [196 * row.error(self.tested) for row in self.rows]
        colours = ["tab:green" if index == 0 else "0.6" for index in range(len(names))]
        bars = axes.barh(names, values, xerr=errors, color=colours)
        axes.bar_label(bars, [f"{value:.1f}" for value in values], padding=6)
        axes.invert_yaxis()
        axes.set_xlim(0, max(values) * 1.15)
        axes.set_xlabel(f"accuracy in %, {self.labels:,} labels, {self.tested:,} images of {self.split}", fontsize=9)
        return figure_to_pil(figure)

    @property
    def numbers(self) -> dict[str, Any]:
        rows = [{**vars(row), "standard error": row.error(self.tested)} for row in self.rows]
        return {"labels": self.labels, "tested": self.tested, "split": self.split, "rows": rows}


def of_layers(network: nn.Module, images: Tensor) -> Extract:
    """Every convolution's maps, max-pooled to a 4x4 grid and laid side by side (section 5.1).

    Of a discriminator without convolutions, all its layers but the last. `images` [n, C, H, W] are only passed through;
    where they are, the network is, and a batch is brought there.
    """
    hidden_layers = hidden(layers(network, images))

    @torch.no_grad()
    def extract(batch: Tensor) -> Tensor:
        parts = []
        for output in activations(network, hidden_layers, batch.to(images.device)):
            if output.dim() == 4:
                height, width = output.shape[2:]
                output = F.adaptive_max_pool2d(output, (min(height, GRID), min(width, GRID)))
            parts.append(output.flatten(1).float())
        return torch.cat(parts, 1)

    return extract


def of_pixels(images: Tensor) -> Tensor:
    return images.flatten(1)


def of_patches(images: Tensor, *, centres: int, seed: int) -> Extract:
    """How near an image's patches are to `centres` k-means of such patches, summed in its four quarters.

    Patches of 6x6 in `images` [n, C, H, W], normalised and whitened; max(0, mean distance - distance) to each mean
    (Coates and Ng, sections 2 and 3). Small images have smaller patches.
    """
    from sklearn.cluster import MiniBatchKMeans

    side = max(2, min(6, min(images.shape[2:]) // 2))
    step = max(1, min(images.shape[2:]) // 16)
    rng = torch.Generator().manual_seed(seed)
    chosen = torch.randint(len(images), (20_000,), generator=rng).split(BATCH)
    patches = torch.cat(
        [_patches(images[part], side, step)[_one_each(len(part), images, side, step, rng)] for part in chosen]
    )
    mean = patches.mean(0)
    variances, directions = torch.linalg.eigh(torch.cov(patches.T))
    whitening = directions @ torch.diag((variances.clamp(min=0) + 0.1).rsqrt()) @ directions.T
    options: dict[str, Any] = {"random_state": seed % 2**32, "n_init": 1, "batch_size": 1024, "max_iter": 30}
    fitted = MiniBatchKMeans(centres, **options)
    means = torch.from_numpy(fitted.fit(((patches - mean) @ whitening).numpy()).cluster_centers_).float()

    def extract(batch: Tensor) -> Tensor:
        rows, columns = ((length - side) // step + 1 for length in batch.shape[2:])
        distances = torch.cdist((_patches(batch, side, step) - mean) @ whitening, means)
        nearness = (distances.mean(1, keepdim=True) - distances).clamp(min=0)
        maps = nearness.reshape(len(batch), rows, columns, centres).permute(0, 3, 1, 2)
        return F.adaptive_avg_pool2d(maps, 2).flatten(1)

    return extract


def _patches(images: Tensor, side: int, step: int) -> Tensor:
    """All patches of `images`, brightness and contrast normalised: [n * places, C * side * side]."""
    patches = F.unfold(images, side, stride=step).transpose(1, 2).flatten(0, 1)
    spread = (patches.var(1, keepdim=True) + 0.01).sqrt()
    return (patches - patches.mean(1, keepdim=True)) / spread


def _one_each(n: int, images: Tensor, side: int, step: int, rng: torch.Generator) -> Tensor:
    """The number of one patch of each of n images among all of theirs."""
    rows, columns = ((length - side) // step + 1 for length in images.shape[2:])
    places = rows * columns
    return torch.arange(n) * places + torch.randint(places, (n,), generator=rng)


def probe_row(
    name: str, extract: Extract, train: tuple[Tensor, Tensor], test: tuple[Tensor, Tensor], *, seed: int
) -> ProbeRow:
    """The accuracy of a linear L2-SVM on features of labelled `train` images, on those of `test` images.

    Features are brought to mean 0 and one variance by the training images. C is the best of `COSTS` in a stratified
    cross-validation on them, of three folds or as many as the rarest class has.
    """
    from sklearn.model_selection import StratifiedKFold, cross_val_score
    from sklearn.svm import LinearSVC

    train_features, test_features = (
        torch.cat([extract(part).float().cpu() for part in images.split(BATCH)]) for images, _ in (train, test)
    )
    dimensions = train_features.shape[1]
    mean, sd = train_features.mean(0), train_features.std(0)
    scale = torch.where(sd > 1e-6 * sd.max(), 1 / sd.clamp(min=1e-30), 0) / dimensions**0.5
    train_features, test_features = (train_features - mean) * scale, (test_features - mean) * scale
    if dimensions > len(train_features):  # the same classifier in the few dimensions where the labelled images lie
        basis = torch.linalg.qr(train_features.T)[0]
        train_features, test_features = train_features @ basis, test_features @ basis
    x, y = train_features.numpy().astype(np.float64), train[1].numpy()
    folds = min(3, int(train[1].bincount().clamp(min=1).min()))
    options: dict[str, Any] = {"dual": True, "tol": 1e-2, "max_iter": 10_000, "random_state": seed % 2**32}
    machine = partial(LinearSVC, **options)
    best = COSTS[len(COSTS) // 2]
    if folds > 1:
        split = StratifiedKFold(folds, shuffle=True, random_state=seed % 2**32)
        accuracies = {c: cross_val_score(machine(C=c), x, y, cv=split).mean() for c in COSTS}
        best = max(accuracies, key=lambda c: accuracies[c])
    fitted = machine(C=best).fit(x, y)
    hits = fitted.predict(test_features.numpy().astype(np.float64)) == test[1].numpy()
    return ProbeRow(name=name, dimensions=dimensions, cost=best, accuracy=float(np.mean(hits)))
