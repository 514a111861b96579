"""What networks from images to images are made of: norms of single images, dropout as noise, padding to a multiple."""

from __future__ import annotations

from typing import Any, Literal

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.nn import functional as F

ImageNorm = Literal["instance", "batch"]


class InstanceNorm(nn.GroupNorm):
    """Each map of each image brought to mean 0 and variance 1, then given a gain and a bias of its own.

    Ulyanov et al., "Instance Normalization: The Missing Ingredient for Fast Stylization", 2016. arXiv:1607.08022.
    It is batch norm by the batch's own statistics where the batch is one image, which is how it is computed: several
    times faster on a CPU than torch's own when channels lie last.
    """

    def __init__(self, channels: int) -> None:
        super().__init__(channels, channels)

    def forward(self, input: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c h w"]:
        if torch.compiler.is_exporting():  # a graph for any number of images
            variance, mean = torch.var_mean(input, (2, 3), correction=0, keepdim=True)
            return (input - mean) * (variance + self.eps).rsqrt() * self.weight[:, None, None] + self.bias[
                :, None, None
            ]
        normed = [
            F.batch_norm(image, None, None, self.weight, self.bias, training=True, eps=self.eps)
            for image in input.split(1)
        ]
        return normed[0] if len(normed) == 1 else torch.cat(normed)


def image_norm(norm: ImageNorm, channels: int) -> nn.Module:
    """The normalisation called `norm` of feature maps of `channels`."""
    return InstanceNorm(channels) if norm == "instance" else nn.BatchNorm2d(channels)


class KeptDropout(nn.Module):
    """Dropout that goes on in evaluation where it is `kept`: the noise of a translator that has no latent."""

    def __init__(self, rate: float, *, kept: bool) -> None:
        super().__init__()
        self.rate, self.kept = rate, kept

    def forward(self, input: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        return F.dropout(input, self.rate, self.training or self.kept)


def padded(images: Float[Tensor, "n c h w"], multiple: int) -> Float[Tensor, "n c height width"]:
    """`images` grown at the right and below until both sides are multiples of `multiple`.

    What is added mirrors the image, or where it is too small for that repeats its edge.
    """
    height, width = images.shape[2:]
    below, right = -height % multiple, -width % multiple
    if torch.compiler.is_exporting():  # a graph for any size
        rows, columns = _mirrored(height, below, images.device), _mirrored(width, right, images.device)
        return images[:, :, rows][:, :, :, columns]
    if not below and not right:
        return images
    mirrors = below < height and right < width
    return F.pad(images, (0, right, 0, below), mode="reflect" if mirrors else "replicate")


def cropped(images: Float[Tensor, "n c grown_h grown_w"], height: Any, width: Any) -> Float[Tensor, "n c h w"]:
    """The inverse: `images` without what lies beyond `height` and `width`."""
    if torch.compiler.is_exporting():  # copied, as a view would tie the graph to sizes that need no cropping
        rows, columns = _mirrored(height, 0, images.device), _mirrored(width, 0, images.device)
        return images[:, :, rows][:, :, :, columns]
    return images[:, :, :height, :width]


def _mirrored(side: Any, more: Any, device: torch.device) -> Int64[Tensor, " grown"]:
    """The row of an image of `side` rows that is seen at each, and at `more` beyond them; both may be symbols."""
    row = torch.arange(side + more, device=device)
    return torch.where(row < side, row, (2 * side - 2 - row).clamp(min=0))
