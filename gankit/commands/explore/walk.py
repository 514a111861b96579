"""gankit explore walk, arithmetic, traverse and seeds: what lies where in a generator's latent space."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import torch
import tyro
from PIL import Image

from gankit import pictures
from gankit.base.errors import UserError, nearest, warn
from gankit.commands.explore.options import Asked, FromLatents, ask, at_least_one
from gankit.commands.explore.output import own_data, place, save
from gankit.data import images
from gankit.exploration import latents
from gankit.exploration.arithmetic import arithmetic as add_up
from gankit.exploration.directions import factorised, principal
from gankit.exploration.label_directions import change, relabelled
from gankit.exploration.memoriser import memoriser
from gankit.exploration.seeds import catalogue
from gankit.exploration.traverse import COLUMNS, Sweep, of_axis, of_code, of_direction, of_labels
from gankit.exploration.traverse import traverse as sweep
from gankit.exploration.walk import Comparison, Course
from gankit.exploration.walk import walk as go

REMEMBERED = 2000
"""Training images that the planted memoriser has."""


@dataclass(frozen=True, kw_only=True)
class Walk(FromLatents):
    seeds: tuple[int, ...] = (0, 1, 2, 3)
    """The latents to go through, two or more: 'gankit explore seeds' shows which is what."""
    loop: bool = False
    """Go back to the first at the end."""
    path: Course = "auto"
    """Straight lines, or great circles; auto takes circles for a Gaussian prior."""
    steps: int = 16
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
    asked = ask(Walk, walk, arguments)
    out = place(asked.opened, "walk", asked.out)
    chosen = asked.chosen(asked.seeds)
    ways = {"steps": asked.steps, "loop": asked.loop, "path": asked.path, "names": list(map(str, asked.seeds))}
    network = asked.network()
    walked = go(asked.generator, chosen, features=network, label=asked.class_of(asked.label), **ways)
    answer = walked
    if asked.beside_memoriser:
        pack = own_data(asked.opened)
        remembered = images(pack, torch.linspace(0, len(pack) - 1, min(len(pack), REMEMBERED)).long())
        planted = memoriser(asked.generator.prior, remembered, seed=asked.seed).to(asked.generator.device)
        answer = Comparison(generator=walked, memoriser=go(planted, chosen, features=network, **ways))
    save(answer, out)
    rest = 80 if asked.loop else 2000
    print(f"film         {pictures.movie(walked.frames(), out.with_suffix('.gif'), rest=rest)}")
    if asked.mp4:
        _mp4(walked.frames(), out.with_suffix(".mp4"), rest)
    print(f"smoothness   {walked.verdict()}; path length {walked.numbers['path_length']:.4g}")
    if isinstance(answer, Comparison):
        print(f"memoriser    {answer.memoriser.verdict()}")


def _mp4(frames: list[Image.Image], path: Path, rest: int) -> None:
    """Where there is an encoder; the film is there as GIF in any case."""
    if pictures.find_encoder() is None:
        warn("no MP4 encoder here, so the film is a GIF alone: install ffmpeg, or pip install 'gankit[film]'")
        return
    try:
        print(f"film         {pictures.movie(frames, path, rest=rest)}")
    except UserError as error:
        warn(f"the film is a GIF alone: {error}")


@dataclass(frozen=True, kw_only=True)
class Arithmetic(FromLatents):
    plus: tuple[int, ...] = ()
    """Seeds whose mean is taken, three or more: 'gankit explore seeds' shows which is what."""
    minus: tuple[int, ...] = ()
    """Seeds whose mean is subtracted."""
    and_: Annotated[tuple[int, ...], tyro.conf.arg(name="and")] = ()
    """Seeds whose mean is added to that."""
    noise: float = 0.25
    """Scale of the uniform noise around the sum, for the neighbours shown with it (DCGAN, section 6.3.2)."""
    label: str | None = None
    """The class to make, by number or name, where the generator takes labels; by default the first."""
    from_: Annotated[str | None, tyro.conf.arg(name="from")] = None
    """In the place of seeds: label=CLASS, what samples are to look like before."""
    to: str | None = None
    """label=CLASS, what they are to become."""
    by: Literal["means", "normal"] = "means"
    """How that direction is found: from means of latents, or as the normal of the plane between two classes."""


def arithmetic(arguments: list[str]) -> None:
    """--plus 1 2 3 --minus 4 5 6 --and 7 8 9 adds up means of latents; --from label=3 --to label=8 finds the direction
    from one class to another, and says how many samples follow it.
    """
    asked = ask(Arithmetic, arithmetic, arguments)
    out = place(asked.opened, "arithmetic", asked.out)
    if (asked.from_ is None) != (asked.to is None) or (asked.from_ is None) == (not asked.plus or not asked.minus):
        raise UserError("give --plus SEEDS --minus SEEDS [--and SEEDS], or --from label=CLASS --to label=CLASS")
    if asked.from_ is None or asked.to is None:
        groups = {"plus": asked.plus, "minus": asked.minus} | ({"and": asked.and_} if asked.and_ else {})
        members = {name: ([str(seed) for seed in seeds], asked.chosen(seeds)) for name, seeds in groups.items()}
        kind = asked.class_of(asked.label)
        answer = add_up(asked.generator, members, noise=asked.noise, label=kind, seed=asked.seed)
        save(answer, out)
        print(f"latent       {latents.write(answer.latent, out.with_suffix('.npy'))}")
        return
    network, names = asked.network(), asked.opened.spec.classes
    if not asked.generator.classes:
        names = network.classes
        if not names:
            raise UserError(
                f"this run's generator takes no labels, and {network.name!r} tells no classes: take --features that "
                "do, such as mnist-cnn, or --plus and --minus"
            )
    start, target = (_class(word, names) for word in (asked.from_, asked.to))
    if asked.generator.classes:
        found = relabelled(asked.generator, start, target, names=names, features=network, seed=asked.seed)
    else:
        found = change(asked.generator, start, target, features=network, by=asked.by, seed=asked.seed)
    save(found, out)
    print(found.verdict())


@dataclass(frozen=True, kw_only=True)
class Traverse(FromLatents):
    seeds: tuple[int, ...] = (0, 1, 2, 3, 4, 5)
    """A row each."""
    code: str | None = None
    """Sweep an InfoGAN's code: categorical, or a continuous one by its number from 0."""
    label: bool = False
    """Sweep the labels of a conditional generator."""
    axis: int | None = None
    """Sweep a component of the latent, by its number from 0."""
    directions: Literal["pca", "sefa"] | None = None
    """Sweep directions found without labels: principal components of the first hidden layer (GANSpace), or
    eigenvectors of the first layer's weight (SeFa)."""
    component: int | None = None
    """Which of those directions, from 0 for the strongest; by default the first eight, for the first seed."""
    columns: int = COLUMNS
    """Values of a sweep, where it is of numbers."""
    reach: float | None = None
    """How far to go either way; by default all that the prior draws, twice that for a continuous code, and 5 standard
    deviations along directions."""
    fixed_label: str | None = None
    """The class to make, by number or name, where the generator takes labels and something else is swept."""


