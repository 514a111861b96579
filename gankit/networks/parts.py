"""Small modules that architectures are made of."""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.nn import functional as F

from gankit.base.devices import full_float32
from gankit.base.errors import UserError
from gankit.game import Generator
from gankit.game.prior import Prior
from gankit.networks.deep import DeepConv2d


def code_of(labels: Int64[Tensor, " n *attributes"], classes: int) -> Int64[Tensor, "n {classes}"]:
    """Labels as vectors: one-hot for classes, as they are for attributes. A layer on them sums the embeddings of what
    is there."""
    return F.one_hot(labels, classes) if labels.dim() == 1 else labels


class Stack(Generator):
    """A generator that is one module: latents in, each with its label as a vector if there are classes."""

    def __init__(self, prior: Prior, body: nn.Module, classes: int = 0, rates: tuple[float, ...] = ()) -> None:
        super().__init__(prior, classes, rates)
        self.body = body

    def forward(
        self, latents: Float[Tensor, "n size"], labels: Int64[Tensor, " n *attributes"] | None = None
    ) -> Float[Tensor, " n *shape"]:
        if labels is not None and self.classes:
            latents = torch.cat([latents, code_of(labels, self.classes).to(latents.dtype)], 1)
        return self.body(latents)


class ConditionalStack(Generator):
    """A generator that is one module of latents and labels."""

    def __init__(self, prior: Prior, body: nn.Module, classes: int, rates: tuple[float, ...] = ()) -> None:
        super().__init__(prior, classes, rates)
        self.body = body

    def forward(
        self, latents: Float[Tensor, "n size"], labels: Int64[Tensor, " n *attributes"] | None = None
    ) -> Float[Tensor, " n *shape"]:
        assert labels is not None
        return self.body(latents, labels)


class LabelEverywhere(nn.Module):
    """Blocks each of which takes what the one before gives, joined with the label.

    The label is a one-hot vector; beside feature maps, every component of it is a map of one value. The input
    passes `preprocess` before anything joins it.
    """

    def __init__(self, classes: int, *blocks: nn.Module, preprocess: nn.Module) -> None:
        super().__init__()
        self.classes = classes
        self.preprocess = preprocess
        self.blocks = nn.ModuleList(blocks)

    def forward(self, input: Float[Tensor, "n ..."], labels: Int64[Tensor, " n *attributes"]) -> Float[Tensor, "n ..."]:
        features, code = self.preprocess(input), code_of(labels, self.classes)
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

    def forward(self, input: Float[Tensor, "n ..."], labels: Int64[Tensor, " n *attributes"]) -> Float[Tensor, "n ..."]:
        code = code_of(labels, self.classes).to(input.dtype)
        return self.joint(torch.cat([self.input(input), self.label(code)], 1))


class Scores(nn.Sequential):
    """A discriminator that is a sequence of modules ending in one number for each input."""

    def forward(self, input: Float[Tensor, "n ..."]) -> Float[Tensor, " n"]:
        return super().forward(input).squeeze(-1)


class FlattenLast(nn.Module):
    """Feature maps as vectors, channels last: their order in memory when channels are last, so not a copy.

    The gradient comes back laid out as the maps are, too, which a fifth of a DCGAN's step on a CPU can hang on.
    """

    def forward(self, input: Float[Tensor, "n c h w"]) -> Float[Tensor, "n h*w*c"]:
        return input.permute(0, 2, 3, 1).flatten(1)


class Several(nn.Module):
    """What it is given, where that is two or more; the next layer knows a batch by its own statistics alone."""

    def forward(self, input: Float[Tensor, "n ..."]) -> Float[Tensor, "n ..."]:
        if len(input) < 2:
            raise UserError(
                "this generator normalises samples by the batch they are made in, and one alone has no spread: make "
                "two or more at a time, or train with --network.sample-norm running"
            )
        return input


class Maxout(nn.Module):
    """The largest of `pieces` linear functions, for each of `units` outputs.

    Goodfellow et al., "Maxout Networks", 2013. arXiv:1302.4389
    """

    def __init__(self, inputs: int, units: int, pieces: int) -> None:
        super().__init__()
        self.pieces = pieces
        self.linear = nn.Linear(inputs, units * pieces)

    def forward(self, input: Float[Tensor, "... inputs"]) -> Float[Tensor, "... units"]:
        return self.linear(input).unflatten(-1, (-1, self.pieces)).amax(-1)


