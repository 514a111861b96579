"""Networks that learned from pictures, through which others look: they learn nothing more, and no run keeps them."""

from __future__ import annotations

from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from gankit.networks.colours import as_channels
from gankit.networks.efficientnet import LEARNED_FROM, EfficientNetLite0, published
from gankit.networks.shipped import shipped

Eyes = Literal["efficientnet-lite0", "photos-cnn"]
LEARNED = {"efficientnet-lite0": LEARNED_FROM, "photos-cnn": "CIFAR-10"}
"""What each learned from."""
CHANNELS = (1, 3, 4)
"""Of the images that they take."""


class Fixed(nn.Module):
    """Maps of images [n, C, H, W] in [-1, 1] with 1, 3 or 4 channels, one for every scale, the finest first.

    Weights are buffers that no checkpoint holds, as they are found again by name: nothing unfreezes them, and a
    gradient goes through them to the images.
    """

    widths: tuple[int, ...]
    """Channels of the maps."""
    strides: tuple[int, ...]
    """What a side of the image is divided by in each."""

    def forward(self, images: Float[Tensor, "n c h w"]) -> list[Float[Tensor, "n _ _ _"]]:
        return self.scales(as_channels(images, 3).contiguous(memory_format=torch.channels_last))

    def unlike(self, images: Float[Tensor, "n c h w"], target: Float[Tensor, "n c h w"]) -> Float[Tensor, ""]:
        """How different two batches look, pair by pair: at every scale the squared distance of the maps, each place of
        unit length, in the mean over places, and summed over scales.

        LPIPS with equal weights (Zhang et al. 2018, arXiv:1801.03924, equation 1); from 0 to 4 at each scale.
        """
        pairs = zip(self(images), self(target), strict=True)
        distances = [
            (F.normalize(ours.float()) - F.normalize(theirs.float())).square().sum(1) for ours, theirs in pairs
        ]
        return torch.stack([distance.mean() for distance in distances]).sum()

    def scales(self, colours: Float[Tensor, "n 3 h w"]) -> list[Float[Tensor, "n _ _ _"]]:
        raise NotImplementedError


class FixedEfficientNet(Fixed):
    """EfficientNet-Lite0 up to its last block; its weights are those of the extra photos."""

    widths = (24, 40, 112, 320)
    strides = (4, 8, 16, 32)

    def __init__(self) -> None:
        super().__init__()
        tensors = published()
        with torch.random.fork_rng(devices=[]):  # the first weights, which are not kept
            self.body = EfficientNetLite0()
        del self.body.head
        hold(self.body, tensors)

    def scales(self, colours: Float[Tensor, "n 3 h w"]) -> list[Float[Tensor, "n _ _ _"]]:
        return self.body.scales(colours)


class FixedPhotosCNN(Fixed):
    """The convolutions of photos-cnn, which comes with gankit."""

    widths = (56, 128, 64)
    strides = (2, 4, 8)

    def __init__(self) -> None:
        super().__init__()
        tensors = {name: value for name, value in shipped("photos").items() if name.startswith("convolutions.")}
        shapes = [value.shape for value in tensors.values() if value.dim() == 4]
        with torch.random.fork_rng(devices=[]):
            layers = [nn.Conv2d(shape[1], shape[0], 3, 1 + number % 2, 1) for number, shape in enumerate(shapes)]
        self.convolutions = nn.ModuleList(layers)
        hold(self, tensors)

    def scales(self, colours: Float[Tensor, "n 3 h w"]) -> list[Float[Tensor, "n _ _ _"]]:
        values, found = colours, []
        for number, layer in enumerate(self.convolutions):
            values = F.relu(layer(values))
            if number in (2, 4, 5):
                found.append(values)
        return found


def fixed(name: Eyes) -> Fixed:
    """The network called `name`. Raises `UserError` where its weights can't be had."""
    return FixedEfficientNet() if name == "efficientnet-lite0" else FixedPhotosCNN()


def hold(module: nn.Module, tensors: dict[str, Tensor]) -> None:
    """Put `tensors`, by their names, in the place of the parameters of `module`, as buffers that no state has."""
    for path, part in module.named_modules():
        for name in [name for name, _ in part.named_parameters(recurse=False)]:
            delattr(part, name)
            value = tensors[f"{path}.{name}" if path else name]
            layout = torch.channels_last if value.dim() == 4 else torch.contiguous_format
            part.register_buffer(name, value.contiguous(memory_format=layout), persistent=False)
