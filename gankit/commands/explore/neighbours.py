"""gankit explore neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import tyro

from gankit.commands.explore.options import GeneratorOptions, at_least_one, own_data, parse_options
from gankit.commands.explore.output import output_path, save_sheet
from gankit.exploration.neighbours import neighbours as nearest_neighbours
from gankit.runs.report_pictures import sample_inputs


@dataclass(frozen=True, kw_only=True)
class Neighbours(GeneratorOptions):
    n: Annotated[int, tyro.conf.arg(aliases=["-n"])] = 12
    """How many samples."""


def neighbours(arguments: list[str]) -> None:
    """Below each sample the training image nearest in pixels, with its distance over that of others like it (near 0
    is a copy), and the one nearest in features.
    """
    options = parse_options(Neighbours, neighbours, arguments)
    out = output_path(options.loaded_run, "neighbours", options.out)
    train = own_data(options.loaded_run)
    inputs = sample_inputs(options.generator, train, options.feature_network(), at_least_one(options.n), options.seed)
    save_sheet(nearest_neighbours(inputs), out, options.scale)
