"""Which parts of an image decide whether a discriminator takes it for real.

Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks", 2013. arXiv:1311.2901 (section 4.2)
Simonyan et al., "Deep Inside Convolutional Networks: Visualising Image Classification Models and Saliency Maps",
2013. arXiv:1312.6034 (section 3)
Isola et al., "Image-to-Image Translation with Conditional Adversarial Networks", 2016. arXiv:1611.07004 (PatchGAN)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import torch
from PIL import Image
from torch import Tensor, nn

from gankit.base.errors import UserError
from gankit.exploration.layers import enlarged
from gankit.health.scoring import score_map, scores
from gankit.pictures import grid
from gankit.pictures.panels import panels, tinted

How = Literal["auto", "occlusion", "gradient", "patches"]
BATCH = 256
MEANING = {
    "occlusion": "red: more real for this part; blue: less",
    "gradient": "red: the score depends on it",
    "patches": "red: scored above the others' mean; blue: below",
}


@dataclass(frozen=True)
class Group:
    """Images of one origin."""

    images: Tensor
    """[n, C, H, W]"""
    maps: Tensor
    """[n, 1, H, W]"""
    scores: Tensor
    """[n]"""


@dataclass(frozen=True)
class Regions:
    """Maps over images, by where the images are from."""

    how: str
    of: dict[str, Group]

    def picture(self) -> Image.Image:
        magnitudes = torch.cat([group.maps.abs().flatten() for group in self.of.values()])
        strength = float(magnitudes.sort().values[int(0.995 * (len(magnitudes) - 1))])
        sheets = {}
        for name, group in self.of.items():
            coloured = group.images if group.images.shape[1] == 3 else group.images[:, :1].expand(-1, 3, -1, -1)
            sheet = grid(torch.cat([coloured, tinted(group.images, group.maps, strength)]), columns=len(coloured))
            sheets[f"{name} ({MEANING[self.how]})"] = sheet
        return panels(sheets, columns=1, inches=8)

    @property
    def numbers(self) -> dict[str, Any]:
        by_origin = {}
        for name, group in self.of.items():
            by_origin[name] = {
                "scores": group.scores.tolist(),
                "mean map": group.maps.mean((0, 1)).tolist(),
                "largest magnitude": float(group.maps.abs().max()),
            }
        return {"how": self.how, **by_origin}


def regions(
    network: nn.Module,
    groups: Mapping[str, tuple[Tensor, Tensor | None]],
    *,
    how: How = "auto",
    filling: Tensor | None = None,
) -> Regions:
    """How each place of the images in `groups`, (images [n, C, H, W], labels [n] or none), moves their score.

    occlusion: the score less that of the image whose patch, a sixth of its height, is `filling` [C, H, W] instead; of
        the windows over a place the mean. By default it is the mean of all the images.
    gradient: the largest magnitude of the score's slope over the channels.
    patches: the score of every patch, for a discriminator that gives a map; an auto-encoder's is its error.
    auto: patches where there are any, else occlusion.
    """
    everything = torch.cat([images for images, _ in groups.values()])
    filling = everything.mean(0) if filling is None else filling
    outputs = {name: _in_batches(score_map, network, *group) for name, group in groups.items()}
    spatial = all(output.dim() == 4 and output[0].numel() > 1 for output in outputs.values())
    if how == "patches" and not spatial:
        raise UserError("this discriminator scores whole images, not patches: take occlusion or gradient")
    if how == "auto":
        how = "patches" if spatial else "occlusion"
    centre = float(torch.cat([output.flatten() for output in outputs.values()]).mean())
    by_origin = {}
    for name, (images, labels) in groups.items():
        output = outputs[name]
        if how == "patches":
            maps = enlarged(output - centre, (images.shape[2], images.shape[3]))
        elif how == "gradient":
            maps = saliency(network, images, labels)
        else:
            maps = occlusion(network, images, labels, filling)
        image_scores = output.reshape(len(output), -1).mean(1)
        by_origin[name] = Group(images.cpu(), maps.cpu(), image_scores.cpu())
    return Regions(how, by_origin)


def saliency(network: nn.Module, images: Tensor, labels: Tensor | None) -> Tensor:
    """The largest magnitude over channels of each score's gradient at `images`, [n, 1, H, W]."""
    leaf = images.detach().clone().requires_grad_()
    with torch.enable_grad():
        gradient = torch.autograd.grad(scores(network, leaf, labels).sum(), leaf)[0]
    return gradient.abs().amax(1, keepdim=True)


@torch.no_grad()
def occlusion(network: nn.Module, images: Tensor, labels: Tensor | None, filling: Tensor) -> Tensor:
    """How much lower the scores of `images` are with the patches around each place covered, [n, 1, H, W]."""
    height, width = images.shape[2:]
    side = max(2, round(min(height, width) / 6))
    step = max(1, side // 2)
    whole = _in_batches(scores, network, images, labels)
    lost, counts = images.new_zeros(len(images), 1, height, width), images.new_zeros(height, width)
    for top in _starts(height, side, step):
        for left in _starts(width, side, step):
            window = (..., slice(top, top + side), slice(left, left + side))
            covered = images.clone()
            covered[window] = filling[window]
            lost[window] += (whole - _in_batches(scores, network, covered, labels))[:, None, None, None]
            counts[window] += 1
    return lost / counts


def _starts(length: int, side: int, step: int) -> list[int]:
    """Where windows of `side` start so that every place of `length` is in one."""
    side = min(side, length)
    return sorted({*range(0, length - side + 1, step), length - side})


@torch.no_grad()
def _in_batches(function: Any, network: nn.Module, images: Tensor, labels: Tensor | None) -> Tensor:
    batches = images.split(BATCH)
    label_batches = [None] * len(batches) if labels is None else labels.split(BATCH)
    return torch.cat([function(network, *batch) for batch in zip(batches, label_batches, strict=True)])
