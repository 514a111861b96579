"""gankit explore traverse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from gankit.base.bounds import Positive, Units
from gankit.base.errors import UserError
from gankit.commands.explore.options import LatentOptions, parse_options
from gankit.commands.explore.output import output_path, save_sheet
from gankit.exploration.traverse import COLUMNS, of_axis, of_code, of_directions, of_labels
from gankit.exploration.traverse import traverse as traverse_latents


@dataclass(frozen=True, kw_only=True)
class Traverse(LatentOptions):
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
    columns: Units = COLUMNS
    """Values of a sweep, where it is of numbers."""
    reach: Positive | None = None
    """How far to go either way; by default all that the prior draws, twice that for a continuous code, and 5 standard
    deviations along directions."""
    fixed_label: str | None = None
    """The class to make, by number or name, where the generator takes labels and something else is swept."""


def traverse(arguments: list[str]) -> None:
    """A row for each seed, a column for each value of what is swept: one of --code, --label, --axis, --directions."""
    options = parse_options(Traverse, traverse, arguments)
    out = output_path(options.loaded_run, "traverse", options.out)
    given = (options.code is not None, options.label, options.axis is not None, options.directions is not None)
    if sum(given) != 1:
        raise UserError("say what to sweep, one thing: --code NAME, --label, --axis NUMBER or --directions pca|sefa")
    if options.columns < 2:
        raise UserError(f"a sweep needs at least 2 columns, not {options.columns}")
    generator, label = options.generator, options.class_number(options.fixed_label)
    prior, span = generator.prior, {"reach": options.reach, "columns": options.columns}
    seeds = options.seeds
    if options.code is not None:
        sweeps = [of_code(prior, options.code, **span)]
    elif options.axis is not None:
        sweeps = [of_axis(prior, options.axis, **span)]
    elif options.directions is not None:
        which = options.directions, options.component
        sweeps = of_directions(generator, *which, label=label, seed=options.seed, **span)
        seeds = seeds if options.component is not None else seeds[:1]
    else:
        sweeps = [of_labels(generator, options.loaded_run.spec.classes)]
    names, rows = options.names_of(seeds), options.latents_of(seeds)
    answer = traverse_latents(generator, rows, sweeps, features=options.feature_network(), label=label, names=names)
    save_sheet(answer, out, options.scale)
