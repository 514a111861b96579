"""Which files are meant, and under which names what becomes of them is written."""

from __future__ import annotations

import glob
from collections.abc import Callable, Sequence
from pathlib import Path

from gankit.base.errors import UserError
from gankit.base.files import path_of
from gankit.base.text import plural
from gankit.data.sources.folder import reading
from gankit.data.sources.kinds import EXTENSIONS

KEPT = {".jpg": (1, 3), ".jpeg": (1, 3), ".webp": (1, 3, 4)}
"""Suffixes that a translation has from its input, and the channels that such a file can hold; others become .png."""
COMPARISON, NUMBERS = "comparison.png", "translated.json"


def picture_files(inputs: Sequence[str], side: str, say: Callable[[str], None]) -> list[Path]:
    """The files that `inputs` name: files, folders and patterns such as `photos/*.jpg`, each file once.

    Of a folder without pictures of its own, those of its sub-folder test`side` or test are taken, and that is said.
    Raises `UserError` for what is not there.
    """
    files: list[Path] = []
    for given in inputs:
        path = path_of(given)
        if path.is_dir():
            files += _in_folder(path, side, say)
        elif path.exists():
            files.append(path)
        elif glob.has_magic(given):
            matched = [Path(name) for name in sorted(glob.glob(str(path), recursive=True))]  # noqa: PTH207
            chosen = [file for file in matched if file.is_file() and file.suffix.lower() in EXTENSIONS]
            if not chosen:
                raise UserError(f"no picture matches {given!r}")
            files += chosen
        else:
            raise UserError(f"there is no file {given!r}")
    if not files:
        raise UserError("no pictures were given: name files, folders, or patterns such as 'photos/*.jpg'")
    once: dict[Path, Path] = {}
    for path in files:
        once.setdefault(path.resolve(), path)
    return list(once.values())


def pictures_in(folder: Path) -> list[Path]:
    """The pictures that lie in `folder` itself, by name."""
    with reading(folder):
        inside = sorted(folder.iterdir())
    return [file for file in inside if _is_picture(file)]


def _in_folder(folder: Path, side: str, say: Callable[[str], None]) -> list[Path]:
    own = pictures_in(folder)
    if own:
        return own
    for inner in (folder / f"test{side}", folder / "test"):
        if inner.is_dir() and (pictures := pictures_in(inner)):
            say(
                f"{str(folder)!r} has no pictures of its own: {plural(len(pictures), 'picture')} of {inner.name}/ taken"
            )
            return pictures
    raise UserError(f"no pictures in {str(folder)!r}: name the folder that they lie in")


def _is_picture(file: Path) -> bool:
    return not file.name.startswith(".") and file.suffix.lower() in EXTENSIONS and file.is_file()


def outputs(inputs: Sequence[Path], out: Path, channels: int, taken: Sequence[str]) -> list[Path]:
    """Where the translation, of `channels`, of each input is written in the folder `out`.

    Raises `UserError` where two would be one file, would have one of the names `taken`, or would replace an input.
    """
    if out.exists() and not out.is_dir():
        raise UserError(f"{str(out)!r} is no folder: take another --out")
    named = dict.fromkeys(taken, "what the command itself writes")
    originals = {path.resolve() for path in inputs}
    paths = []
    for given in inputs:
        suffix = given.suffix if channels in KEPT.get(given.suffix.lower(), ()) else ".png"
        path = out / f"{given.stem}{suffix}"
        if path.name in named:
            raise UserError(f"{str(given)!r} would be written as {path.name}, and so would {named[path.name]}")
        if path.resolve() in originals:
            raise UserError(f"{str(path)!r} would be replaced by a translation: take another --out")
        named[path.name] = repr(str(given))
        paths.append(path)
    return paths
