"""What weights and biases are before they learn."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import torch
from torch import nn

from gankit.game.batch import DataSpec


@torch.no_grad()
def normal_init(module: nn.Module, sd: float) -> None:
    """Weights from N(0, sd), gains of batch norms from N(1, sd), biases 0 (DCGAN, section 4)."""
    for part in module.modules():
        if isinstance(part, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            part.weight.normal_(0, sd)
        elif isinstance(part, nn.BatchNorm1d | nn.BatchNorm2d | nn.GroupNorm) and part.affine:
            part.weight.normal_(1, sd)
        else:
            continue
        if part.bias is not None:
            part.bias.zero_()


@torch.no_grad()
def uniform_init(module: nn.Module, bound: float, *, inputs: Sequence[int]) -> None:
    """Weights from U(-bound, bound), biases 0, in linear layers of so many `inputs`, one after the other, the last of
    which stands for all that follow.

    A layer of another width has the bound that lets a signal pass as strong as through those: sqrt(inputs / its own)
    times as large.
    """
    stated = itertools.chain(inputs, itertools.repeat(inputs[-1]))
    linear = [part for part in module.modules() if isinstance(part, nn.Linear)]
    for part, width in zip(linear, stated, strict=False):
        scaled = bound * math.sqrt(width / part.in_features)
        part.weight.uniform_(-scaled, scaled)
        if part.bias is not None:
            part.bias.zero_()


@torch.no_grad()
def he_init(module: nn.Module) -> None:
    """Weights uniform with variance 2 / fan-in, biases 0.

    He et al., "Delving Deep into Rectifiers", 2015. arXiv:1502.01852 (equation 10). A transposed convolution
    of stride s adds kernel^2 / s^2 weights for every input channel into one output: that is its fan-in.
    """
    for part in module.modules():
        if isinstance(part, nn.Linear):
            fan = part.in_features
        elif isinstance(part, nn.ConvTranspose2d | nn.Conv2d):
            spread = math.prod(part.stride) if isinstance(part, nn.ConvTranspose2d) else 1
            fan = part.in_channels * math.prod(part.kernel_size) / spread
        else:
            continue
        bound = math.sqrt(6 / fan)
        part.weight.uniform_(-bound, bound)
        if part.bias is not None:
            part.bias.zero_()


def orthogonal_init(module: nn.Module, *, gain: float) -> None:
    """Linear weights `gain` times orthogonal matrices, biases 0.

    Saxe et al., "Exact solutions to the nonlinear dynamics of learning in deep linear neural networks", 2013.
    arXiv:1312.6120
    """
    for part in module.modules():
        if isinstance(part, nn.Linear):
            nn.init.orthogonal_(part.weight, gain)
            if part.bias is not None:
                nn.init.zeros_(part.bias)


def normal_or_he_init(module: nn.Module, sd: float | None) -> None:
    """`normal_init` with `sd`, or where that is None `he_init`."""
    if sd is None:
        he_init(module)
    else:
        normal_init(module, sd)


def xavier_init(module: nn.Module) -> None:
    """Weights uniform with variance 2 / (fan-in + fan-out), biases 0 (Glorot and Bengio, 2010)."""
    for part in module.modules():
        if isinstance(part, nn.Linear | nn.Conv2d):
            nn.init.xavier_uniform_(part.weight)
            if part.bias is not None:
                nn.init.zeros_(part.bias)


@torch.no_grad()
def start_at_mean(last: nn.Linear, data: DataSpec) -> None:
    """The bias of a layer before a sigmoid, such that every pixel starts at its mean in `data`, where that is known."""
    if data.bounded and data.mean is not None:
        last.bias.copy_(((data.mean.flatten() + 1) / 2).clamp(1e-7, 1 - 1e-7).logit())
