"""What the defaults of every method learn of the built-in digits in 300 steps.

The rates, losses, weights' start and order of turns are the defaults; networks are narrower and batches smaller, so
that a step takes milliseconds. How far each comes is `BARS`.
"""

from __future__ import annotations

import copy
from dataclasses import fields, replace
from typing import Any

import torch

from gankit.data import Batches, images
from gankit.evaluation.frechet import frechet_distance
from gankit.game import Method
from gankit.losses.objectives import conditional_entropy
from gankit.methods import method_class
from gankit.methods.translation import TranslationMethod
from gankit.networks.batch_statistics import recalibrate
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
    "SNGANNetwork": {"width": 32, "discriminator_width": 16},
    "R3GANNetwork": {"width": 32, "blocks": 1},
    "FastGANNetwork": {"width": 16, "discriminator_width": 16},
    "ProjectedNetwork": {"width": 16, "mixed_width": 16, "side": 32, "eyes": "photos-cnn"},
    "UNetNetwork": {"width": 16, "discriminator_width": 16},
    "ResNetNetwork": {"width": 16, "blocks": 2, "discriminator_width": 16},
}
"""A quarter of the defaults' widths, by the class of the network, and less where those are for pictures of objects."""


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


class Learning:
    """A training of `method` on the digits, or on tinted ones and what they were for a translator."""

    def __init__(self, method: Method[Any], seed: int = 0) -> None:
        pair = "tint" if isinstance(method, TranslationMethod) else "auto"
        self.pack = Options(data="digits", pair=pair).source(method.batch_type).open()
        self.state = State(method, self.pack.spec, seed=seed, ema=0.9)
        self.batches = Batches(self.pack, method.batch_type, method.batch_size, seed=seed, labels=method.label_budget)
        shown = torch.arange(PICTURES)
        self.inputs, real = images(self.pack, shown), images(self.pack.other or self.pack, shown)
        self.real = real
        self.first = copy.deepcopy(self.state.players.generator)

    def play(self, steps: int) -> dict[str, float]:
        terms: dict[str, torch.Tensor] = {}
        for _ in range(steps):
            terms = self.state.advance(self.batches)
        return {name: float(value) for name, value in terms.items()}

    def made(self, generator: Any) -> torch.Tensor:
        """Its samples or translations, batch norms by the statistics of these, so that to settle is not to learn."""
        generator = copy.deepcopy(generator)

        def make() -> torch.Tensor:
            torch.manual_seed(0)
            return generator(self.inputs) if self.pack.other else generator.sample(PICTURES)

        with torch.no_grad():
            recalibrate(generator, make)
            return make()

    def distance(self) -> float:
        """The Fréchet distance of pixels of 500 samples, or translations, to as many real pictures."""
        return frechet_distance(self.real.flatten(1), self.made(self.state.average.module).flatten(1))

    def scores(self) -> tuple[float, float, float]:
        """What the discriminator thinks on average of data, of the first generator's samples and of this one's."""
        discriminator = copy.deepcopy(self.state.players.discriminator).eval()
        labels = () if self.pack.labels is None or not self.first.classes else (self.pack.labels[:PICTURES],)

        def sampled(generator: Any) -> torch.Tensor:
            torch.manual_seed(0)
            return copy.deepcopy(generator).eval().sample(PICTURES, *labels)

        with torch.no_grad():
            shown = (self.real, sampled(self.first), sampled(self.state.average.module))
            return tuple(opinion(discriminator(pictures, *labels), pictures) for pictures in shown)  # pyright: ignore


def opinion(answer: Any, pictures: torch.Tensor) -> float:
    """How real a discriminator finds `pictures` on average, by its `answer`: a score, how sure it is of categories, or
    how well it gives them back."""
    if isinstance(answer, dict):
        return -float(conditional_entropy(answer["categories"]))
    return float(answer.mean() if answer.dim() == 1 else -(answer - pictures).abs().mean())
