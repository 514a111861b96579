"""Rows about exploration: a walk as a command, from nothing to its film, and pictures inverted at once or singly."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from measure import ratio, seconds

import gankit
from gankit.exploration.invert import invert as find_latents
from gankit.features import feature_network
from gankit.game.batch import DataSpec
from gankit.networks import DCGANNetwork


def walk(scratch: Path, blocks: int) -> Iterator[str]:
    pixels = np.random.default_rng(0).integers(0, 256, (128, 64, 64, 3), np.uint8)
    np.save(scratch / "noise.npy", pixels)
    gankit.train(gankit.DCGAN(), data=str(scratch / "noise.npy"), out=scratch / "run", steps=1, preview_every=0)
    command = [sys.executable, "-m", "gankit", "explore", "walk", str(scratch / "run"), "--seeds", "1", "2"]
    command += ["--steps", "64", "--out", str(scratch / "walk.png")]
    times = [
        seconds(lambda: subprocess.run(command, check=True, capture_output=True), 1, time.perf_counter)
        for _ in range(blocks)
    ]
    yield f"{'explore walk, 64 steps of 64x64':34} {statistics.median(times):6.2f} s (< 3.0, with torch's start)"


def invert(scratch: Path, blocks: int) -> Iterator[str]:
    spec = DataSpec(shape=(1, 28, 28))
    generator = DCGANNetwork(width=32).generator(spec).eval().requires_grad_(False)
    features = feature_network("mnist-cnn", spec, "mnist")
    originals = torch.rand(64, 1, 28, 28) * 2 - 1

    def inverted(images: torch.Tensor) -> None:
        find_latents(generator, images, features=features, steps=20)

    at_once, one, _ = ratio(lambda: inverted(originals), lambda: inverted(originals[:1]), blocks, 1)
    times = 64 * one / at_once
    yield f"{'64 images inverted at once':34} {at_once:6.2f} s   one by one {64 * one:6.2f}   {times:5.1f}x (>= 8)"


ROWS: dict[str, Callable[[Path, int], Iterator[str]]] = {"walk": walk, "invert": invert}
