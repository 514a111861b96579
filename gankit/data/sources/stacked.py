"""Stacked MNIST: three digits drawn at random, as the three channels of one image, so that its 1,000 modes are known.

Metz et al., "Unrolled Generative Adversarial Networks", 2016. arXiv:1611.02163 (section 3.3)
Srivastava et al., "VEEGAN: Reducing Mode Collapse in GANs using Implicit Variational Learning", 2017.
arXiv:1705.07761; Lin et al., "PacGAN", 2017. arXiv:1712.04086 (128,000 images, scored by 26,000 samples)

The papers' code draws from MNIST's training and test images together. Here the splits stay apart, so that a
generator can be scored against images it has not seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import product

import numpy as np

from gankit.data.pack import Pack
from gankit.data.pack.content import Content, Decoded, hash_values
from gankit.data.pack.decode import Header, Layout, fit
from gankit.data.pack.values import Asked

NAME, OF = "stacked-mnist", "mnist"
CHANNELS = 3
COUNTS = {"train": 128_000, "test": 26_000}
SEEDS = {"train": 0, "test": 1}


@dataclass(frozen=True, kw_only=True)
class Stacked(Content):
    """Images whose channels are images of one channel each."""

    values: np.ndarray
    """[M, H, W, 1], what they are stacked from."""
    chosen: np.ndarray
    """[N, C], which of `values` are the channels of each."""

    def __len__(self) -> int:
        return len(self.chosen)

    def name(self, index: int) -> str:
        return "+".join(f"#{channel}" for channel in self.chosen[index])

    def items(self, start: int, stop: int) -> Iterator[np.ndarray]:
        """Arrays [H, W, C], made one by one: together they would be many times what they are stacked from."""
        return (np.concatenate(self.values[channels], axis=-1) for channels in self.chosen[start:stop])

    def layout(
        self, size: tuple[int, int] | None, asked: Asked, pool: Executor, seen: set[Header]
    ) -> tuple[Layout, list[str]]:
        return Layout((*(size or self.values.shape[1:3]), self.chosen.shape[1]), self.values.dtype), []

    def decode(self, item: np.ndarray, layout: Layout) -> Decoded:
        return Decoded(fit(item, layout.shape[:2]), item.shape[:2], str(item.dtype), hash_values(item))


def stack(pack: Pack, split: str) -> Stacked:
    """The stacked set of `split`, made of the images of `pack` [M, H, W, 1]: always the same for the same images.

    Its classes are all sequences of a class a channel: of digits "000" to "999", hundreds first.
    """
    assert pack.labels is not None
    chosen = np.random.default_rng(SEEDS[split]).integers(len(pack), size=(COUNTS[split], CHANNELS))
    names = pack.spec.classes
    places = len(names) ** np.arange(CHANNELS)[::-1]
    return Stacked(
        values=pack.values.numpy(),
        chosen=chosen,
        labels=pack.labels.numpy()[chosen] @ places,
        classes=stacked_names(names, CHANNELS),
        notes=(f"each channel an image of {pack.source}'s {split} split, drawn from a fixed seed",),
    )


def stacked_names(names: tuple[str, ...], channels: int) -> tuple[str, ...]:
    """Names of all classes of `channels` stacked images of the classes `names`: the last channel's changes first."""
    return tuple(map("".join, product(names, repeat=channels)))
