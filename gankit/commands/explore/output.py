"""Where an answer goes: a picture or a film, and its numbers as JSON beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from PIL import Image

from gankit import pictures
from gankit.base.errors import UserError
from gankit.base.files import refuse_foreign, sweep_partials, write_json
from gankit.base.text import tell
from gankit.runs.directory import inside
from gankit.runs.run import Run

PICTURES = (".png", ".jpg", ".jpeg", ".webp")
FILMS = (".mp4", ".gif")
BESIDE = (*FILMS, ".npy")
"""What may be written beside a picture, besides its numbers."""
MAKER = "gankit explore"


class Answer(Protocol):
    """What a question gets."""

    @property
    def numbers(self) -> dict[str, Any]:
        """What the picture shows, in JSON's types."""
        ...

    def picture(self) -> Image.Image: ...


class Sheet(Answer, Protocol):
    """An answer that is a sheet of images."""

    def picture(self, scale: int | None = None) -> Image.Image: ...


def output_path(run: Run, question: str, out: Path | None, suffixes: tuple[str, ...] = PICTURES) -> Path:
    """Where the answer goes: `out`, or RUN/explore/QUESTION with the first of the `suffixes` that it can have."""
    path = out or run.directory / "explore" / f"{question}{suffixes[0]}"
    if path.suffix.lower() not in suffixes:
        raise UserError(f"can't write {path}: take a name that ends in {', '.join(suffixes)}")
    sweep_partials(path.parent)
    if path.parent.absolute() != (run.directory / "explore").absolute():
        _refuse_others(path)
    return inside(run.directory, path)


def _refuse_others(path: Path) -> None:
    """Raise `UserError` where what goes beside the picture, unasked for by name, would take a file that is not ours."""
    numbers = path.with_suffix(".json")
    refuse_foreign(numbers, MAKER)
    if not numbers.exists():
        for suffix in BESIDE:
            if (beside := path.with_suffix(suffix)) != path and beside.exists():
                raise UserError(f"{beside} is there, and no file of {MAKER}: take another --out, or move it away")


def save(answer: Answer, path: Path) -> None:
    """Write the picture to `path` and the numbers beside it, and say so."""
    _save(answer.picture(), answer.numbers, path)


def save_sheet(answer: Sheet, path: Path, scale: int | None) -> None:
    """The same of a sheet, its images enlarged `scale` times."""
    _save(answer.picture(scale), answer.numbers, path)


def _save(picture: Image.Image, numbers: dict[str, Any], path: Path) -> None:
    tell(f"picture      {pictures.save(picture, path)}")
    save_numbers(numbers, path)


def save_numbers(numbers: dict[str, Any], path: Path) -> None:
    """Write `numbers` beside the picture at `path`, under its name with .json, and say so."""
    path = path.with_suffix(".json")
    write_json(path, numbers, maker=MAKER, allow_nan=False)
    tell(f"numbers      {path}")
