"""Upsampling without a grid: nearest neighbours, then a convolution.

Odena, Dumoulin and Olah, "Deconvolution and Checkerboard Artifacts", 2016. doi:10.23915/distill.00003
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from gankit.networks.deep import conv_transpose2d

Upsample = Literal["transposed", "resize"]
"""How a generator doubles its maps: by transposed convolutions, or by nearest neighbours and a convolution."""
FOLD = ((0.0, 0.0, 1.0), (0.0, 1.0, 1.0), (1.0, 1.0, 0.0), (1.0, 0.0, 0.0))
"""A 3-tap kernel on pixels that stand twice in a row, as a transposed one of 4 taps and stride 2 on single ones."""


class ResizeConv(nn.Conv2d):
    """A 3x3 convolution of an image whose pixels were doubled, [n, inputs, h, w] to [n, outputs, 2 h, 2 w].

    It is computed as one transposed 4x4 convolution, whose weights are sums of the 3x3 ones that it keeps: the same
    function to rounding, with 4 products a pixel in the place of 9. Beyond its edge an image is 0, or mirrored.
    """

    fold: Tensor
    """`FOLD`, a buffer that no checkpoint holds."""

    def __init__(
        self, inputs: int, outputs: int, *, bias: bool = True, edges: Literal["zeros", "mirror"] = "zeros"
    ) -> None:
        super().__init__(inputs, outputs, 3, padding=1, bias=bias)
        self.edges = edges
        self.register_buffer("fold", torch.tensor(FOLD), persistent=False)

    def forward(self, input: Float[Tensor, "n inputs h w"]) -> Float[Tensor, "n outputs 2*h 2*w"]:
        kernel = torch.einsum("ai,bj,ocij->coab", self.fold, self.fold, self.weight)
        if self.edges == "zeros":
            return conv_transpose2d(input, kernel, self.bias, (2, 2), (1, 1))
        # Doubled pixels mirrored by one are the edge's own again.
        around = F.pad(input, (1, 1, 1, 1), mode="replicate")
        return conv_transpose2d(around, kernel, self.bias, (2, 2), (3, 3))


def resized(inputs: int, outputs: int, sizes: Sequence[tuple[int, int]], *, bias: bool) -> nn.Module:
    """A 3x3 convolution of an image that nearest neighbours bring from the first of `sizes` to the second."""
    if sizes[1] == tuple(2 * side for side in sizes[0]):
        return ResizeConv(inputs, outputs, bias=bias)
    conv = nn.Conv2d(inputs, outputs, 3, padding=1, bias=bias)
    return nn.Sequential(nn.Upsample(sizes[1], mode="nearest"), conv)
