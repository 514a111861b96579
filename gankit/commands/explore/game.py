"""gankit explore game."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from gankit.base.bounds import Units
from gankit.base.errors import UserError, warn
from gankit.base.randomness import derive
from gankit.base.text import tell
from gankit.commands.explore.options import PlayersOptions, at_least_one, own_data, parse_options
from gankit.commands.explore.output import FILMS, PICTURES, output_path, save, save_numbers
from gankit.data import Batches, images
from gankit.data.sources.toys import truth
from gankit.exploration.film import evenly_spaced
from gankit.exploration.game import DRAWN, moment
from gankit.exploration.game import game as game_of_moments
from gankit.pictures import movie


@dataclass(frozen=True, kw_only=True)
class Game(PlayersOptions):
    frames: Units = 120
    """At most so many of the checkpoints, at even distances."""
    points: Units = 200
    """Samples that get an arrow."""
    milliseconds: Units = 120
    """How long each frame is shown."""


def game(arguments: list[str]) -> None:
    """On data of one or two dimensions: the densities of data and samples, the discriminator's score, and where the
    generator's loss pushes each sample, over the checkpoints that there are ('gankit train --keep 100' keeps more).
    Of fewer than three, and where --out is a picture's name, it shows the last alone.
    """
    options = parse_options(Game, game, arguments)
    run, seed = options.loaded_run, options.seed
    if run.spec.is_image:
        raise UserError(f"{run.directory} is about images: the game is shown of points of one or two dimensions")
    at_least_one(min(options.frames, options.points, options.milliseconds))
    kept = run.steps()
    as_film = len(kept) >= 3 and (options.out is None or options.out.suffix.lower() in FILMS)
    out = output_path(run, "game", options.out, (*FILMS, *PICTURES) if as_film else PICTURES)
    pack, method = own_data(run), run.method
    data = images(pack, torch.arange(min(len(pack), DRAWN)))
    batch = Batches(
        pack,
        method.batch_type,
        min(options.points, len(pack)),
        seed=derive(seed, "batch"),
        device=options.players.generator.device,
        labels=method.label_budget,
    ).at(0)
    steps = evenly_spaced(kept, options.frames) if as_film else kept[-1:]
    moments = [
        moment(method, run.players(device=options.device, step=step), batch, data, step=step, seed=seed)
        for step in steps
    ]
    mixture = truth(pack.source)
    answer = game_of_moments(data, moments, density=mixture.density if mixture else None)
    tell(f"checkpoints  {len(kept)} kept, {len(steps)} shown; gankit train --keep 100 keeps more")
    if not as_film:
        save(answer, out)
        return
    path = movie(answer.frames(), out, milliseconds=options.milliseconds, say=warn)
    tell(f"film         {path}")
    save_numbers(answer.numbers, path)
