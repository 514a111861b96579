"""Which files are meant, and under which names what becomes of them is written."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from gankit.base.errors import UserError
from gankit.base.files import path_of
from gankit.base.text import plural
from gankit.data.pack.encoded import Page
from gankit.data.sides.domains import folders, list_domains, place_of
from gankit.data.sources.folder import Listing, is_picture, list_folder, paged, reading
from gankit.data.sources.kinds import unread
from gankit.data.sources.located import Split
from gankit.data.sources.splits import SPLITS as WORDS

KEPT = {".jpg": (1, 3), ".jpeg": (1, 3), ".webp": (1, 3, 4)}
"""Suffixes that a translation has from its input, and the channels that such a file can hold; others become .png."""
Input = Path | Page
"""A picture's file, or one page of a stack."""
Side = Literal["A", "B"]
SPLITS: tuple[Split, ...] = ("test", "train")
"""Of data, in the order in which they are looked for."""
COMPARISON, NUMBERS = "comparison.png", "translated.json"


def picture_files(
    inputs: Sequence[str], side: Side, say: Callable[[str], None], split: Split | None = None
) -> list[Input]:
    """The files that `inputs` name: files, folders and patterns such as `photos/*.jpg`, each file once; the pages of
    stacks and animations one by one, and that is said.

    A folder without pictures of its own may be data as for training: of two sides that lie in it those of `side`, and
    of splits those of `split`, by default of test and where there is none of train; what was taken is said.
    Raises `UserError` for what is not there.
    """
    files: list[Path] = []
    for given in inputs:
        path = path_of(given)
        if path.is_dir():
            files += _in_folder(path, side, say, split)
        elif path.exists():
            files.append(path)
        elif glob.has_magic(given):
            matched = [Path(name) for name in sorted(glob.glob(str(path), recursive=True))]  # noqa: PTH207
            chosen = [file for file in matched if not file.is_dir() and is_picture(file)]
            if not chosen:
                raise UserError(f"no picture matches {given!r}")
            files += chosen
        else:
            raise UserError(f"there is no file {given!r}")
    if not files:
        raise UserError("no pictures were given: name files, folders, or patterns such as 'photos/*.jpg'")
    once: dict[str, Path] = {}
    for path in files:
        once.setdefault(os.path.realpath(path), path)  # which a link in a circle has as well
    found: list[Input] = []
    for path in once.values():
        numbers = paged(path)
        if len(numbers) > 1:
            say(f"{str(path)!r} is a stack: {plural(len(numbers), 'picture')}, one for each page or frame")
        found += [path] if len(numbers) == 1 else [Page(path, number) for number in numbers]
    return found


def file_of(given: Input) -> Path:
    """The file that a picture is in."""
    file = given.file if isinstance(given, Page) else given
    assert isinstance(file, Path)
    return file


def name_of(given: Input) -> str:
    """The name of a picture without its suffix: a page's has its number, from 1."""
    path = file_of(given)
    if not isinstance(given, Page):
        return path.stem
    return f"{path.stem}-{given.number + 1:03d}"


def spelled(given: Input) -> str:
    """A picture in words."""
    return f"{file_of(given)} page {given.number + 1}" if isinstance(given, Page) else str(given)


def pictures_in(folder: Path) -> list[Path]:
    """The pictures that lie in `folder` itself, by name."""
    with reading(folder):
        inside = sorted(folder.iterdir())
    return [file for file in inside if _is_picture(file)]


def _in_folder(folder: Path, side: Side, say: Callable[[str], None], split: Split | None) -> list[Path]:
    own = pictures_in(folder)
    if own:
        return own
    for tried in (split,) if split else SPLITS:
        try:
            found = _of_split(folder, side, tried)
        except UserError:
            if split:
                raise
            continue
        if found.root == folder:
            break
        part = found.root.relative_to(folder).as_posix()
        say(f"{str(folder)!r} has no pictures of its own: {plural(len(found.files), 'picture')} of {part}/ taken")
        return [found.root / file.name for file in found.files]
    if said := unread(file.name for file in folder.iterdir()):
        raise UserError(f"no pictures in {str(folder)!r} but {said[0]}")
    raise UserError(f"no pictures in {str(folder)!r}: name the folder that they lie in")


def _of_split(folder: Path, side: Side, split: Split) -> Listing:
    """The pictures of a split of `folder`, of one of its sides where it has two. Raises `UserError` for none such."""
    place = place_of(folder)
    assert place
    there = {name.lower(): name for name in place.inside("")}
    for word in WORDS[split]:  # whose other side may be elsewhere
        if name := there.get(f"{word}{side.lower()}"):
            return list_folder(folder / name, "train")
    if names := folders(folder, place.inside):
        return list_domains(place, names, split)["AB".index(side)]
    return list_folder(folder, split)


def _is_picture(file: Path) -> bool:
    return not file.name.startswith(".") and not file.is_dir() and is_picture(file)


def outputs(inputs: Sequence[Input], out: Path, channels: int, taken: Sequence[str]) -> list[Path]:
    """Where the translation, of `channels`, of each input is written in the folder `out`.

    Raises `UserError` where two would be one file, would have one of the names `taken`, or would replace an input.
    """
    if out.exists() and not out.is_dir():
        raise UserError(f"{str(out)!r} is no folder: take another --out")
    named = dict.fromkeys(taken, "what the command itself writes")
    originals = {os.path.realpath(path) for path in map(file_of, inputs)}
    paths = []
    for given in inputs:
        own = file_of(given).suffix
        suffix = own if channels in KEPT.get(own.lower(), ()) else ".png"
        path = out / f"{name_of(given)}{suffix}"
        if path.name in named:
            raise UserError(f"{spelled(given)!r} would be written as {path.name}, and so would {named[path.name]}")
        if os.path.realpath(path) in originals:
            raise UserError(f"{str(path)!r} would be replaced by a translation: take another --out")
        named[path.name] = repr(spelled(given))
        paths.append(path)
    return paths
