"""A network that tells the labels of a photograph: are they those it was made from?

Isola et al. 2016, section 3.4, score translations from labels to photographs by the FCN-8s of Long et al., "Fully
Convolutional Networks for Semantic Segmentation", 2014 (arXiv:1411.4038). Ours is small and trained on the data at
hand, so its scores stand beside those of real photographs and never beside published ones. arXiv:1611.07004
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from itertools import pairwise
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional as F

from gankit.base.files import replacing, writing_to
from gankit.base.randomness import seeded

VERSION = 1
"""Raised whenever the same photographs and labels would make another network."""
SIDE = 64
"""Pictures are shrunk until no side is longer."""
STEPS, BATCH, RATE = 800, 16, 3e-3
SHIFT = 4
WIDTHS = (16, 32, 48, 64)


class Segmenter(nn.Module):
    """Logits [n, K, H, W] of photographs [n, C, H, W] in [-1, 1]: an encoder, a decoder, and what each level of the
    one passes straight to the other."""

    def __init__(self, channels: int, classes: int) -> None:
        super().__init__()
        self.channels, self.classes = channels, classes
        inputs = (channels, *WIDTHS[:-1])
        self.down = nn.ModuleList(_twice(a, b) for a, b in zip(inputs, WIDTHS, strict=True))
        self.up = nn.ModuleList(_once(a + b, a) for a, b in pairwise(WIDTHS))
        self.logits = nn.Conv2d(WIDTHS[0], classes, 1)

    def forward(self, photos: Tensor) -> Tensor:
        height, width = photos.shape[2:]
        multiple = 2 ** len(self.up)
        values = F.pad(photos, (0, -width % multiple, 0, -height % multiple), mode="replicate")
        passed = []
        for number, block in enumerate(self.down):
            values = block(F.avg_pool2d(values, 2) if number else values)
            passed.append(values)
        for block, beside in zip(reversed(self.up), reversed(passed[:-1]), strict=True):
            values = block(torch.cat([beside, F.interpolate(values, scale_factor=2.0)], 1))
        return self.logits(values)[:, :, :height, :width]

    def labels(self, photos: Tensor) -> Tensor:
        """The likeliest class of each pixel, int64 [n, H, W], without gradients."""
        with torch.inference_mode():
            return torch.cat([self(part).argmax(1) for part in photos.split(64)])


def _once(inputs: int, outputs: int) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.GroupNorm(8, outputs), nn.ReLU(inplace=True)
    )


def _twice(inputs: int, outputs: int) -> nn.Module:
    return nn.Sequential(_once(inputs, outputs), _once(outputs, outputs))


def shrunk(photos: Tensor) -> Tensor:
    """Photographs [n, C, H, W] in [-1, 1] with no side longer than `SIDE`."""
    size = _size(*photos.shape[2:])
    if photos.shape[2:] == size:
        return photos
    return F.interpolate(photos, size, mode="bilinear", antialias=True).clamp(-1, 1)


def shrunk_labels(labels: Tensor, classes: int) -> Tensor:
    """Labels [n, H, W] at the size of `shrunk` photographs: the commonest of the pixels that become one."""
    size = _size(*labels.shape[1:])
    if labels.shape[1:] == size:
        return labels
    shares = F.one_hot(labels, classes).movedim(-1, 1).float()
    return F.adaptive_avg_pool2d(shares, size).argmax(1)


def _size(height: int, width: int) -> tuple[int, int]:
    scale = min(1.0, SIDE / max(height, width))
    return max(1, round(height * scale)), max(1, round(width * scale))


def train_segmenter(photos: Tensor, labels: Tensor, classes: int, *, steps: int = STEPS) -> Segmenter:
    """A network that gives `labels` [n, H, W] for `photos` [n, C, H, W] in [-1, 1], the same for the same ones.

    Adam, its rate brought down to 0 by a half cosine, on batches of 16 photographs that are mirrored or not and
    shifted by up to 4 pixels.
    """
    random = torch.Generator().manual_seed(0)
    with seeded(torch.device("cpu"), 0):
        network = Segmenter(photos.shape[1], classes)
    optimizer = torch.optim.Adam(network.parameters(), lr=RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for _ in range(steps):
        chosen = torch.randint(len(photos), (BATCH,), generator=random)
        batch, batch_labels = _moved(photos[chosen], labels[chosen], random)
        optimizer.zero_grad()
        F.cross_entropy(network(batch), batch_labels).backward()
        optimizer.step()
        schedule.step()
    return network.eval().requires_grad_(False)


def _moved(photos: Tensor, labels: Tensor, random: torch.Generator) -> tuple[Tensor, Tensor]:
    """Both mirrored and shifted alike, each picture in its own way; edges are repeated."""
    n, height, width = labels.shape
    down, right = torch.randint(-SHIFT, SHIFT + 1, (2, n, 1), generator=random)
    rows = (torch.arange(height) + down).clamp(0, height - 1)
    columns = (torch.arange(width) + right).clamp(0, width - 1)
    mirrored = torch.rand(n, 1, generator=random) < 0.5
    columns = torch.where(mirrored, width - 1 - columns, columns)
    here = torch.arange(n)[:, None, None], rows[:, :, None], columns[:, None, :]
    return photos.movedim(1, -1)[here].movedim(-1, 1), labels[here]


def trained_segmenter(photos: Tensor, labels: Tensor, classes: int, content: str, cache: Path) -> Segmenter:
    """`train`, once for a `content` of the data, and kept in `cache`."""
    key = blake2b(f"segmenter {VERSION} {content} {list(photos.shape)} {classes}".encode(), digest_size=16)
    path = cache / "features" / f"{key.hexdigest()}.safetensors"
    network = Segmenter(photos.shape[1], classes)
    try:
        network.load_state_dict(load_file(path))
        return network.eval().requires_grad_(False)
    except (OSError, SafetensorError, RuntimeError):
        pass
    network = train_segmenter(photos, labels, classes)
    with writing_to(cache):
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as partial:
            save_file(network.state_dict(), partial)
    return network


@dataclass(frozen=True)
class Agreement:
    """How far predicted labels are the true ones (Long et al. 2014, section 5)."""

    pixel: float
    """Share of the pixels that are right."""
    by_class: float
    """The mean over classes of the share of a class's pixels that are right."""
    overlap: float
    """The mean over classes of `overlaps`."""
    overlaps: list[float]
    """Of each class, the pixels that are of it in both over those in either; NaN for one that is in neither."""


def counts(predicted: Tensor, true: Tensor, classes: int) -> Tensor:
    """How many pixels of each picture are truly of row's class and predicted as column's: [n, K, K] of labels
    [n, H, W]."""
    n, size = len(true), classes**2
    pairs = (true * classes + predicted).flatten(1) + size * torch.arange(n)[:, None]
    return pairs.flatten().bincount(minlength=n * size).view(n, classes, classes)


def agreement(table: Tensor) -> Agreement:
    """Of counts [R, K] of the R first classes, which are scored, against all K that may be predicted. Classes that no
    true pixel has don't enter the mean of `by_class`."""
    table = table.double()
    agreed, true_pixels, predicted_pixels = table.diagonal(), table.sum(1), table[:, : len(table)].sum(0)
    overlaps = agreed / (true_pixels + predicted_pixels - agreed)
    return Agreement(
        pixel=float(agreed.sum() / table.sum()),
        by_class=float((agreed / true_pixels).nanmean()),
        overlap=float(overlaps.nanmean()),
        overlaps=overlaps.tolist(),
    )
