"""gankit sample and gankit data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from gankit import pictures
from gankit.base.errors import warn
from gankit.base.files import slug
from gankit.commands.main import COMMANDS
from gankit.commands.parsing import parse
from gankit.data import Pack, contact_sheet, describe, open_data
from gankit.data.sides.layouts import two_sided
from gankit.data.sides.opening import Direction, open_two_sides
from gankit.runs.run import Run


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
    """The class to make, by number or name, where the generator takes labels."""
    seed: int = 0
    """Equal seeds make equal samples."""
    truncation: float | None = None
    """Keep a Gaussian prior within so many standard deviations: more quality, less variety."""
    weights: Literal["average", "last"] = "average"
    """The generator's running average, or its last weights."""
    device: str = "auto"
    """auto, cpu or cuda."""


def sample(arguments: list[str]) -> None:
    asked = parse(Sample, arguments, "gankit sample", COMMANDS["sample"].about)
    made = Run(asked.run).sample(
        asked.n,
        label=asked.label,
        seed=asked.seed,
        truncation=asked.truncation,
        weights=asked.weights,
        device=asked.device,
    )
    print(made.save(asked.out or asked.run / "samples" / f"seed-{asked.seed}.png"))


@dataclass(frozen=True)
class Data:
    source: str
    """A data set's name, a folder or .zip of images, hub:owner/name, or an .npy, .npz or .parquet file."""
    pair: str | None = None
    """Show it as a translator would take it: auto (two sides by what is there), side-by-side, or made from any
    pictures: colorize, edges, rotate, tint. A folder of two domains is shown so by itself."""
    direction: Direction = "AtoB"
    """Which side becomes which."""
    size: str | None = None
    """Side of the training images, as N or HEIGHTxWIDTH; by default their own, up to 64."""
    out: Path | None = None
    """Where the contact sheet goes; by default runs/data-SOURCE.png."""


def data(arguments: list[str]) -> None:
    asked = parse(Data, arguments, "gankit data", COMMANDS["data"].about)
    pack = looked_at(asked, say=warn)
    print("\n".join(describe(pack)))
    out = asked.out or Path("runs") / f"data-{slug(asked.source)}.png"
    print(f"contact sheet: {pictures.save(contact_sheet(pack), out)}")


def looked_at(asked: Data, say: Callable[[str], None]) -> Pack:
    """The data, with two sides where they were asked for or are plain to see."""
    one_sided = asked.pair is None and asked.direction == "AtoB"
    if one_sided and not two_sided(asked.source):
        return open_data(asked.source, size=asked.size, say=say)
    pair = asked.pair or "auto"
    return open_two_sides(asked.source, aligned=None, pair=pair, direction=asked.direction, size=asked.size, say=say)
