"""Learned approximate inference: a network that guesses the latent of a picture.

Goodfellow et al., "Generative Adversarial Networks", 2014. arXiv:1406.2661 (section 6, second item)
"""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional as F

from gankit.base.files import replacing
from gankit.base.randomness import derive, seeded
from gankit.exploration.latents import labels_for
from gankit.game import Generator

WIDTHS = (32, 64, 128)
BATCH = 128
RATE = 1e-3


class Encoder(nn.Module):
    """Three convolutions of stride 2 and a linear layer: images [n, C, H, W] in [-1, 1] to latents [n, size]."""

    def __init__(self, shape: tuple[int, ...], size: int) -> None:
        super().__init__()
        channels, height, width = shape
        self.convolutions = nn.ModuleList()
        for outputs in WIDTHS:
            self.convolutions.append(nn.Conv2d(channels, outputs, 3, 2, 1))
            channels, height, width = outputs, -(-height // 2), -(-width // 2)
        self.linear = nn.Linear(channels * height * width, size)

    def forward(self, images: Tensor) -> Tensor:
        values = images
        for convolution in self.convolutions:
            values = F.leaky_relu(convolution(values), 0.2)
        return self.linear(values.flatten(1))


def train_encoder(
    generator: Generator, shape: tuple[int, ...], *, steps: int = 600, label: int | None = None, seed: int = 0
):
    """An encoder that minimises |E(G(z)) - z|^2 over latents of the prior; labels are drawn, or `label`."""
    device, prior = generator.device, generator.prior
    with seeded(device, derive(seed, "explore", "encoder")):
        encoder = Encoder(shape, prior.size).to(device)
        optimizer = torch.optim.Adam(encoder.parameters(), lr=RATE)
        for _ in range(steps):
            latents = prior.draw(BATCH, device)
            labels = labels_for(generator, BATCH, label)
            if labels is not None and label is None:
                labels = generator.draw_labels(BATCH)
            with torch.no_grad():
                images = generator(latents, labels)
            optimizer.zero_grad()
            (encoder(images) - latents).square().mean().backward()
            optimizer.step()
    return encoder.eval().requires_grad_(False)


def cached(
    path: Path,
    generator: Generator,
    shape: tuple[int, ...],
    *,
    steps: int = 600,
    label: int | None = None,
    seed: int = 0,
) -> tuple[Encoder, bool]:
    """The encoder in the file `path`, or one trained now and written there; and whether it was there."""
    encoder = Encoder(shape, generator.prior.size)
    try:
        encoder.load_state_dict(load_file(path))
        return encoder.to(generator.device).eval().requires_grad_(False), True
    except (OSError, SafetensorError, RuntimeError):  # not there, damaged, of another shape
        encoder = train_encoder(generator, shape, steps=steps, label=label, seed=seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as partial:
        save_file({name: value.cpu().contiguous() for name, value in encoder.state_dict().items()}, partial)
    return encoder, False
