"""A whole GAN in one file, with nothing hidden: what gankit does for every method, once, in plain PyTorch.

    gankit examples plain_gan                 # about a minute on one core
    gankit examples plain_gan --steps 4000

Two convolutional players learn scikit-learn's handwritten digits, enlarged to 16x16. Read `main` from top to bottom;
the order of its lines is the algorithm (Goodfellow et al. 2014, arXiv:1406.2661, Algorithm 1, with the generator's
loss of section 3; players after Radford et al. 2015, arXiv:1511.06434). What gankit adds to this, and where:

    resuming to the bit, logs, previews, signals      gankit/training, gankit/runs
    any size, any folder, classes, pairs              gankit/data
    the other fifteen games                           gankit/methods
    how good it is, and whether it only remembers     gankit/evaluation
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import torch
from PIL import Image
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.nn import functional as F

LATENT, WIDTH, SIDE = 64, 32, 16
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


def real_images() -> Tensor:
    """1,797 digits, [n, 1, 16, 16] in [-1, 1]: the range of the generator's tanh."""
    pixels = torch.from_numpy(load_digits(return_X_y=True)[0]).float().view(-1, 1, 8, 8) / 8 - 1
    return F.interpolate(pixels, (SIDE, SIDE), mode="bilinear", align_corners=False).to(DEVICE)


def new_generator() -> nn.Module:
    """Latents [n, 64] to images [n, 1, 16, 16]: twice as large and half as deep in each layer."""
    return nn.Sequential(
        nn.Linear(LATENT, 2 * WIDTH * 4 * 4, bias=False),
        nn.Unflatten(1, (2 * WIDTH, 4, 4)),
        nn.BatchNorm2d(2 * WIDTH),
        nn.ReLU(),
        nn.ConvTranspose2d(2 * WIDTH, WIDTH, 4, stride=2, padding=1, bias=False),
        nn.BatchNorm2d(WIDTH),
        nn.ReLU(),
        nn.ConvTranspose2d(WIDTH, 1, 4, stride=2, padding=1),
        nn.Tanh(),
    )


def new_discriminator() -> nn.Module:
    """Images [n, 1, 16, 16] to scores [n]: the higher, the more real. No sigmoid: the loss takes logits."""
    return nn.Sequential(
        nn.Conv2d(1, WIDTH, 4, stride=2, padding=1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(WIDTH, 2 * WIDTH, 4, stride=2, padding=1, bias=False),
        nn.BatchNorm2d(2 * WIDTH),
        nn.LeakyReLU(0.2),
        nn.Flatten(),
        nn.Linear(2 * WIDTH * 4 * 4, 1),
        nn.Flatten(0),
    )


def start(player: nn.Module) -> nn.Module:
    """Weights from N(0, 0.02), gains of batch norms from N(1, 0.02)."""
    for part in player.modules():
        if isinstance(part, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(part.weight, 0, 0.02)
        elif isinstance(part, nn.BatchNorm2d):
            nn.init.normal_(part.weight, 1, 0.02)
    return player.to(DEVICE)


def discriminator_loss(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
    """-log D(x) - log(1 - D(G(z))), D being the sigmoid of a score: a cross-entropy, written for scores."""
    return F.softplus(-real_scores).mean() + F.softplus(fake_scores).mean()


def generator_loss(fake_scores: Tensor) -> Tensor:
    """-log D(G(z)): it has a slope where log(1 - D(G(z))) has none, while D still wins."""
    return F.softplus(-fake_scores).mean()


def sheet(images: Tensor, columns: int = 8, scale: int = 4) -> Image.Image:
    """Images [n, 1, H, W] in [-1, 1], row by row, enlarged."""
    pixels = ((images.clamp(-1, 1) + 1) * 127.5).round().byte().cpu()
    rows = [torch.cat(list(row), dim=2) for row in F.pad(pixels, (1, 1, 1, 1), value=64).split(columns)]
    whole = torch.cat(rows, dim=1)[0]
    return Image.fromarray(whole.repeat_interleave(scale, 0).repeat_interleave(scale, 1).numpy())


def main(steps: int, batch_size: int, out: Path) -> None:
    torch.manual_seed(0)
    data = real_images()
    generator, discriminator = start(new_generator()), start(new_discriminator())
    learn_to_make = torch.optim.Adam(generator.parameters(), lr=2e-4, betas=(0.5, 0.999))
    learn_to_tell = torch.optim.Adam(discriminator.parameters(), lr=2e-4, betas=(0.5, 0.999))
    watched = torch.randn(64, LATENT, device=DEVICE)  # the same latents, to see the generator move
    out.mkdir(parents=True, exist_ok=True)

    for step in range(1, steps + 1):
        real = data[torch.randint(len(data), (batch_size,), device=DEVICE)]

        # The discriminator's turn. The generator is held still: its samples carry no graph.
        with torch.no_grad():
            fake = generator(torch.randn(batch_size, LATENT, device=DEVICE))
        told = discriminator_loss(discriminator(real), discriminator(fake))
        learn_to_tell.zero_grad()
        told.backward()
        learn_to_tell.step()

        # The generator's turn. The gradient passes through the discriminator, whose weights stay as they are.
        fooled = generator_loss(discriminator(generator(torch.randn(batch_size, LATENT, device=DEVICE))))
        learn_to_make.zero_grad()
        fooled.backward()
        learn_to_make.step()

        if step % 250 == 0 or step == steps:
            # At the equilibrium D says 1/2 everywhere: its loss is 2 log 2 = 1.39, the generator's log 2 = 0.69.
            told_value, fooled_value = told.item(), fooled.item()
            assert math.isfinite(told_value + fooled_value), "diverged: try a lower rate"
            print(f"step {step:5}  discriminator {told_value:.3f}  generator {fooled_value:.3f}", flush=True)
            generator.eval()  # batch norms by their running statistics, as one image at a time would need
            with torch.no_grad():
                sheet(generator(watched)).save(out / f"step-{step:05}.png")
            generator.train()
    torch.save(generator.state_dict(), out / "generator.pt")
    print(f"pictures and generator.pt in {out}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A whole GAN in one file.")
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--out", type=Path, default=Path("runs/plain_gan"))
    asked = parser.parse_args()
    main(asked.steps, asked.batch_size, asked.out)
