"""LPIPS: how different two images look, as a network tells that was fitted to what people said.

Zhang et al., "The Unreasonable Effectiveness of Deep Features as a Perceptual Metric", 2018. arXiv:1801.03924
The body is VGG-16, with version 0.1 of the published heads.
"""

from __future__ import annotations

import pickle
from functools import cache
from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gankit.base.errors import UserError
from gankit.features.network import weights_hash
from gankit.features.published import published_file
from gankit.networks.colours import as_channels

BODY = "https://download.pytorch.org/models/vgg16-397923af.pth"
HEADS = "https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/weights-vgg16-lpips.pth"
SHA256 = {
    BODY: "397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0",
    HEADS: "a78928a0af1e5f0fcb1f3b9e8f8c3a2a5a3de244d830ad5c1feddc79b8432868",
}
BLOCKS = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))
SMALLEST = 16
"""Side below which four halvings leave nothing of an image."""


class LPIPS(nn.Module):
    """Distances [n] >= 0 of images [n, C, H, W] in [-1, 1]; 0 for equal ones. Grey images get three equal channels."""

    mean: Tensor
    sd: Tensor

    def __init__(self) -> None:
        super().__init__()
        widths = (3, *(width for block in BLOCKS for width in block))
        self.convolutions = nn.ModuleList(nn.Conv2d(*pair, 3, padding=1) for pair in pairwise(widths))
        self.heads = nn.ParameterList(torch.zeros(block[-1]) for block in BLOCKS)
        self.register_buffer("mean", torch.tensor([-0.030, -0.088, -0.188])[:, None, None], persistent=False)
        self.register_buffer("sd", torch.tensor([0.458, 0.448, 0.450])[:, None, None], persistent=False)

    @property
    def hash(self) -> str:
        """16 hex digits that change with the weights."""
        return weights_hash(self)

    def stages(self, images: Tensor) -> list[Tensor]:
        """What each block ends in, every pixel's channels scaled to length 1."""
        values = (as_channels(images, 3) - self.mean) / self.sd
        convolutions = iter(self.convolutions)
        maps = []
        for number, block in enumerate(BLOCKS):
            values = F.max_pool2d(values, 2) if number else values
            for _ in block:
                values = next(convolutions)(values).relu()
            maps.append(values / (values.square().sum(1, keepdim=True).sqrt() + 1e-10))
        return maps

    def forward(self, images: Tensor, target: Tensor) -> Tensor:
        if min(images.shape[2:]) < SMALLEST:
            raise UserError(f"lpips needs images of {SMALLEST}x{SMALLEST} pixels at least: take --size {SMALLEST}")
        total = torch.zeros(len(images), device=images.device)
        for ours, theirs, head in zip(self.stages(images), self.stages(target), self.heads, strict=True):
            total += ((ours - theirs).square() * head[:, None, None]).sum(1).mean((1, 2))
        return total


@cache
def weights_path() -> LPIPS:
    """The published network, frozen: its weights from the cache's folder weights, from torch's own, or fetched now.

    Raises `UserError` where they can't be had.
    """
    return read_weights(published_file("lpips", BODY, SHA256[BODY]), published_file("lpips", HEADS, SHA256[HEADS]))


def read_weights(body: Path, heads: Path) -> LPIPS:
    """The network with torchvision's weights of VGG-16 and with the published heads, from their files."""
    with torch.random.fork_rng(devices=[]):
        network = LPIPS()
    state = {}
    try:
        tensors = torch.load(body, map_location="cpu", weights_only=True)
        names = [name for name in tensors if name.startswith("features.") and name.endswith(".weight")]
        for number, name in enumerate(sorted(names, key=lambda name: int(name.split(".")[1]))):
            for part in ("weight", "bias"):
                state[f"convolutions.{number}.{part}"] = tensors[name.removesuffix("weight") + part]
        tensors = torch.load(heads, map_location="cpu", weights_only=True)
        for number in range(len(BLOCKS)):
            state[f"heads.{number}"] = tensors[f"lin{number}.model.1.weight"].flatten()
        network.load_state_dict(state)
    except (OSError, RuntimeError, EOFError, AttributeError, KeyError, ValueError, pickle.UnpicklingError) as error:
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UserError(f"{str(body)!r} and {str(heads)!r} hold no weights of LPIPS ({why}): delete them") from error
    return network.eval().requires_grad_(False)
