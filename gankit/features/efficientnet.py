"""EfficientNet-Lite0: features of photos from a network small enough for a CPU."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from gankit.features.network import FeatureNetwork, Features, of_one_length
from gankit.networks import efficientnet
from gankit.networks.colours import as_channels, as_size

SIDE = 128
"""Enough for the pictures that a CPU trains, at a quarter of what the 224 of its training take."""


class EfficientNetLite0(efficientnet.EfficientNetLite0, FeatureNetwork):
    """Features [n, 1280], the means of the last maps, of one length; no logits, as ImageNet's classes are hardly those
    of the data. Grey images get three equal channels."""

    name = efficientnet.NAME
    learned_from = efficientnet.LEARNED_FROM
    resizer = f"bicubic antialias {SIDE}x{SIDE}"

    def forward(self, images: Tensor) -> Features:
        return Features(of_one_length(self.maps(as_size(as_channels(images, 3), SIDE, "bicubic")).mean((2, 3))))


def read_weights(path: Path | None = None) -> EfficientNetLite0:
    """The network with the weights in `path`, by default those of the package. Raises `UserError` where they are not
    installed, or are others."""
    weights = efficientnet.published(path)
    with torch.random.fork_rng(devices=[]):  # the first weights, which are not kept
        network = EfficientNetLite0()
    network.load_state_dict(weights)
    return network
