"""Convolutions that halve and double maps of few positions, as matrix products.

With one image to a batch the middle of a U-Net is a handful of positions and millions of weights. A convolution then
spends its time on rearranging the weights, which a product with the few positions does without.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

KERNEL, STRIDE, PADDING = 4, 2, 1
SMALL = 64
"""Positions, over a batch, up to which the product is the quicker on a CPU."""


def as_product(input: Tensor) -> bool:
    """Whether few positions go through a product: on a CPU, and not where a graph for any number is being traced."""
    return input.device.type == "cpu" and not torch.compiler.is_exporting()


class Halving(nn.Conv2d):
    """A 4x4 convolution of stride 2, for even sides."""

    def __init__(self, inputs: int, outputs: int, *, bias: bool) -> None:
        super().__init__(inputs, outputs, KERNEL, STRIDE, PADDING, bias=bias)

    def forward(self, input: Float[Tensor, "n inputs h w"]) -> Float[Tensor, "n outputs h//2 w//2"]:
        n, _, height, width = input.shape
        if not as_product(input) or n * height * width // 4 > SMALL:
            return super().forward(input)
        around = F.pad(input, [PADDING] * 4)
        patches = around.unfold(2, KERNEL, STRIDE).unfold(3, KERNEL, STRIDE)  # [n, C, h, w, 4, 4]
        columns = patches.permute(0, 2, 3, 4, 5, 1).flatten(3)
        outputs = F.linear(columns, self.weight.permute(0, 2, 3, 1).flatten(1), self.bias)
        return outputs.permute(0, 3, 1, 2)


class Doubling(nn.ConvTranspose2d):
    """The way back, a transposed convolution."""

    def __init__(self, inputs: int, outputs: int, *, bias: bool) -> None:
        super().__init__(inputs, outputs, KERNEL, STRIDE, PADDING, bias=bias)

    def forward(
        self, input: Float[Tensor, "n inputs h w"], output_size: list[int] | None = None
    ) -> Float[Tensor, "n outputs 2*h 2*w"]:
        n, _, height, width = input.shape
        if not as_product(input) or n * height * width > SMALL:
            return super().forward(input, output_size)
        matrix = self.weight.permute(0, 2, 3, 1).flatten(1)  # [inputs, 4 4 outputs], as it lies in memory
        columns = (input.permute(0, 2, 3, 1).flatten(1, 2) @ matrix).unflatten(2, (KERNEL**2, -1))
        folded = F.fold(columns.permute(0, 3, 2, 1).flatten(1, 2), (2 * height, 2 * width), KERNEL, 1, PADDING, STRIDE)
        return folded if self.bias is None else folded + self.bias[:, None, None]
