"""What samples are held against: some of the data, in features that cost almost nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from gankit.base.randomness import derive, seeded
from gankit.base.spacing import spaced
from gankit.data import Pack, images
from gankit.features import FeatureNetwork
from gankit.features.plain import Pixels, Points
from gankit.game.batch import Batch, Images, Labelled, Paired, Unpaired
from gankit.health import signals

KEPT = 1024
"""Items of the data, and of held-out data, that looks draw from."""
BINS = 16
ENOUGH = 16
"""Samples from which variety can be judged, and what a discriminator knows by heart."""


@dataclass(frozen=True)
class Few:
    """Some items of a split, on the device."""

    images: Tensor
    labels: Tensor | None
    other: Tensor | None

    @classmethod
    def of(cls, pack: Pack, device: torch.device) -> Few:
        chosen = spaced(len(pack), KEPT)
        other = None
        if pack.other:
            other = images(pack.other, chosen if pack.spec.aligned else spaced(len(pack.other), KEPT)).to(device)
        labels = None if pack.labels is None else pack.labels[chosen].to(device)
        return cls(images(pack, chosen).to(device), labels, other)

    def batch(self, task: type[Batch], n: int, seed: int) -> Batch:
        """`n` of them at random, as a batch of `task` without what only training needs."""
        generator = torch.Generator().manual_seed(seed)
        which = torch.randperm(len(self.images), generator=generator)[:n].to(self.images.device)
        if task is Labelled:
            assert self.labels is not None
            return Labelled(self.images[which], self.labels[which])
        if task in (Paired, Unpaired):
            assert self.other is not None
            if task is Unpaired:
                across = torch.randperm(len(self.other), generator=generator)[:n].to(self.images.device)
                return Unpaired(self.images[which], self.other[across])
            return Paired(self.images[which], self.other[which])
        return Images(self.images[which])


class Reference:
    """Features of data, and what they say of the features of samples."""

    def __init__(self, real: Tensor, classifier: FeatureNetwork | None, seed: int) -> None:
        """`real`: data [N, *shape]. `classifier` tells its classes, where there is one at hand."""
        self.is_image = real.dim() == 4
        network = Pixels() if self.is_image else Points()
        self.features: Callable[[Tensor], Tensor] = lambda data: network(data).values.flatten(1)
        self.classifier = classifier.to(real.device) if classifier else None
        self.real = self.features(real)
        self.scale = signals.spread(self.real[:512]).clamp(min=1e-12)
        self.centres = _centres(self.real, min(BINS, len(real)), seed)
        self.in_use = signals.effective(self._counts(self.real))
        distances = torch.cdist(self.real[:512], self.real[:512])
        self.near = signals.nearest_other(distances).quantile(0.02)
        self.saturated = signals.saturation(real)
        self.power = signals.corner_power(real[:256]) if self.is_image else None

    def _counts(self, features: Tensor) -> Tensor:
        nearest = torch.cdist(features, self.centres).argmin(1)
        return torch.zeros(len(self.centres), device=features.device).index_add_(
            0, nearest, torch.ones(len(features), device=features.device)
        )

    def signals(self, samples: Tensor, features: Tensor, seed: int) -> dict[str, Tensor]:
        """What samples [n, *shape] with these `features` [n, d] say of their generator; of their variety from `ENOUGH`
        on."""
        found = self._variety(features, seed) if len(samples) >= ENOUGH else {}
        found["offset"] = (features.mean(0) - self.real.mean(0)).norm() / self.scale
        if self.is_image:
            assert self.power is not None
            found["saturation"] = signals.saturation(samples) - self.saturated
            found["grid"] = (signals.corner_power(samples) / self.power.clamp(min=1e-9)).clamp(min=1e-6).log10()
        if self.classifier:
            logits = self.classifier(samples).logits
            assert logits is not None
            counts = torch.bincount(logits.argmax(1), minlength=logits.shape[1]).float()
            found["recall"] = (counts > 0).float().mean()
        return found

    def _variety(self, features: Tensor, seed: int) -> dict[str, Tensor]:
        n = len(features)
        distances = torch.cdist(features, features)
        generator = torch.Generator().manual_seed(seed)
        real = self.real[torch.randperm(len(self.real), generator=generator)[:n].to(self.real.device)]
        floor = n / len(self.real)  # n draws of k equally likely bins look less even than many do
        return {
            "diversity": distances.sum() / (n * (n - 1)) / self.scale,
            "duplicates": (signals.nearest_other(distances) < self.near / 4).float().mean(),
            "modes": signals.effective(self._counts(features)) / (self.in_use if floor >= 1 else self._fair(n)),
            "two_sample": signals.two_sample(real, features),
        }

    def _fair(self, n: int) -> Tensor:
        """The bins in use among `n` of the data."""
        return signals.effective(self._counts(self.real[:n]))


def _centres(features: Tensor, count: int, seed: int) -> Tensor:
    """`count` centres of the data by a few rounds of k-means, spread out at the start."""
    with seeded(features.device, derive(seed, "health", "centres")):
        chosen = [features[int(torch.randint(len(features), ()))]]
        for _ in range(count - 1):
            squares = torch.cdist(features, torch.stack(chosen)).amin(1).square()
            chosen.append(features[int(torch.multinomial(squares + 1e-12, 1))])
    centres = torch.stack(chosen)
    for _ in range(10):
        nearest = torch.cdist(features, centres).argmin(1)
        sums = torch.zeros_like(centres).index_add_(0, nearest, features)
        counts = torch.bincount(nearest, minlength=count).to(features.dtype)[:, None]
        centres = torch.where(counts > 0, sums / counts.clamp(min=1), centres)
    return centres
