"""Every random number follows from the seed and from what it is for, so nothing about chance needs saving."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor


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


def chance(device: torch.device) -> list[Tensor]:
    """Where torch's global generators stand, on the CPU and on `device`."""
    return [torch.get_rng_state(), *([torch.cuda.get_rng_state(device)] if device.type == "cuda" else [])]


@contextmanager
def replayed(device: torch.device, from_here: list[Tensor]) -> Iterator[None]:
    """Draw again what was drawn after `from_here`, a `chance`; afterwards the generators are as they were."""
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.set_rng_state(from_here[0])
        if device.type == "cuda":
            torch.cuda.set_rng_state(from_here[1], device)
        yield
