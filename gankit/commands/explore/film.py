"""gankit explore film."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from gankit.base.bounds import Units
from gankit.base.errors import UserError, warn
from gankit.base.text import tell
from gankit.commands.explore.options import PlayersOptions, at_least_one, parse_options
from gankit.commands.explore.output import FILMS, output_path, save_numbers
from gankit.exploration.film import evenly_spaced, frames, losses
from gankit.pictures import movie
from gankit.training.log import read_log


@dataclass(frozen=True, kw_only=True)
class Film(PlayersOptions):
    frames: Units = 120
    """At most so many of the previews, at even distances."""
    milliseconds: Units = 80
    """How long each is shown."""


def film(arguments: list[str]) -> None:
    """The run's previews one after the other, above the losses of both players: an MP4 where there is an encoder for
    it, else a GIF. 'gankit train --preview-every' says how many there are.
    """
    options = parse_options(Film, film, arguments)
    run = options.loaded_run
    at_least_one(min(options.frames, options.milliseconds))
    out = output_path(run, "film", options.out, FILMS)
    paths = sorted((run.directory / "previews").glob("step-*.png"), key=_step)
    if not paths:
        raise UserError(f"{run.directory} has no previews yet: train it first")
    curves = losses(read_log(run.directory / "log.jsonl"))
    previews: dict[int, Image.Image] = {}
    for path in evenly_spaced(paths, options.frames):
        with Image.open(path) as picture:
            previews[_step(path)] = picture.copy()
    path = movie(frames(previews, curves), out, milliseconds=options.milliseconds, say=warn)
    tell(f"film         {path}")
    by_player = {player: {"steps": steps, "values": values} for player, (steps, values) in curves.items()}
    save_numbers({"frames": list(previews), "losses": by_player}, path)


def _step(preview: Path) -> int:
    return int(preview.stem.removeprefix("step-"))
