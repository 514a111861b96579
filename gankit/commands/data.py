"""gankit data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gankit import pictures
from gankit.base.errors import warn
from gankit.base.files import slug
from gankit.commands.main import COMMANDS
from gankit.commands.parsing import parse
from gankit.data import Pack, contact_sheet, describe, open_pack, open_sides
from gankit.data.sides.layouts import two_sided
from gankit.data.sides.opening import Direction


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
    options = parse(Data, arguments, "gankit data", COMMANDS["data"])
    pack = looked_at(options, say=warn)
    print("\n".join(describe(pack)))
    out = options.out or Path("runs") / f"data-{slug(options.source)}.png"
    print(f"contact sheet: {pictures.save(contact_sheet(pack), out)}")


def looked_at(options: Data, say: Callable[[str], None]) -> Pack:
    """The data, with two sides where they were asked for or are plain to see."""
    one_sided = options.pair is None and options.direction == "AtoB"
    if one_sided and not two_sided(options.source):
        return open_pack(options.source, size=options.size, say=say)
    pair = options.pair or "auto"
    return open_sides(options.source, aligned=None, pair=pair, direction=options.direction, size=options.size, say=say)