def traverse(arguments: list[str]) -> None:
    """A row for each seed, a column for each value of what is swept: one of --code, --label, --axis, --directions."""
    asked = ask(Traverse, traverse, arguments)
    out = place(asked.opened, "traverse", asked.out)
    if sum((asked.code is not None, asked.label, asked.axis is not None, asked.directions is not None)) != 1:
        raise UserError("say what to sweep, one thing: --code NAME, --label, --axis NUMBER or --directions pca|sefa")
    if asked.columns < 2:
        raise UserError(f"a sweep needs at least 2 columns, not {asked.columns}")
    generator, kind = asked.generator, asked.class_of(asked.fixed_label)
    prior, span = generator.prior, {"reach": asked.reach, "columns": asked.columns}
    seeds = asked.seeds
    if asked.code is not None:
        swept = [of_code(prior, asked.code, **span)]
    elif asked.axis is not None:
        swept = [of_axis(prior, asked.axis, **span)]
    elif asked.label:
        swept = [of_labels(generator, asked.opened.spec.classes)]
    else:
        swept = _directions(asked, kind)
        seeds = seeds if asked.component is not None else seeds[:1]
    names, base = asked.names(seeds), asked.chosen(seeds)
    save(sweep(generator, base, swept, features=asked.network(), label=kind, names=names), out)


def _directions(asked: Traverse, kind: int | None) -> list[Sweep]:
    count = 8 if asked.component is None else asked.component + 1
    size = asked.generator.prior.size
    if not 1 <= count <= size and asked.component is not None:
        raise UserError(f"no component {asked.component}: there are {size}, counted from 0")
    if asked.directions == "pca":
        found = principal(asked.generator, count, label=kind, seed=asked.seed)
    else:
        found = factorised(asked.generator, count)
    unit = float(latents.random(asked.generator, 1000, seed=asked.seed, purpose="spread").std())
    reach = 5.0 if asked.reach is None else asked.reach
    wanted = range(len(found.vectors)) if asked.component is None else [asked.component]
    return [
        of_direction(
            f"{asked.directions} {index} ({found.shares[index]:.0%})",
            unit * found.vectors[index],
            reach=reach,
            columns=asked.columns,
        )
        for index in wanted
    ]


@dataclass(frozen=True, kw_only=True)
class Seeds(Asked):
    n: Annotated[int, tyro.conf.arg(aliases=["-n"])] = 64
    """How many, from 0 on."""
    label: str | None = None
    """The class to make, by number or name, where the generator takes labels; by default the first."""


def seeds(arguments: list[str]) -> None:
    """Each is the first sample of 'gankit sample --seed N'; where the features tell classes, its class follows."""
    asked = ask(Seeds, seeds, arguments)
    out = place(asked.opened, "seeds", asked.out)
    save(
        catalogue(asked.generator, at_least_one(asked.n), features=asked.network(), label=asked.class_of(asked.label)),
        out,
    )


def _class(word: str, names: Sequence[str]) -> int:
    """The number of the class that "label=NAME" names."""
    key, _, name = word.partition("=")
    if key != "label" or name not in names:
        known = f"label={name}" if key == "label" else word
        raise UserError(f"no class {known!r}{nearest(name, names)}: give label=CLASS, one of {', '.join(names)}")
    return names.index(name)
