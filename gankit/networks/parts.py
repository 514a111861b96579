"""Small modules that architectures are made of."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gankit.game import Generator
from gankit.prior import Prior


class Stack(Generator):
    """A generator that is one module: latents in, each with its label as a one-hot vector if there are classes."""

    def __init__(self, prior: Prior, body: nn.Module, classes: int = 0) -> None:
        super().__init__(prior, classes)
        self.body = body

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        if labels is not None and self.classes:
            latents = torch.cat([latents, F.one_hot(labels, self.classes).to(latents.dtype)], 1)
        return self.body(latents)


class ConditionalStack(Generator):
    """A generator that is one module of latents and labels."""

    def __init__(self, prior: Prior, body: nn.Module, classes: int) -> None:
        super().__init__(prior, classes)
        self.body = body

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        assert labels is not None
        return self.body(latents, labels)


class LabelEverywhere(nn.Module):
    """Blocks each of which takes what the one before gives, joined with the label: ([n, ...], labels [n]) to the last.

    The label is a one-hot vector; beside feature maps, every component of it is a map of one value. The input
    passes `door` before anything joins it.
    """

    def __init__(self, classes: int, *blocks: nn.Module, door: nn.Module) -> None:
        super().__init__()
        self.classes = classes
        self.door = door
        self.blocks = nn.ModuleList(blocks)

    def forward(self, input: Tensor, labels: Tensor) -> Tensor:
        features, code = self.door(input), F.one_hot(labels, self.classes)
        for block in self.blocks:
            side = features.shape[2:]
            maps = code.to(features.dtype).reshape(*code.shape, *(1 for _ in side)).expand(-1, -1, *side)
            features = block(torch.cat([features, maps], 1))
        return features


class LabelBranch(nn.Module):
    """One branch of layers for the input, one for the label as a one-hot vector, and layers on both joined."""

    def __init__(self, classes: int, *, input: nn.Module, label: nn.Module, joint: nn.Module) -> None:
        super().__init__()
        self.classes = classes
        self.input, self.label, self.joint = input, label, joint

    def forward(self, input: Tensor, labels: Tensor) -> Tensor:
        code = F.one_hot(labels, self.classes).to(input.dtype)
        return self.joint(torch.cat([self.input(input), self.label(code)], 1))


class Scores(nn.Sequential):
    """A discriminator that is a sequence of modules ending in one number: data [n, ...] to scores [n]."""

    def forward(self, input: Tensor) -> Tensor:
        return super().forward(input).squeeze(-1)


class Maxout(nn.Module):
    """The largest of `pieces` linear functions, for each of `units` outputs.

    Goodfellow et al., "Maxout Networks", 2013. arXiv:1302.4389
    """

    def __init__(self, inputs: int, units: int, pieces: int) -> None:
        super().__init__()
        self.pieces = pieces
        self.linear = nn.Linear(inputs, units * pieces)

    def forward(self, input: Tensor) -> Tensor:
        return self.linear(input).unflatten(-1, (-1, self.pieces)).amax(-1)


class Noise(nn.Module):
    """Adds Gaussian noise of standard deviation `sd`, in training only."""

    def __init__(self, sd: float) -> None:
        super().__init__()
        self.sd = sd

    def forward(self, input: Tensor) -> Tensor:
        return input + self.sd * torch.randn_like(input) if self.training else input


class WeightNorm(nn.Linear):
    """A linear layer whose weights have a direction and a length of their own: y = g (v x / |v|) + b.

    Every g starts at 1. Salimans and Kingma, "Weight Normalization", 2016. arXiv:1602.07868 (equation 2)
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs)
        self.gain = nn.Parameter(torch.ones(outputs))

    def forward(self, input: Tensor) -> Tensor:
        scale = self.gain / torch.linalg.vector_norm(self.weight, dim=1)
        return F.linear(input, self.weight) * scale + self.bias


class ToUnit(nn.Module):
    """Values in [-1, 1] to [0, 1], for networks whose paper works there."""

    def forward(self, input: Tensor) -> Tensor:
        return (input + 1) / 2


class FromUnit(nn.Module):
    """Values in [0, 1] to [-1, 1]."""

    def forward(self, input: Tensor) -> Tensor:
        return input * 2 - 1


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
def uniform_init(module: nn.Module, bound: float) -> None:
    """Weights from U(-bound, bound), biases 0."""
    for part in module.modules():
        if isinstance(part, nn.Linear):
            part.weight.uniform_(-bound, bound)
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
