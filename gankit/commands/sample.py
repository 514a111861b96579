"""gankit sample."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from gankit.commands.main import COMMANDS
from gankit.commands.parsing import parse
from gankit.runs.run import Weights, load


@dataclass(frozen=True)
class Sample:
    run: Path
    """The run directory."""
    n: Annotated[int, tyro.conf.arg(aliases=["-n"])] = 64
    """How many samples."""
    out: Path | None = None
    """A picture's name for one sheet of them (.png, .jpg, .webp), a folder for a PNG each, .npy for the numbers;
    by default a sheet in the run."""
    label: str | None = None
    """The class to make, by its name, or by its number where names are no numbers."""
    seed: int = 0
    """Equal seeds make equal samples."""
    truncation: float | None = None
    """Keep a Gaussian prior within so many standard deviations: more quality, less variety."""
    weights: Weights = "average"
    """The generator's running average, or its last weights."""
    device: str = "auto"
    """auto, cpu or cuda."""


def sample(arguments: list[str]) -> None:
    options = parse(Sample, arguments, "gankit sample", COMMANDS["sample"])
    samples = load(options.run).sample(
        options.n,
        label=options.label,
        seed=options.seed,
        truncation=options.truncation,
        weights=options.weights,
        device=options.device,
    )
    print(samples.save(options.out or options.run / "samples" / f"seed-{options.seed}.png"))
