"""gankit sample."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import tyro

from gankit.base.bounds import Positive
from gankit.base.errors import UserError
from gankit.base.files import safe_name
from gankit.base.progress import Progress
from gankit.base.text import tell
from gankit.commands.main import COMMANDS
from gankit.commands.parsing import parse
from gankit.pictures.grids import Times
from gankit.pictures.streaming import FORMS, write_samples
from gankit.runs.directory import inside
from gankit.runs.run import Weights, load

ON_A_SHEET = 10_000


@dataclass(frozen=True)
class Sample:
    run: Path
    """The run directory."""
    n: Annotated[int, tyro.conf.arg(aliases=["-n"])] = 64
    """How many samples."""
    out: Path | None = None
    """A picture's name for one sheet of them (.png, .webp, or .jpg, which has no transparency: over white), a folder or
    a .zip for a PNG each, .npy for the numbers; by default a sheet in the run. Of these but the sheet there may be any
    number: a million, say."""
    by_class: bool = False
    """In the folder or .zip, a folder for each class."""
    label: str | None = None
    """The class to make, by its name, or by its number where names are no numbers; or attributes: Smiling,Young."""
    seed: int = 0
    """Equal seeds make equal samples."""
    truncation: Positive | None = None
    """Keep a Gaussian prior within so many standard deviations: more quality, less variety."""
    scale: Times | None = None
    """Times that images are enlarged on a sheet; by default as often as brings it to about 800 pixels."""
    weights: Weights = "average"
    """The generator's running average, or its last weights."""
    device: str = "auto"
    """auto, cpu, cuda, xpu or mps, or one of several, as cuda:1."""
    trust: bool = False
    """Run the method.py of a run that was not made here: it is a program, so read it first."""


def sample(arguments: list[str]) -> None:
    options = parse(Sample, arguments, "gankit sample", COMMANDS["sample"])
    run = load(options.run, trust=options.trust)
    kind = "" if options.label is None else f"-{safe_name(options.label)}"
    out = inside(run.directory, options.out or run.directory / "samples" / f"seed-{options.seed}{kind}.png")
    how: dict[str, Any] = {"label": options.label, "seed": options.seed, "truncation": options.truncation}
    how |= {"weights": options.weights, "device": options.device}
    on_a_sheet = out.suffix.lower() not in ("", ".zip", ".npy")
    if options.by_class:
        if not run.generator(weights=options.weights, device=options.device).classes:
            raise UserError(f"{run.directory} has a generator that takes no labels: leave --by-class away")
        if on_a_sheet:
            raise UserError(
                "a sheet has no folders for classes: leave --by-class away, or take a folder or .zip as --out"
            )
    if options.scale is not None and not on_a_sheet:
        raise UserError("--scale is for a sheet: leave it away, as pictures in files of their own have the run's size")
    if on_a_sheet:
        if options.n > ON_A_SHEET:
            raise UserError(f"a sheet of {options.n:,} samples is too large to look at: take --out {FORMS}")
        tell(run.sample(options.n, **how).save(out, scale=options.scale))
        return
    parts = run.sample_parts(options.n, **how)
    with closing(Progress(options.n, "samples")) as progress:
        tell(write_samples(parts, options.n, out, classes=run.spec.classes, by_class=options.by_class, at=progress.at))
