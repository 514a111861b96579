"""gankit examples."""

from __future__ import annotations

import ast
import runpy
import shutil
import sys
from pathlib import Path

from gankit.base.errors import UserError, nearest
from gankit.base.text import aligned, tell

FOLDER = Path(__file__).parents[1] / "examples"
USAGE = """\
usage: gankit examples [NAME [OPTIONS ...] | --copy FOLDER]

Programs to read and run. Without a name they are listed; with one it is run, and its options are its own
(gankit examples NAME --help). --copy puts them all into a folder, to be changed.

{names}"""


def examples(arguments: list[str]) -> None:
    names = {path.stem: path for path in sorted(FOLDER.glob("*.py")) if path.stem != "__init__"}
    match arguments:
        case [] | ["-h"] | ["--help"]:
            rows = [["name", "what it is"], *([name, _first_line(path)] for name, path in names.items())]
            tell(*USAGE.format(names="\n".join(aligned(rows))).splitlines())
        case ["--copy", folder]:
            _copy(list(names.values()), Path(folder))
        case ["--copy", *_]:
            raise UserError("--copy takes a folder")
        case [name, *rest] if name in names:
            sys.argv = [f"gankit examples {name}", *rest]
            runpy.run_path(str(names[name]), run_name="__main__")
        case [name, *_]:
            raise UserError(f"no example {name!r}{nearest(name, names)}: there are {', '.join(names)}")


def _copy(files: list[Path], folder: Path) -> None:
    """Copy `files` into `folder`. Raises `UserError` where one of them is there."""
    if there := [path.name for path in files if (folder / path.name).exists()]:
        raise UserError(f"{folder} has a {there[0]} already: take another folder")
    folder.mkdir(parents=True, exist_ok=True)
    for path in files:
        shutil.copyfile(path, folder / path.name)
        tell(folder / path.name)


def _first_line(path: Path) -> str:
    return (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").splitlines()[0]
