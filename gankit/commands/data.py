"""gankit data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gankit import pictures
from gankit.base.errors import warn
from gankit.base.files import slug
from gankit.base.text import tell
from gankit.commands.main import COMMANDS
from gankit.commands.parsing import parse
from gankit.data import contact_sheet, describe, open_data
from gankit.data.sides.opening import Direction
from gankit.data.sources.located import Channels, Fit


@dataclass(frozen=True)
class Data:
    source: str
    """A data set's name, a folder or .zip of images, hub:owner/name, an .npy, .npz, .mat, .pt, .csv, .parquet or .tar
    file, a folder of shards, or a .txt list of their http addresses."""
    pair: str | None = None
    """Show it as a translator would take it: auto (two sides by what is there), side-by-side, or made from any
    pictures: colorize, edges, rotate, tint. A folder of two domains is shown so by itself."""
    direction: Direction = "AtoB"
    """Which side becomes which."""
    size: str | None = None
    """Side of the training images, as N or HEIGHTxWIDTH; by default their own, up to 64."""
    labels: str | None = None
    """Where the labels are, if they are not found: a table beside the pictures, FILE or FILE:COLUMN; or the column, or
    the array, of a file."""
    layout: str | None = None
    """The axes of an array, if they are not told right: HW, HWC, CHW, or HEIGHTxWIDTH[xCHANNELS] of rows."""
    fit: Fit = "crop"
    """What becomes of pictures of another aspect: crop takes the largest part from the middle, pad all between black
    bars."""
    channels: Channels | None = None
    """Of every picture in a file: 1 is grey, 3 colours over white, 4 keeps transparency; by default what they need."""
    range: tuple[float, float] | None = None
    """The values that become black and white (-1 and 1 in vectors); by default the whole range of 8 or 16 bits, or the
    set's own where its values clearly do not use it."""
    out: Path | None = None
    """Where the contact sheet goes; by default runs/data-SOURCE.png."""


def data(arguments: list[str]) -> None:
    options = parse(Data, arguments, "gankit data", COMMANDS["data"])
    plain = options.pair is None and options.direction == "AtoB"
    pack = open_data(
        options.source,
        sides="auto" if plain else "either",
        pair=options.pair or "auto",
        direction=options.direction,
        size=options.size,
        labels=options.labels,
        layout=options.layout,
        fit=options.fit,
        channels=options.channels,
        range=options.range,
        say=warn,
    )
    tell(*describe(pack))
    out = options.out or Path("runs") / f"data-{slug(options.source)}.png"
    tell(f"contact sheet: {pictures.save(contact_sheet(pack), out)}")
