"""Convolutions deep in a network, few positions and a heavy kernel, whose weights' gradient is found another way.

It is the same sum, over images and positions. Torch's own kernel for it parts the work by positions: of 4x4 maps it
reaches a quarter of what a product does, or a convolution that has channels for images and images for channels
(docs/speed.md).
"""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

HEAVY = 2**20
"""Weights times stride from which it is worth it."""

MANY = 8
"""Images that are enough to be the channels of a convolution."""


class DeepConv2d(nn.Conv2d):
    """A convolution, [n, inputs, h, w] to [n, outputs, height, width]."""

    def _conv_forward(self, input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        padding: Any = self.padding
        positions = [
            (side + 2 * around - kernel) // stride + 1
            for side, around, kernel, stride in zip(
                input.shape[2:], padding, self.kernel_size, self.stride, strict=True
            )
        ]
        if not deep(input, weight, self.stride, positions):
            return super()._conv_forward(input, weight, bias)
        return _convolution(input, weight, bias, self.stride, padding)


class DeepConvTranspose2d(nn.ConvTranspose2d):
    """A transposed convolution, the way back."""

    def forward(
        self, input: Float[Tensor, "n inputs h w"], output_size: list[int] | None = None
    ) -> Float[Tensor, "n outputs height width"]:
        if output_size is not None:
            return super().forward(input, output_size)
        return conv_transpose2d(input, self.weight, self.bias, self.stride, self.padding, self.output_padding)


def conv_transpose2d(
    input: Tensor, weight: Tensor, bias: Tensor | None, stride: Any, padding: Any, output_padding: Any = (0, 0)
) -> Tensor:
    """`torch.nn.functional.conv_transpose2d` of pairs of numbers."""
    if not deep(input, weight, stride, input.shape[2:]):
        return F.conv_transpose2d(input, weight, bias, stride, padding, output_padding)
    return _convolution(input, weight, bias, stride, padding, output_padding)


def deep(input: Tensor, weight: Tensor, stride: Any, positions: Any) -> bool:
    """Whether the gradient of `weight` is found here: on a CPU, where it is asked for, and each of the few `positions`
    (height and width, of the smaller of the two maps) of a batch meets as many weights as there are of them or more."""
    height, width = positions
    return (
        input.device.type == "cpu"
        and weight.requires_grad
        and torch.is_grad_enabled()
        and weight.numel() * stride[0] >= HEAVY
        and len(input) * height * width <= weight[0].numel()
        and not torch.compiler.is_exporting()
    )


def _convolution(
    input: Tensor, weight: Tensor, bias: Tensor | None, stride: Any, padding: Any, more: Any = None
) -> Tensor:
    """A convolution, or a transposed one where `more`, its padding of the output, is given."""
    if torch.is_autocast_enabled("cpu"):
        narrow = torch.get_autocast_dtype("cpu")
        input, weight = input.to(narrow), weight.to(narrow)
    found: Tensor = _Convolution.apply(input, weight, stride, padding, more)  # pyright: ignore[reportAssignmentType]
    return found if bias is None else found + bias.to(found.dtype)[:, None, None]


class _Convolution(torch.autograd.Function):
    """Without a bias; its gradients can be differentiated as well."""

    @staticmethod
    def forward(ctx: Any, input: Tensor, weight: Tensor, stride: Any, padding: Any, more: Any) -> Tensor:
        ctx.save_for_backward(input, weight)
        ctx.how = stride, padding, [1, 1], more is not None, more or [0, 0], 1
        return torch.convolution(input, weight, None, *ctx.how)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        input, weight = ctx.saved_tensors
        stride, padding, _, transposed, *_ = ctx.how
        (gradient,), back = gradients, torch.ops.aten.convolution_backward
        of_input = of_weight = None
        if ctx.needs_input_grad[0]:
            of_input = back(gradient, input, weight, None, *ctx.how, [True, False, False])[0]
        if ctx.needs_input_grad[1]:
            small, large = (input, gradient) if transposed else (gradient, input)
            of_weight = _of_weight(small, large, weight.shape, stride, padding)
        return of_input, of_weight, None, None, None


def _of_weight(
    small: Float[Tensor, "n few h w"],
    large: Float[Tensor, "n many height width"],
    shape: Any,
    stride: Any,
    padding: Any,
) -> Float[Tensor, "few many kernel kernel"]:
    """What each of the kernel's places sees of `large`, times `small`, summed over images and positions."""
    if len(small) >= MANY:  # images and channels change places, and `small` is a kernel whose places lie a stride apart
        found = torch.convolution(
            large.transpose(0, 1), small.transpose(0, 1), None, [1, 1], padding, stride, False, [0, 0], 1
        )
        return found.transpose(0, 1)[:, :, : shape[2], : shape[3]]
    around = F.pad(large, (padding[1], padding[1], padding[0], padding[0]))
    patches = around.unfold(2, shape[2], stride[0]).unfold(3, shape[3], stride[1])  # [n, many, h, w, kernel, kernel]
    columns = patches.permute(0, 2, 3, 4, 5, 1).flatten(3).flatten(0, 2)
    found = small.permute(0, 2, 3, 1).flatten(0, 2).T @ columns
    return found.unflatten(1, (*shape[2:], -1)).permute(0, 3, 1, 2)
