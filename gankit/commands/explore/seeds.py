"""gankit explore seeds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import tyro

from gankit.commands.explore.options import GeneratorOptions, at_least_one, parse_options
from gankit.commands.explore.output import output_path, save_sheet
from gankit.exploration.seeds import catalogue


@dataclass(frozen=True, kw_only=True)
class Seeds(GeneratorOptions):
    n: Annotated[int, tyro.conf.arg(aliases=["-n"])] = 64
    """How many, from 0 on."""
    label: str | None = None
    """The class to make, by number or name, where the generator takes labels; by default the first."""


def seeds(arguments: list[str]) -> None:
    """Each is the first sample of 'gankit sample --seed N'; where the features tell classes, its class follows."""
    options = parse_options(Seeds, seeds, arguments)
    out = output_path(options.loaded_run, "seeds", options.out)
    count, network = at_least_one(options.n), options.feature_network()
    answer = catalogue(options.generator, count, features=network, label=options.class_number(options.label))
    save_sheet(answer, out, options.scale)
