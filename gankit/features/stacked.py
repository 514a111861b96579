"""Stacked images as a classifier of one channel sees them, such as MNIST's the three digits of stacked MNIST."""

from __future__ import annotations

from torch import Tensor

from gankit.base.errors import UserError
from gankit.data.sources.stacked import stacked_names
from gankit.features.network import FeatureNetwork, Features


class Stacked(FeatureNetwork):
    """`one`, a network with logits, on each of `channels` channels by itself: its features one after the other.

    With K classes of `one` there are K^channels, as many as ways to choose one a channel; their logits are the sums
    of the channels' log-probabilities, with the last channel's class changing first (100a + 10b + c for digits).
    """

    def __init__(self, name: str, one: FeatureNetwork, channels: int) -> None:
        super().__init__()
        self.name, self.one, self.channels = name, one, channels
        self.resizer, self.version = one.resizer, one.version
        self.classes = stacked_names(one.classes, channels)

    def forward(self, images: Tensor) -> Features:
        """Features of images [n, `channels`, H, W] in [-1, 1]: values [n, channels * d], logits [n, K^channels]."""
        if images.dim() != 4 or images.shape[1] != self.channels:
            raise UserError(f"{self.name!r} takes images [n, {self.channels}, H, W], not {list(images.shape)}")
        n = len(images)
        values, logits = self.one(images.reshape(n * self.channels, 1, *images.shape[2:]))
        assert logits is not None
        first, *others = logits.log_softmax(1).view(n, self.channels, -1).unbind(1)
        total = first
        for other in others:
            total = (total[:, :, None] + other[:, None]).flatten(1)
        return Features(values.view(n, -1), total)
