"""gankit explore invert."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import torch
import tyro
from torch import Tensor

from gankit.base.bounds import Steps, Units
from gankit.base.errors import UserError, warn
from gankit.base.text import tell
from gankit.commands.explore.options import GeneratorOptions, at_least_one, own_data, parse_options
from gankit.commands.explore.output import output_path, save_sheet
from gankit.evaluation.inputs import spread
from gankit.exploration import latents
from gankit.exploration.encoder import Encoder, cached
from gankit.exploration.given_pictures import read_pictures
from gankit.exploration.invert import invert as invert_generator
from gankit.exploration.invert import nearest_of_another_class


@dataclass(frozen=True, kw_only=True)
class Invert(GeneratorOptions):
    pictures: tuple[Path, ...] = ()
    """Picture files, or folders of them."""
    data: str | None = None
    """Without pictures, a source: a data set's name, a folder, or an .npy or .npz file; by default the run's own.
    Images held out from training are taken where it has some."""
    n: Annotated[int, tyro.conf.arg(aliases=["-n"])] = 12
    """How many of the source's images."""
    restarts: Units = 4
    """Starts for each picture: the nearest of 2000 random samples."""
    steps: Steps = 200
    """Steps of the optimiser."""
    encoder: bool = False
    """Start from the guess of an encoder, too, which is trained for this run and kept in it."""
    encoder_steps: Steps = 600
    """Steps of the encoder's training."""
    label: str | None = None
    """The class to make, by number or name, where the generator takes labels; by default the best start's."""


def invert(arguments: list[str]) -> None:
    """Originals above what the generator comes nearest to them with, and the mean squared error of each. The latents go
    beside the picture as .npy, for --latents of other questions.
    """
    options = parse_options(Invert, invert, arguments)
    run = options.loaded_run
    out = output_path(run, "invert", options.out)
    label, others = options.class_number(options.label), None
    if options.pictures:
        originals, names = read_pictures(options.pictures, run.spec, warn, run.values[0])
    else:
        originals, names, others = _held_out(options)
    answer = invert_generator(
        options.generator,
        originals,
        features=options.feature_network(),
        label=label,
        restarts=options.restarts,
        steps=options.steps,
        encoder=_encoder(options, label, out) if options.encoder else None,
        names=names,
        others=others,
        seed=options.seed,
    )
    save_sheet(answer, out, options.scale)
    tell(f"latents      {latents.write_latents(answer.latents, out.with_suffix('.npy'))}")
    tell(answer.verdict())


def _encoder(options: Invert, label: int | None, out: Path) -> Encoder:
    """The encoder for these weights and options: kept beside the answer, and trained where it is not there."""
    folder = out.parent if options.out else options.loaded_run.directory / "explore"
    step, suffix = options.generator_and_step[1], "" if label is None else f"-label{label}"
    name = f"encoder-{options.weights}-{step}-{options.encoder_steps}-seed{options.seed}{suffix}.safetensors"
    encoder, kept = cached(
        folder / name,
        options.generator,
        options.loaded_run.spec.shape,
        steps=options.encoder_steps,
        label=label,
        seed=options.seed,
    )
    warn(f"encoder      {folder / name}{'' if kept else ', trained now'}")
    return encoder


def _held_out(options: Invert) -> tuple[Tensor, list[str], Tensor | None]:
    """Images, their names, and how far the nearest training image of another class is, where classes are known."""
    run = options.loaded_run
    source = run.source(options.data)

    def missing(why: str) -> None:
        warn(f"{str(source.source)!r} holds out no images: these may be ones the run was trained on")

    pack, _ = source.held_out(source.open(), missing)
    if pack.spec.shape != run.spec.shape:
        made, given = ("x".join(map(str, one.shape)) for one in (run.spec, pack.spec))
        raise UserError(f"the run makes {made}, but {str(source.source)!r} has {given}")
    images = spread(pack, at_least_one(options.n))
    originals = torch.cat(list(images.chunks()))
    if images.labels is None:
        return originals, [str(index) for index in range(len(images))], None
    train = own_data(run)
    names = [pack.spec.classes[label] for label in images.labels.tolist()]
    if train.labels is None or train.spec.classes != pack.spec.classes:
        return originals, names, None
    return originals, names, nearest_of_another_class(originals, images.labels, train.values, train.labels)
