"""gankit explore features."""

from __future__ import annotations

from dataclasses import dataclass

from gankit.base.bounds import Steps, Units
from gankit.commands.explore.options import PlayersOptions, at_least_one, own_data, parse_options
from gankit.commands.explore.output import output_path, save
from gankit.exploration import guided
from gankit.exploration.untrained import untrained_discriminator


@dataclass(frozen=True, kw_only=True)
class Features(PlayersOptions):
    layer: str | None = None
    """A layer of the discriminator, such as conv2; by default its last convolution."""
    units: Units = 6
    """How many of the layer's units, those whose strongest activations stand out most."""
    images: Steps = 2000
    """Real images among which the strongest activations are looked for."""
    filters: bool = False
    """Show the filters of the first layer instead."""


def features(arguments: list[str]) -> None:
    """Guided backpropagation from the strongest activations of a layer: what of a real image excites a unit. Beside it
    the same of a discriminator that has learned nothing (DCGAN, Figure 5).
    """
    options = parse_options(Features, features, arguments)
    options.check_images()
    at_least_one(min(options.units, options.images))
    run = options.loaded_run
    out = output_path(run, "filters" if options.filters else "features", options.out)
    images, labels = options.random_images(own_data(run), options.images)
    networks = {
        "trained": options.players.discriminator,
        "random": untrained_discriminator(run.method, run.spec, images, labels, seed=options.seed),
    }
    if options.filters:
        save(guided.filters(networks, images, labels), out)
    else:
        save(guided.features(networks, images, labels, layer=options.layer, units=options.units), out)
