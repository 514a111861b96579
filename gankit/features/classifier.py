"""Small classifiers of handwritten digits, of clothes and of photos, shipped with gankit.

`gankit examples classifiers` made them.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor, nn

from gankit.data.sources.named import CLOTHES, DIGITS, THINGS
from gankit.features.network import FeatureNetwork, Features, of_one_length
from gankit.networks.colours import as_channels, as_size
from gankit.networks.fixed import LEARNED
from gankit.networks.shipped import WEIGHTS, shipped


@dataclass(frozen=True)
class Kind:
    """A classifier as numbers."""

    side: int
    """Height and width of the images it works on."""
    widths: tuple[int, ...]
    """Channels of its convolutions; every second one halves the height and width."""
    classes: tuple[str, ...]
    channels: int = 1
    """1 or 3 of the images it works on."""
    features: int = 128
    of_maps: bool = False
    """Whether its features are the means and standard deviations of its last maps, brought to one length, in the place
    of what the last layer sees, to which mud looks like a class."""


KINDS = {
    "digits": Kind(8, (16, 32, 32, 48), DIGITS),
    "mnist": Kind(28, (16, 32, 32, 48, 48, 24), DIGITS),
    "fashion-mnist": Kind(28, (16, 32, 32, 48, 48, 24), CLOTHES),
    "photos": Kind(32, (24, 40, 56, 80, 128, 64), THINGS, channels=3, of_maps=True),
}
SETS = {"photos": "cifar10"}
"""The data sets of those that are not called by it."""


class Classifier(FeatureNetwork):
    """3x3 convolutions and two linear layers, with ReLU after all but the last. Its features are what the last one
    sees; for photos, means and standard deviations of the last maps.

    Images of other sizes are resized, and coloured ones made grey for a classifier of one channel, to which a channel
    of its own is passed as [n, 1, H, W].
    """

    def __init__(self, data: str, kind: Kind) -> None:
        super().__init__()
        self.name, self.classes, self.side = f"{data}-cnn", kind.classes, kind.side
        self.channels, self.of_maps = kind.channels, kind.of_maps
        self.learned_from = LEARNED.get(self.name, "")
        self.resizer = f"bilinear antialias {kind.side}x{kind.side}"
        strides = [1 + number % 2 for number in range(len(kind.widths))]
        self.convolutions = nn.ModuleList(
            nn.Conv2d(inputs, outputs, 3, stride, padding=1)
            for (inputs, outputs), stride in zip(pairwise((kind.channels, *kind.widths)), strides, strict=True)
        )
        left = kind.side
        for stride in strides:
            left = -(-left // stride)
        self.hidden = nn.Linear(kind.widths[-1] * left * left, kind.features)
        self.logits = nn.Linear(kind.features, len(kind.classes))

    def forward(self, images: Tensor) -> Features:
        values = as_size(as_channels(images, self.channels), self.side)
        for convolution in self.convolutions:
            values = convolution(values).relu()
        maps = values.flatten(2)
        values = self.hidden(values.flatten(1)).relu()
        logits = self.logits(values)
        if self.of_maps:
            values = of_one_length(torch.cat([maps.mean(2), maps.std(2)], 1))
        return Features(values, logits)


def read_weights(data: str, folder: Path = WEIGHTS) -> Classifier:
    """The classifier of the data set `data` as shipped; `UserError` if its file is damaged or gone."""
    tensors = shipped(data, folder)
    with torch.random.fork_rng(devices=[]):  # the first weights, which are not kept
        network = Classifier(data, KINDS[data])
    network.load_state_dict(tensors)
    return network
