"""Every random number follows from the seed and from what it is for, so nothing about chance needs saving."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import torch


def derive(seed: int, *purpose: str | int) -> int:
    """A seed of its own for a purpose, such as `("step", 500)`: 63 bits, the same on every machine."""
    text = "/".join(map(str, (seed, *purpose)))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little") >> 1


def reseed(device: torch.device, seed: int) -> None:
    """Start torch's global generator on `device`, and the CPU's, from `seed`."""
    torch.default_generator.manual_seed(seed)
    if device.type == "cuda":
        torch.cuda.manual_seed(seed)


@contextmanager
def seeded(device: torch.device, seed: int) -> Iterator[None]:
    """Start torch's global generators from `seed` for as long as this lasts; afterwards they are as they were."""
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        reseed(device, seed)
        yield
