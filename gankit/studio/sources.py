"""Data that a visitor may name: sets that are at hand, and what lies in the folders that were given; nothing else."""

from __future__ import annotations

from pathlib import Path

from gankit.base.errors import UserError
from gankit.base.files import cache_root
from gankit.data import contact_sheet, describe, open_data
from gankit.data.sources import named, toys
from gankit.studio.drawings import Drawing, command

LISTED = 200
"""Folders and files that are offered, at most."""
FILES = (".zip", ".npy", ".npz", ".csv", ".parquet")
LARGEST = 512


class Sources:
    """What may be looked at and trained on."""

    def __init__(self, folders: tuple[Path, ...]) -> None:
        self.folders = tuple(folder.resolve() for folder in folders)

    def names(self) -> list[str]:
        """What is offered: named sets, then each folder given and what lies in it."""
        offered = ["digits", *(name for name in named.NAMED if named.at_hand(name, "train", cache_root())), *toys.NAMES]
        for folder in self.folders:
            offered += [str(folder), *(str(path) for path in sorted(folder.iterdir()) if _may_hold_data(path))]
        return offered[:LISTED]

    def checked(self, name: str) -> str:
        """`name`, a set's or a path in a folder that was given. Raises `UserError` for any other, by whatever name."""
        name = name.strip()
        if name in self.names() and not Path(name).is_absolute():
            return name
        try:
            path = Path(name).resolve()
        except (OSError, ValueError, RuntimeError):
            path = None
        if not name or path is None or not any(path.is_relative_to(folder) for folder in self.folders):
            raise UserError(f"{name[:100]!r} is in no folder that this studio was given: start it with --data FOLDER")
        if not path.exists():
            raise UserError(f"there is no {name[:100]!r}")
        return str(path)

    def described(self, name: str, size: str = "") -> tuple[list[str], Drawing]:
        """What `gankit data` says of `name`, and its contact sheet."""
        source, side = self.checked(name), size_in_words(size)
        said: list[str] = []
        pack = open_data(source, sides="auto", size=side, say=said.append)
        sheet = Drawing(
            picture=contact_sheet(pack),
            name=f"data {Path(source).name}",
            alt=f"Some of {pack.source}, evenly from all of it",
            command=command("data", source, size=side, out="contact-sheet.png"),
        )
        return [*said, *describe(pack)], sheet


def size_in_words(size: str) -> str | None:
    """A size as the command line takes it, N or HEIGHTxWIDTH; None for none. Raises `UserError` for what is none."""
    sides = size.strip().lower().split("x")
    if sides == [""]:
        return None
    if len(sides) > 2 or not all(side.isdecimal() and 1 <= int(side) <= LARGEST for side in sides):
        raise UserError(f"a size is N or HEIGHTxWIDTH, up to {LARGEST}, not {size[:40]!r}")
    return "x".join(sides)


def _may_hold_data(path: Path) -> bool:
    return not path.name.startswith(".") and (path.is_dir() or path.suffix.lower() in FILES)
