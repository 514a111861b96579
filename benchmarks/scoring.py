"""Rows about evaluation: ten thousand images scored, manifolds of fifty thousand, and what is not computed twice."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import reference
from measure import peak_memory, ratio, seconds
from PIL import Image

import gankit
from gankit.data import open_data
from gankit.evaluation.card import Card
from gankit.features import feature_network
from gankit.game.batch import DataSpec
from gankit.networks import MLP
from gankit.runs.evaluate import evaluate

LACK = "needs mnist under $GANKIT_DATA"
COUNT = 10_000


def has_mnist() -> bool:
    return bool(os.environ.get("GANKIT_DATA")) and (Path(os.environ["GANKIT_DATA"]) / "mnist").is_dir()


@contextmanager
def own_cache(path: Path) -> Iterator[None]:
    """What is scored within finds nothing that was computed outside."""
    before = os.environ.get("GANKIT_CACHE")
    os.environ["GANKIT_CACHE"] = str(path)
    try:
        yield
    finally:
        del os.environ["GANKIT_CACHE"]
        if before is not None:
            os.environ["GANKIT_CACHE"] = before


def quietly(subject: Any, data: Any = None, **protocol: Any) -> Card:
    return evaluate(subject, data, say=lambda line: None, **protocol)


def scores(scratch: Path, blocks: int) -> Iterator[str]:
    """From folders of PNGs to the figures, packing included: test images as data, training images as samples."""
    name = "scores of 10,000 + 10,000 of MNIST"
    if not has_mnist():
        yield f"{name:34} {LACK}"
        return
    real, fake = (pngs(scratch / split, split) for split in ("test", "train"))
    network = feature_network("mnist-cnn", DataSpec(shape=(1, 28, 28)), "mnist")
    fresh = count()
    found: dict[str, dict[str, float]] = {}

    def ours() -> None:
        with own_cache(scratch / f"scores-cache-{next(fresh)}"):
            asked = {"metrics": ("frechet", "kid", "prdc"), "features": "mnist-cnn", "samples": COUNT}
            card = quietly(fake, real, split="train", **asked)
        found["ours"] = {figure.name: figure.value for figure in card.figures}

    def theirs() -> None:
        found["theirs"] = reference.scores(real, fake, lambda images: network(images).values, "L")

    mine, other, times = ratio(ours, theirs, 1, 1)
    yield f"{name:34} {mine:9.1f} s (< 60)   reference {other:9.1f}   {times:5.2f}x (>= 3)"
    for side, figures in found.items():
        yield f"  {side:32} " + "  ".join(f"{figure} {value:.4f}" for figure, value in figures.items())


def pngs(folder: Path, split: Any) -> Path:
    """The first images of MNIST's `split` as files, one each."""
    folder.mkdir()
    for index, pixels in enumerate(open_data("mnist", split=split).values[:COUNT, :, :, 0].numpy()):
        Image.fromarray(pixels).save(folder / f"{index:05}.png")
    return folder


MANIFOLD = """
import time
import torch
from gankit.evaluation import manifold_scores
random = torch.Generator().manual_seed(0)
real, fake = (torch.randn({n}, 128, generator=random) for _ in range(2))
start = time.perf_counter()
manifold_scores(real, fake)
print(time.perf_counter() - start)
"""


def manifold(scratch: Path, blocks: int) -> Iterator[str]:
    peak, taken = peak_memory(MANIFOLD.format(n=50_000))
    name = "PRDC of 50,000 x 50,000 x 128"
    yield f"{name:34} {float(taken):9.1f} s          peak memory {peak:7,.0f} MiB (< 2,048)"


def again(scratch: Path, blocks: int) -> Iterator[str]:
    """A run's second evaluation finds the features of real images, and what training images get, where it left them."""
    name = "a run's second evaluation"
    if not has_mnist():
        yield f"{name:34} {LACK}"
        return
    with own_cache(scratch / "again-cache"):
        run = gankit.train(gankit.GAN(network=MLP(), batch_size=64), data="mnist", out=scratch / "again", steps=1)
        open_data("mnist", split="test")
        first, second = (seconds(lambda: quietly(run)) for _ in range(2))
    yield f"{name:34} {second:9.1f} s          the first {first:9.1f}   {first / second:5.2f}x (>= 2)"


ROWS: dict[str, Callable[[Path, int], Iterator[str]]] = {"scores": scores, "manifold": manifold, "again": again}
