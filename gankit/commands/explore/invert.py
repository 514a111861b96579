"""gankit explore invert and neighbours: a generator's pictures beside given ones."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import torch
import tyro
from torch import Tensor

from gankit.base.errors import UserError, warn
from gankit.commands.explore.options import Asked, ask, at_least_one
from gankit.commands.explore.output import own_data, place, save
from gankit.data import open_pack
from gankit.data.pack.store import cache_root
from gankit.evaluation.inputs import Material, spread, stored
from gankit.exploration import encoder, latents
from gankit.exploration.given_pictures import read_pictures
from gankit.exploration.invert import invert as find_latents
from gankit.exploration.invert import nearest_of_another_class
from gankit.exploration.neighbours import neighbours as find_neighbours
from gankit.pictures.samples import draw


@dataclass(frozen=True, kw_only=True)
class Invert(Asked):
    pictures: tuple[Path, ...] = ()
    """Picture files, or folders of them."""
    data: str | None = None
    """Without pictures, a source: a data set's name, a folder, or an .npy or .npz file; by default the run's own.
    Images held out from training are taken where it has some."""
    n: Annotated[int, tyro.conf.arg(aliases=["-n"])] = 12
    """How many of the source's images."""
    restarts: int = 4
    """Starts for each picture: the nearest of 2000 random samples."""
    steps: int = 200
    """Steps of the optimiser."""
    encoder: bool = False
    """Start from the guess of an encoder, too, which is trained for this run and kept in it."""
    encoder_steps: int = 600
    """Steps of the encoder's training."""
    label: str | None = None
    """The class to make, by number or name, where the generator takes labels; by default the best start's."""


def invert(arguments: list[str]) -> None:
    """Originals above what the generator comes nearest to them with, and the mean squared error of each. The latents go
    beside the picture as .npy, for --latents of other questions.
    """
    asked = ask(Invert, invert, arguments)
    out = place(asked.opened, "invert", asked.out)
    spec, label = asked.opened.spec, asked.class_of(asked.label)
    others = None
    if asked.pictures:
        originals, names = read_pictures(asked.pictures, spec, warn)
    else:
        originals, names, others = _held_out(asked)
    guess = None
    if asked.encoder:
        kept = out.parent if asked.out else asked.opened.directory / "explore"
        kind = "" if label is None else f"-label{label}"
        trained = f"{asked.weights}-{asked.found[1]}-{asked.encoder_steps}-seed{asked.seed}{kind}"
        path = kept / f"encoder-{trained}.safetensors"
        guess, there = encoder.cached(
            path, asked.generator, spec.shape, steps=asked.encoder_steps, label=label, seed=asked.seed
        )
        warn(f"encoder      {path}{'' if there else ', trained now'}")
    answer = find_latents(
        asked.generator,
        originals,
        features=asked.network(),
        label=label,
        restarts=asked.restarts,
        steps=asked.steps,
        encoder=guess,
        names=names,
        others=others,
        seed=asked.seed,
    )
    save(answer, out)
    print(f"latents      {latents.write(answer.latents, out.with_suffix('.npy'))}")
    print(answer.verdict())


def _held_out(asked: Invert) -> tuple[Tensor, list[str], Tensor | None]:
    """Images, their names, and how far the nearest training image of another class is, where classes are known."""
    spec = asked.opened.spec
    size = f"{spec.shape[1]}x{spec.shape[2]}" if spec.is_image else None
    source = asked.data or asked.opened.config["data"]["source"]
    try:
        pack = open_pack(source, size=size, split="test", say=warn)
    except UserError:
        pack = open_pack(source, size=size, say=warn)
        warn(f"{source!r} holds out no images: these may be ones the run was trained on")
    if pack.spec.shape != spec.shape:
        made, given = ("x".join(map(str, one.shape)) for one in (spec, pack.spec))
        raise UserError(f"the run makes {made}, but {source!r} has {given}")
    some = spread(pack, at_least_one(asked.n))
    originals = torch.cat(list(some.chunks()))
    if some.labels is None:
        return originals, [str(index) for index in range(len(some))], None
    train = own_data(asked.opened)
    names = [pack.spec.classes[label] for label in some.labels.tolist()]
    if train.labels is None or train.spec.classes != pack.spec.classes:
        return originals, names, None
    return originals, names, nearest_of_another_class(originals, some.labels, train.values, train.labels)


@dataclass(frozen=True, kw_only=True)
class Neighbours(Asked):
    n: Annotated[int, tyro.conf.arg(aliases=["-n"])] = 12
    """How many samples."""


def neighbours(arguments: list[str]) -> None:
    """Below each sample the training image nearest in pixels, with its distance over that of others like it (near 0
    is a copy), and the one nearest in features.
    """
    asked = ask(Neighbours, neighbours, arguments)
    out = place(asked.opened, "neighbours", asked.out)
    train = own_data(asked.opened)
    material = Material(
        samples=stored(draw(asked.generator, at_least_one(asked.n), seed=asked.seed), train),
        split=train,
        train=train,
        real=len(train),
        network=asked.network(),
        generator=None,
        classifier=None,
        seed=asked.seed,
        cache=cache_root(),
    )
    save(find_neighbours(material), out)
