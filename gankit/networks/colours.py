"""Images as a network of photos wants them: three channels or one, and a size."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from gankit.base.errors import UserError

COLOURS = {1: "grey pictures", 3: "pictures in colours", 4: "pictures with transparency"}
"""What pictures of so many channels are."""


def as_channels(images: Tensor, channels: int) -> Tensor:
    """Images [n, C, H, W] in [-1, 1] with C = 1, 3 or 4 as `channels` = 1 or 3.

    Transparent pixels lie over white, as in sheets. Grey is the mean of red, green and blue; colours of a grey image
    are equal.
    """
    if images.dim() != 4 or images.shape[1] not in (1, 3, 4):
        raise UserError(f"images [n, C, H, W] of 1, 3 or 4 channels are needed, not {list(images.shape)}")
    if images.shape[1] == 4:
        colours, opacity = images[:, :3], (images[:, 3:] + 1) / 2
        images = colours * opacity + (1 - opacity)
    if images.shape[1] == channels:
        return images
    return images.mean(1, keepdim=True) if channels == 1 else images.expand(-1, 3, -1, -1)


def conversion(given: int, channels: int) -> str:
    """What `as_channels` does to images of `given` channels, in words; empty where it does nothing, or refuses."""
    if given == channels or given not in COLOURS or channels not in (1, 3):
        return ""
    done = ["laid over white"] if given == 4 else []
    if channels == 1:
        done.append("their red, green and blue averaged")
    elif given == 1:
        done.append("their grey taken for all three colours")
    return f"{COLOURS[given]} where {COLOURS[channels]} are needed: {', '.join(done)}"


def as_size(images: Tensor, side: int, mode: str = "bilinear") -> Tensor:
    """Images [n, C, H, W] as [n, C, side, side]: as they are, or resized with antialiasing and kept in [-1, 1]."""
    if images.shape[2:] == (side, side):
        return images
    return F.interpolate(images, (side, side), mode=mode, antialias=True, align_corners=False).clamp(-1, 1)