class Noise(nn.Module):
    """Adds Gaussian noise of standard deviation `sd`, in training only."""

    def __init__(self, sd: float) -> None:
        super().__init__()
        self.sd = sd

    def forward(self, input: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        return input + self.sd * torch.randn_like(input) if self.training else input


class WeightNorm(nn.Linear):
    """A linear layer whose weights have a direction and a length of their own: y = g (v x / |v|) + b.

    Every g starts at 1 or, by a `data_start`, g and b such that the first batch of the training comes out with mean 0
    and variance 1, of directions from N(0, 0.1). Unless g is to be learned (`learn_gain`) it stays as it started.
    Salimans and Kingma, "Weight Normalization", 2016. arXiv:1602.07868 (equations 2 and 5)
    """

    def __init__(self, inputs: int, outputs: int, *, learn_gain: bool = True, data_start: bool = False) -> None:
        super().__init__(inputs, outputs)
        self.gain = nn.Parameter(torch.ones(outputs), requires_grad=learn_gain)
        self._pending = data_start
        if data_start:
            nn.init.normal_(self.weight, std=0.1)
            nn.init.zeros_(self.bias)
            self.register_buffer("started", torch.zeros((), dtype=torch.bool))

    def forward(self, input: Float[Tensor, "n inputs"]) -> Float[Tensor, "n outputs"]:
        if self._pending and self.training:
            self._start(input)
        scale = self.gain / torch.linalg.vector_norm(self.weight, dim=1)
        return F.linear(input, self.weight) * scale + self.bias

    @torch.no_grad()
    def _start(self, input: Float[Tensor, "n inputs"]) -> None:
        """Start from `input`, unless the layer was restored after its start."""
        self._pending = False
        started = self.get_buffer("started")
        if not started:
            with torch.autocast(input.device.type, enabled=False):
                outputs = F.linear(input.float(), F.normalize(self.weight))
            sd, mean = torch.std_mean(outputs, 0, correction=0)
            self.gain.copy_(1 / sd.clamp(min=1e-6))
            self.bias.copy_(-mean * self.gain)
            started.fill_(True)


class MinibatchDiscrimination(nn.Linear):
    """Features, and after them `kernels` measures of how near the batch is to each sample.

    For a kernel, every sample has a vector M of `dimensions` numbers, linear in its features, and the new feature is
    the sum of exp(-|M - M'|_1) over the samples of the batch, itself among them: from 1, alone, to n, all alike.
    Salimans et al. 2016, section 3.2. arXiv:1606.03498 (5 dimensions in the released code)
    """

    def __init__(self, inputs: int, kernels: int, dimensions: int = 5) -> None:
        super().__init__(inputs, kernels * dimensions, bias=False)
        self.dimensions = dimensions

    def forward(self, input: Float[Tensor, "n inputs"]) -> Float[Tensor, "n outputs"]:
        vectors = super().forward(input).float().unflatten(1, (-1, self.dimensions))
        nearness = (vectors[:, None] - vectors).abs().sum(-1).neg().exp().sum(1)
        return torch.cat([input, nearness.to(input.dtype)], 1)


class MinibatchDeviation(nn.Module):
    """Features, and after them one more: how much a sample's group differs, by the mean over features of the standard
    deviation over the group.

    A batch is cut into groups of `size` samples, or a little more where that does not divide it: sample i belongs to
    group i mod the number of groups. Karras et al. 2017, section 3. arXiv:1710.10196
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    def forward(self, input: Float[Tensor, "n inputs"]) -> Float[Tensor, "n inputs+1"]:
        groups = max(len(input) // self.size, 1)
        spreads = []
        for group in range(groups):
            members = input[group::groups].float()
            spreads.append((members.var(0, correction=0) + 1e-8).sqrt().mean())
        column = torch.stack(spreads).repeat(-(-len(input) // groups))[: len(input), None]
        return torch.cat([input, column.to(input.dtype)], 1)


def spectrally_normalised(layer: SpectralConv2d | SpectralLinear) -> Float[Tensor, " outputs *rest"]:
    """The weight of `layer` over its largest singular value as a matrix of [outputs, the rest].

    The value is found by power iteration from the layer's left singular vector `u`, one round for each call; in
    training `u` is kept for the next. In float32, whatever the precision around it.
    Miyato et al., "Spectral Normalization for Generative Adversarial Networks", 2018. arXiv:1802.05957 (Algorithm 1)
    """
    with full_float32(layer.weight.device):
        matrix = layer.weight.flatten(1)
        with torch.no_grad():
            v = F.normalize(matrix.T @ layer.u, dim=0)
            u = F.normalize(matrix @ v, dim=0)
            if layer.training:
                layer.u.copy_(u)
        return layer.weight / torch.dot(u, matrix @ v)


class SpectralConv2d(DeepConv2d):
    """A convolution with a spectrally normalised weight; what is learned and initialised is the weight before that."""

    u: Float[Tensor, " outputs"]

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.register_buffer("u", F.normalize(torch.randn(self.out_channels), dim=0))

    def forward(self, input: Float[Tensor, "n inputs h w"]) -> Float[Tensor, "n outputs height width"]:
        return self._conv_forward(input, spectrally_normalised(self), self.bias)


class SpectralLinear(nn.Linear):
    """A linear layer with a spectrally normalised weight; what is learned and initialised is the weight before that."""

    u: Float[Tensor, " outputs"]

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.register_buffer("u", F.normalize(torch.randn(self.out_features), dim=0))

    def forward(self, input: Float[Tensor, "n inputs"]) -> Float[Tensor, "n outputs"]:
        return F.linear(input, spectrally_normalised(self), self.bias)


class ToUnit(nn.Module):
    """Values in [-1, 1] to [0, 1], for networks whose paper works there."""

    def forward(self, input: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        return (input + 1) / 2


class FromUnit(nn.Module):
    """Values in [0, 1] to [-1, 1]."""

    def forward(self, input: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        return input * 2 - 1
