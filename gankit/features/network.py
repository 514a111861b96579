"""What a feature network is: images in, features and perhaps logits out, with a name and a hash to report."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from hashlib import blake2b
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gankit.base.errors import UserError


class Features(NamedTuple):
    """What a feature network says of n images."""

    values: Tensor
    """[n, d], float32."""
    logits: Tensor | None = None
    """[n, K], float32, of the classes the network tells apart; None where it tells none."""


class FeatureNetwork(nn.Module, ABC):
    """Turns images into features. Two figures are comparable only where name, hash and resizer are the same."""

    name: str
    """What it is asked for by, such as "mnist-cnn"."""
    resizer: str = "none"
    """How images reach the size it works at."""
    learned_from: str = ""
    """The pictures it learned from, where they are a collection that others learn from, too."""
    classes: tuple[str, ...] = ()
    """Names of the K classes of its logits; empty without logits."""
    version: int = 1
    """Raised whenever the same weights would give other features."""

    @property
    def hash(self) -> str:
        """16 hex digits that change with the weights, the resizer and the version."""
        return weights_hash(self, self.name, self.resizer, str(self.version))

    @abstractmethod
    def forward(self, images: Tensor) -> Features:
        """Features of images [n, C, H, W] in [-1, 1] with 1, 3 or 4 channels, of any size, or of vectors [n, D]
        where it takes those."""


def weights_hash(module: nn.Module, *words: str) -> str:
    """16 hex digits of `words` and of the names, types, shapes and values in the state of `module`."""
    total = blake2b(digest_size=8)
    for word in words:
        total.update(f"{len(word)} {word}".encode())
    for name, value in module.state_dict().items():
        total.update(f"{name} {value.dtype} {list(value.shape)}".encode())
        total.update(value.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().data)
    return total.hexdigest()


def extract(network: FeatureNetwork, images: Tensor | Iterable[Tensor], batch_size: int = 256) -> Features:
    """Features on the CPU, without gradients, of all `images`: one tensor [n, ...] or several, in [-1, 1].

    `network` sees at most `batch_size` at a time, on the device where its weights are.
    """
    where = next((state.device for state in network.state_dict().values()), None)
    values, logits = [], []
    with torch.inference_mode():
        for part in [images] if isinstance(images, Tensor) else images:
            for chunk in part.split(batch_size):
                features = network(chunk if where is None else chunk.to(where))
                values.append(features.values.float().cpu())
                if features.logits is not None:
                    logits.append(features.logits.float().cpu())
    if not values:
        raise UserError(f"{network.name!r} was given no images to find features of")
    return Features(torch.cat(values), torch.cat(logits) if logits else None)


def of_one_length(values: Tensor) -> Tensor:
    """Features [n, d] with a mean square of 1 each, or 0.

    Networks of photos answer faintly to blur, noise and plain colour, so that these lie in the middle of all balls
    around real pictures and pass for precise. What is left are the proportions of features.
    """
    return F.normalize(values, dim=1) * values.shape[1] ** 0.5
