"""A generator that learned nothing: every latent gives one of its training images, that of the nearest anchor."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gankit.exploration.latents import random
from gankit.game import Generator
from gankit.game.prior import Prior


class Memoriser(Generator):
    """The image of the nearest of as many random latents, whatever the label."""

    anchors: Tensor
    images: Tensor

    def __init__(self, prior: Prior, images: Tensor) -> None:
        super().__init__(prior)
        self.anchors = nn.Parameter(torch.empty(len(images), prior.size), requires_grad=False)
        self.register_buffer("images", images)

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        return self.images[torch.cdist(latents, self.anchors).argmin(1)]


def memoriser(prior: Prior, images: Tensor, *, seed: int = 0) -> Memoriser:
    """A generator of `images` [k, C, H, W] alone, each for the latents nearest to its own random one.

    What walks look like where a generator memorised: the picture stays, and then jumps.
    """
    generator = Memoriser(prior, images)
    generator.anchors.copy_(random(generator, len(images), seed=seed, purpose="memoriser"))
    return generator.eval()
