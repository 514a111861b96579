"""gankit explore arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from gankit.base.bounds import Weight
from gankit.base.errors import UserError, nearest
from gankit.base.text import tell
from gankit.commands.explore.options import LatentOptions, parse_options
from gankit.commands.explore.output import output_path, save_sheet
from gankit.exploration import latents
from gankit.exploration.arithmetic import arithmetic as add_up
from gankit.exploration.label_directions import change, relabelled


@dataclass(frozen=True, kw_only=True)
class Arithmetic(LatentOptions):
    plus: tuple[int, ...] = ()
    """Seeds whose mean is taken, three or more: 'gankit explore seeds' shows which is what."""
    minus: tuple[int, ...] = ()
    """Seeds whose mean is subtracted."""
    and_: Annotated[tuple[int, ...], tyro.conf.arg(name="and")] = ()
    """Seeds whose mean is added to that."""
    noise: Weight = 0.25
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
    options = parse_options(Arithmetic, arithmetic, arguments)
    out = output_path(options.loaded_run, "arithmetic", options.out)
    start, end = options.from_, options.to
    if (start is None) != (end is None) or (start is None) == (not options.plus or not options.minus):
        raise UserError("give --plus SEEDS --minus SEEDS [--and SEEDS], or --from label=CLASS --to label=CLASS")
    if start is None or end is None:
        _sum_of_latents(options, out)
    else:
        _direction_between_classes(options, start, end, out)


def _sum_of_latents(options: Arithmetic, out: Path) -> None:
    seeds_of = {"plus": options.plus, "minus": options.minus} | ({"and": options.and_} if options.and_ else {})
    groups = {name: ([str(seed) for seed in seeds], options.latents_of(seeds)) for name, seeds in seeds_of.items()}
    label = options.class_number(options.label)
    answer = add_up(options.generator, groups, noise=options.noise, label=label, seed=options.seed)
    save_sheet(answer, out, options.scale)
    tell(f"latent       {latents.write_latents(answer.latent, out.with_suffix('.npy'))}")


def _direction_between_classes(options: Arithmetic, start: str, end: str, out: Path) -> None:
    """From samples of the class that `start` names to those of `end`, each as label=CLASS."""
    generator, network, names = options.generator, options.feature_network(), options.loaded_run.spec.classes
    if not generator.classes:
        names = network.classes
        if not names:
            raise UserError(
                f"this run's generator takes no labels, and {network.name!r} tells no classes: take --features that "
                "do, such as mnist-cnn, or --plus and --minus"
            )
    classes = [_class_number(word, names) for word in (start, end)]
    if generator.classes:
        answer = relabelled(generator, *classes, names=names, features=network, seed=options.seed)
    else:
        answer = change(generator, *classes, features=network, by=options.by, seed=options.seed)
    save_sheet(answer, out, options.scale)
    tell(answer.verdict())


def _class_number(word: str, names: Sequence[str]) -> int:
    """The number of the class that "label=NAME" names."""
    key, _, name = word.partition("=")
    if key != "label" or name not in names:
        unknown = f"label={name}" if key == "label" else word
        raise UserError(f"no class {unknown!r}{nearest(name, names)}: give label=CLASS, one of {', '.join(names)}")
    return names.index(name)
