"""A discriminator that takes labels as one more inner product with its features.

Miyato and Koyama, "cGANs with Projection Discriminator", 2018. arXiv:1802.05637
"""

from __future__ import annotations

from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.nn import functional as F

from gankit.networks.family import Trunk


class Projection(nn.Module):
    """Scores of data with labels: a linear function of the features, plus their inner product with the label's vector
    (equation 3)."""

    def __init__(self, trunk: Trunk, classes: int) -> None:
        super().__init__()
        self.trunk = trunk
        self.classes = classes
        self.score = trunk.linear(trunk.width, 1)
        self.embedding = trunk.linear(classes, trunk.width, bias=False)
        trunk.initialise(self)

    def forward(self, data: Float[Tensor, "n ..."], labels: Int64[Tensor, " n"]) -> Float[Tensor, " n"]:
        features = self.trunk(data)
        code = F.one_hot(labels, self.classes).to(features.dtype)
        return self.score(features).squeeze(1) + (self.embedding(code) * features).sum(1)
