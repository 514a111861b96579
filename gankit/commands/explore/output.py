"""Where an answer goes: a picture or a film, and its numbers as JSON beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Protocol

from PIL import Image

from gankit import pictures
from gankit.base.errors import UserError
from gankit.base.files import write_text
from gankit.runs.run import Run

PICTURES = (".png", ".jpg", ".jpeg", ".webp")
FILMS = (".mp4", ".gif")


class Answer(Protocol):
    """What a question gets."""

    @property
    def numbers(self) -> dict[str, Any]:
        """What the picture shows, in JSON's types."""
        ...

    def picture(self) -> Image.Image: ...


def output_path(run: Run, question: str, out: Path | None, suffixes: tuple[str, ...] = PICTURES) -> Path:
    """Where the answer goes: `out`, or RUN/explore/QUESTION with the first of the `suffixes` that it can have."""
    path = out or run.directory / "explore" / f"{question}{suffixes[0]}"
    if path.suffix.lower() not in suffixes:
        raise UserError(f"can't write {path}: take a name that ends in {', '.join(suffixes)}")
    return path


def save(answer: Answer, path: Path) -> None:
    """Write the picture to `path` and the numbers beside it, and say so."""
    print(f"picture      {pictures.save(answer.picture(), path)}")
    save_numbers(answer.numbers, path)


def save_numbers(numbers: dict[str, Any], path: Path) -> None:
    """Write `numbers` beside the picture at `path`, under its name with .json, and say so."""
    path = path.with_suffix(".json")
    write_text(path, json.dumps(numbers, indent=1, allow_nan=False) + "\n")
    print(f"numbers      {path}")
