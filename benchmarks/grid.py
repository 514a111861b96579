"""The grid that upsampling leaves in translated pictures: power at (pi, pi) over the inputs, before and after training.

python benchmarks/grid.py --data ../shared/data/summer2winter --steps 300
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import torch
from torch import Tensor

import gankit
from gankit.data import images
from gankit.networks import ResNetNetwork


def power(pictures: Tensor) -> float:
    """Mean over pictures [n, C, H, W] and channels of the power at (pi, pi), where a checkerboard is."""
    rows, columns = (torch.arange(side) for side in pictures.shape[2:])
    signs = 1 - 2 * ((rows[:, None] + columns) % 2)
    return float((pictures * signs).mean((2, 3)).square().mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="two domains: trainA/, trainB/, testA/, testB/")
    parser.add_argument("--size", default="64")
    parser.add_argument("--width", type=int, default=16)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    print("upsample    steps  power over the input's")
    for upsample in ("transposed", "resize"):
        network = ResNetNetwork(width=asked.width, discriminator_width=asked.width, upsample=upsample)
        for steps in (1, asked.steps):
            with tempfile.TemporaryDirectory() as folder:
                run = gankit.train(
                    gankit.CycleGAN(network=network),
                    data=asked.data,
                    size=asked.size,
                    out=Path(folder) / "run",
                    steps=steps,
                    seed=asked.seed,
                    precision="fp32",
                    preview_every=0,
                    ema=0.0,
                    say=lambda line: None,
                )
                pack = run.data("test")
                given = images(pack, torch.arange(min(32, len(pack))))
                with torch.inference_mode():
                    made = run.translator(device="cpu")(given)
            print(f"{upsample:10} {steps:6,}  {power(made) / power(given):.3g}", flush=True)


if __name__ == "__main__":
    main()
