"""Images seen a little differently every time."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F


def jittered(images: Float[Tensor, "n c h w"], *, scale: float, mirror: bool) -> Float[Tensor, "n c h w"]:
    """Images in [-1, 1], each enlarged `scale` times (bicubic), cropped at random to its old size and,
    where `mirror`, turned left to right with probability 1/2.

    The jitter of Isola et al. 2016, appendix 6.2. arXiv:1611.07004. Chance is torch's global generator on the CPU.
    """
    n, _, height, width = images.shape
    tall, wide = max(round(height * scale), height), max(round(width * scale), width)
    large = images
    if (tall, wide) != (height, width):
        large = F.interpolate(images, (tall, wide), mode="bicubic", align_corners=False).clamp_(-1, 1)
    tops = torch.randint(tall - height + 1, (n,)).tolist()
    lefts = torch.randint(wide - width + 1, (n,)).tolist()
    turned = (torch.rand(n) < 0.5).tolist() if mirror else [False] * n
    crops = []
    for image, top, left, turn in zip(large, tops, lefts, turned, strict=True):
        crop = image[:, top : top + height, left : left + width]
        crops.append(crop.flip(-1) if turn else crop)
    return torch.stack(crops).contiguous(memory_format=torch.channels_last)
