"""Features without any learning: points as they are, and coarse pixels."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from gankit.features.network import FeatureNetwork, Features


class Points(FeatureNetwork):
    """Vectors [n, D] as they are."""

    name = "points"

    def forward(self, images: Tensor) -> Features:
        return Features(images.float())


class Pixels(FeatureNetwork):
    """Images [n, C, H, W] averaged down to 8x8, as [n, C * 64]; any number of channels."""

    name = "pixels"
    side = 8
    resizer = f"mean {side}x{side}"

    def forward(self, images: Tensor) -> Features:
        return Features(F.adaptive_avg_pool2d(images.float(), self.side).flatten(1))
