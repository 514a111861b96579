"""What the defaults of every method learn of the built-in digits in 300 steps.

The rates, losses, weights' start and order of turns are the defaults; networks are narrower and batches smaller, so
that a step takes milliseconds. How far each comes is `BARS`.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import torch

from gankit.data import Batches, images
from gankit.evaluation.frechet import frechet_distance
from gankit.game import Method
from gankit.methods import method_class
from gankit.methods.translation import TranslationMethod
from gankit.runs.options import Options
from gankit.training.state import State

STEPS = 300
BATCH = 32
"""Examples in a batch where the default has more: most have 64 to 128, and f-GAN 4,096."""
PICTURES = 500

NARROWER: dict[str, Any] = {
    "MaxoutMLP": {"generator_widths": (300, 300), "units": 60},
    "CGANNetwork": {"generator_widths": (50, 250, 300), "units": (60, 12, 60)},
    "DCGANNetwork": {"width": 16},
    "InfoGANNetwork": {"width": 16, "hidden": 256},
    "CatGANNetwork": {"generator_widths": (125, 125, 250), "discriminator_widths": (250, 125, 62, 62, 62)},
    "FGANNetwork": {"generator_widths": (300, 300), "discriminator_widths": (60, 60)},
    "ConvAutoencoder": {"width": 16},
    "BEGANNetwork": {"filters": 16},
    "UNetNetwork": {"width": 16, "discriminator_width": 16},
    "ResNetNetwork": {"width": 16, "blocks": 2, "discriminator_width": 16},
}
"""A quarter of the defaults' widths, by the class of the network."""


def small(name: str) -> Method[Any]:
    """The method with its defaults, a quarter as wide, on batches of 32 at most."""
    method: Any = method_class(name)()  # pyright: ignore[reportCallIssue]
    return replace(method, network=narrowed(method.network), batch_size=min(method.batch_size, BATCH))


def narrowed(network: Any) -> Any:
    known = NARROWER.get(type(network).__name__)
    if known:
        return replace(network, **known)
    inner = {field.name: getattr(network, field.name) for field in fields(network)}
    return replace(network, **{name: narrowed(part) for name, part in inner.items() if type(part).__name__ in NARROWER})


def distances(method: Method[Any], steps: int = STEPS, seed: int = 0) -> tuple[float, float]:
    """The Fréchet distance of pixels of 500 samples, or translations, to 500 real pictures, before and after."""
    pair = "tint" if isinstance(method, TranslationMethod) else "auto"
    pack = Options(data="digits", pair=pair).source(method.batch_type).open()
    state = State(method, pack.spec, seed=seed, ema=0.9)
    batches = Batches(pack, method.batch_type, method.batch_size, seed=seed, labels=method.label_budget)
    shown = torch.arange(PICTURES)
    inputs, real = images(pack, shown), images(pack.other or pack, shown).flatten(1)

    def distance() -> float:
        torch.manual_seed(0)
        generator = state.average.module
        with torch.no_grad():
            made = generator(inputs) if pack.other else generator.sample(PICTURES)
        return frechet_distance(real, made.flatten(1))

    before = distance()
    for _ in range(steps):
        state.advance(batches)
    return before, distance()
