"""What a studio hands out: a picture with its words, and the command that makes it again, as a file to keep."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from PIL import Image

from gankit.base.files import safe_name
from gankit.base.text import command_line
from gankit.pictures.notebook import png

STAMP = (1980, 1, 1, 0, 0, 0)
"""The time of files in an archive, so that equal pictures give equal archives."""


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """A picture, and what is to be known of it."""

    picture: Image.Image
    name: str
    """What it is called, as a file and beside the page's picture."""
    alt: str
    """What is to be seen on it, for who can't."""
    command: str
    """What makes the same picture on a terminal."""
    words: str = ""
    """What is to be said about it."""
    film: bytes | None = None
    """The same moving, as a GIF."""
    files: Mapping[str, Image.Image] = field(default_factory=dict)
    """Other pictures that are handed out with it, by their names."""

    @property
    def stem(self) -> str:
        return safe_name(self.name.replace(" ", "-"))

    def archive(self) -> bytes:
        """A .zip of the picture, its command, and the film where there is one."""
        files = {f"{self.stem}.png": png(self.picture), "command.txt": f"{self.command}\n".encode()}
        files |= {name: png(picture) for name, picture in self.files.items()}
        if self.film:
            files[f"{self.stem}.gif"] = self.film
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
            for name, content in files.items():
                archive.writestr(zipfile.ZipInfo(name, STAMP), content)
        return made.getvalue()


def command(*words: str | int | float | None, **options: str | float | Sequence[str] | bool | None) -> str:
    """A command line of gankit's; options without a value are left away, and True is one that takes none."""
    parts = [str(word) for word in words if word is not None]
    for name, value in options.items():
        if value is None or value is False or value == "":
            continue
        parts.append(f"--{name.rstrip('_').replace('_', '-')}")
        if isinstance(value, str | int | float):
            parts += [] if value is True else [f"{value:g}" if isinstance(value, float) else str(value)]
        else:
            parts += map(str, value)
    return command_line(*parts)
