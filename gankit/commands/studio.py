"""gankit studio."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import tyro

from gankit.base.text import printable, tell
from gankit.commands.main import COMMANDS
from gankit.commands.parsing import parse
from gankit.pictures import save
from gankit.studio.draw import draw
from gankit.studio.server import PORT, Settings
from gankit.studio.server import studio as serve


@dataclass(frozen=True)
class Studio:
    runs: tyro.conf.Positional[Path | None] = None
    """The folder that the runs are in, or one run; by default runs/, made where it is not there."""
    data: tuple[Path, ...] = ()
    """Folders whose pictures may be looked at and trained on, with all that lies below them."""
    port: int = PORT
    """Where it answers; 0 takes any that is free."""
    listen: bool = False
    """Answer other machines, too: who has the address may train here and read those folders."""
    browser: bool = True
    """Open the page in the browser."""
    draw: str | None = None
    """Serve nothing: write the picture of a link of the Play page (what follows its ?) to --out, and stop."""
    out: Path = Path("picture.png")
    """Where --draw writes."""
    trust: bool = False
    """Run the method.py of runs that were not made here: these are programs, so read them first."""


def _tell_at_once(line: str) -> None:
    print(printable(line), flush=True)  # into a file, too: it is the address


def studio(arguments: list[str]) -> None:
    options = parse(Studio, arguments, "gankit studio", COMMANDS["studio"])
    runs = options.runs or Path("runs")
    if options.draw is not None:
        tell(f"picture      {save(draw(runs, options.draw, trust=options.trust).picture, options.out)}")
        return
    if options.runs is None:
        runs.mkdir(exist_ok=True)
    settings = Settings(runs=runs, data=options.data, port=options.port, listen=options.listen, trust=options.trust)
    serve(settings, browser=options.browser, say=_tell_at_once)
