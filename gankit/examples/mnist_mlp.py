"""The MNIST tutorial that most people meet GANs in: two small multilayer perceptrons, and a film of the same
latents as they learn.

Generator 100-256-512-1024-784, discriminator 784-1024-512-256-1, leaky ReLU, Adam at 2e-4 with betas 0.5 and
0.999, batches of 64. The game is that of Goodfellow et al., "Generative Adversarial Networks", 2014.
arXiv:1406.2661

    gankit examples mnist_mlp

Repeating the command continues it, as with any run.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import tyro
from PIL import Image

import gankit
from gankit import pictures
from gankit.game.optimizers import Adam
from gankit.networks import MLP

METHOD = gankit.GAN(
    network=MLP(),
    batch_size=64,
    generator_optimizer=Adam(lr=2e-4, betas=(0.5, 0.999)),
    discriminator_optimizer=Adam(lr=2e-4, betas=(0.5, 0.999)),
)


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """The MNIST tutorial, with a film of fixed latents."""

    data: str = "mnist"
    """What to learn; digits is always there."""
    steps: int = 12_000
    """Generator updates: 12,000 are about 13 epochs of MNIST."""
    frames: int = 40
    """Frames of the film."""
    out: Path = Path("runs/mnist-mlp")
    """The run directory."""
    seed: int = 0


def main(arguments: list[str] | None = None) -> None:
    asked = tyro.cli(Recipe, args=arguments)
    every = max(1, asked.steps // asked.frames)
    run = gankit.train(METHOD, data=asked.data, out=asked.out, steps=asked.steps, seed=asked.seed, preview_every=every)
    frames = []
    for path in sorted((run.directory / "previews").glob("*.png")):
        step = int(path.stem.removeprefix("step-"))
        if not step or step % every:
            continue  # one of those that come by time
        with Image.open(path) as frame:
            frames.append(frame.convert("L"))
    print(pictures.film(frames, run.directory / "learning.gif", milliseconds=150))
    print(run.sample(64, seed=asked.seed).save(run.directory / "grid.png"))


if __name__ == "__main__":
    try:
        main()
    except gankit.UserError as error:
        print(f"mnist_mlp: error: {error}", file=sys.stderr)
        sys.exit(2)
