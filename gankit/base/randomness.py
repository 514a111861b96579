"""Every random number follows from the seed and from what it is for, so nothing about chance needs saving."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from gankit.base.devices import module_of


def derive(seed: int, *purpose: str | int) -> int:
    """A seed of its own for a purpose, such as `("step", 500)`: 63 bits, the same on every machine."""
    text = "/".join(map(str, (seed, *purpose)))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little") >> 1


def reseed(device: torch.device, seed: int) -> None:
    """Start torch's global generator on `device`, and the CPU's, from `seed`."""
    torch.default_generator.manual_seed(seed)
    if device.type == "mps":
        torch.mps.manual_seed(seed)
    elif device.type != "cpu":
        module = module_of(device)
        with module.device(device):
            module.manual_seed(seed)


@contextmanager
def seeded(device: torch.device, seed: int) -> Iterator[None]:
    """Start torch's global generators from `seed` for as long as this lasts; afterwards they are as they were."""
    with kept_chance(device):
        reseed(device, seed)
        yield


def chance(device: torch.device) -> list[Tensor]:
    """Where torch's global generators stand, on the CPU and on `device`: states on the CPU."""
    if device.type == "cpu":
        return [torch.get_rng_state()]
    return [torch.get_rng_state(), module_of(device).get_rng_state(device)]


def take_chances(device: torch.device, states: list[Tensor]) -> None:
    """Put torch's global generators where `states`, a `chance` of the same kind of device, says that they stood."""
    torch.set_rng_state(states[0])
    if device.type != "cpu":
        module_of(device).set_rng_state(states[1], device)


@contextmanager
def kept_chance(device: torch.device) -> Iterator[None]:
    """Whatever is drawn on the CPU and on `device` while this lasts, afterwards the generators are as they were."""
    before = chance(device)
    try:
        yield
    finally:
        take_chances(device, before)


@contextmanager
def replayed(device: torch.device, from_here: list[Tensor]) -> Iterator[None]:
    """Draw again what was drawn after `from_here`, a `chance`; afterwards the generators are as they were."""
    with kept_chance(device):
        take_chances(device, from_here)
        yield
