"""gankit explore walk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from gankit import pictures
from gankit.base.bounds import Units
from gankit.base.errors import UserError, warn
from gankit.base.extras import how_to_install
from gankit.base.spacing import spaced
from gankit.base.text import tell
from gankit.commands.explore.options import LatentOptions, own_data, parse_options
from gankit.commands.explore.output import output_path, save_sheet
from gankit.data import images
from gankit.exploration.memoriser import memoriser
from gankit.exploration.walk import Comparison, Course
from gankit.exploration.walk import walk as walk_latents
from gankit.pictures import films

REMEMBERED = 2000
"""Training images that the planted memoriser has."""


@dataclass(frozen=True, kw_only=True)
class Walk(LatentOptions):
    seeds: tuple[int, ...] = (0, 1, 2, 3)
    """The latents to go through, two or more: 'gankit explore seeds' shows which is what."""
    loop: bool = False
    """Go back to the first at the end."""
    path: Course = "auto"
    """Straight lines, or great circles; auto takes circles for a Gaussian prior."""
    steps: Units = 16
    """Frames from each latent to the next."""
    label: str | None = None
    """The class to make, by number or name, where the generator takes labels; by default the first."""
    mp4: bool = False
    """Write the film as MP4 as well, which takes ffmpeg."""
    beside_memoriser: bool = False
    """Show the same walk of a generator that remembers training images and nothing else."""


def walk(arguments: list[str]) -> None:
    """A strip of pictures, the same as a film, and how even the steps are: a generator that memorised stands still
    and then jumps.
    """
    options = parse_options(Walk, walk, arguments)
    out = output_path(options.loaded_run, "walk", options.out)
    latents = options.latents_of(options.seeds)
    settings = {
        "features": options.feature_network(),
        "steps": options.steps,
        "loop": options.loop,
        "path": options.path,
        "names": list(map(str, options.seeds)),
    }
    generator = options.generator
    answer = generator_walk = walk_latents(generator, latents, label=options.class_number(options.label), **settings)
    if options.beside_memoriser:
        pack = own_data(options.loaded_run)
        remembered = images(pack, spaced(len(pack), REMEMBERED))
        planted = memoriser(generator.prior, remembered, seed=options.seed).to(generator.device)
        answer = Comparison(generator=generator_walk, memoriser=walk_latents(planted, latents, **settings))
    save_sheet(answer, out, options.scale)
    frames, rest = generator_walk.frames(options.scale), 80 if options.loop else 2000
    tell(f"film         {pictures.movie(frames, out.with_suffix('.gif'), rest=rest)}")
    if options.mp4:
        _save_mp4(frames, out.with_suffix(".mp4"), rest)
    tell(f"smoothness   {generator_walk.verdict()}; path length {generator_walk.numbers['path_length']:.4g}")
    if isinstance(answer, Comparison):
        tell(f"memoriser    {answer.memoriser.verdict()}")


def _save_mp4(frames: list[Image.Image], path: Path, rest: int) -> None:
    """Where there is an encoder; the film is there as GIF in any case."""
    if films.find_encoder() is None:
        warn(f"no MP4 encoder here, so the film is a GIF alone: install ffmpeg, or {how_to_install('film')}")
        return
    try:
        tell(f"film         {pictures.movie(frames, path, rest=rest)}")
    except UserError as error:
        warn(f"the film is a GIF alone: {error}")
