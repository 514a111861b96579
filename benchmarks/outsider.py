"""The common DCGAN script for so many minutes of one core, on the pictures of a race at 64x64; its samples are PNGs.

    python benchmarks/outsider.py --data photos/ --minutes 20 --out runs/outsider
    gankit evaluate runs/outsider/samples --data photos/ --size 64 --features efficientnet-lite0

As in `gankit benchmark --minutes` the minutes are those that the process computes. Loading the data is not in them;
to decode each picture for each batch is, because that is how the script has it.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import reference
import torch
from torch import nn

from gankit import pictures
from gankit.data import images, open_data

LATENT, SIZE, BATCH = 100, 64, 64
SAMPLES = 2000


def started(player: nn.Module) -> None:
    """Weights as the script draws them."""
    for layer in player.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(layer.weight, 0.0, 0.02)
        elif isinstance(layer, nn.BatchNorm2d):
            nn.init.normal_(layer.weight, 1.0, 0.02)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    folder, samples = asked.out / "pictures", asked.out / "samples"
    for made in (folder, samples):
        made.mkdir(parents=True)
    pack = open_data(asked.data, size=SIZE)
    for start in range(0, len(pack), 256):
        rows = torch.arange(start, min(start + 256, len(pack)))
        for row, pixels in zip(rows.tolist(), pictures.to_bytes(images(pack, rows)), strict=True):
            pictures.to_pil(pixels).save(folder / f"{row:06}.png")

    torch.manual_seed(asked.seed)
    players = reference.dcgan(latent=LATENT)
    for player in players:
        player.apply(started)
    step = reference.loop(players, reference.endless(reference.Folder(folder), BATCH, workers=0), latent=LATENT)
    begun, steps = time.process_time(), 0
    while time.process_time() - begun < 60 * asked.minutes:
        step()
        steps += 1
    print(f"{steps} steps of {BATCH} pictures in {asked.minutes:g} minutes of computing")

    generator = players[0].eval()
    with torch.no_grad():
        for number in range(SAMPLES):
            pixels = pictures.to_bytes(generator(torch.randn(1, LATENT)))[0]
            pictures.to_pil(pixels).save(samples / f"{number:04}.png")
        pictures.save(pictures.grid(generator(torch.randn(16, LATENT)), columns=4), asked.out / "grid.png")
    print(f"wrote {SAMPLES} samples to {samples}")


if __name__ == "__main__":
    main()
