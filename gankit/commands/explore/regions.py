"""gankit explore regions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, cast

import torch

from gankit.base.bounds import Units
from gankit.base.randomness import derive, seeded
from gankit.commands.explore.options import PlayersOptions, at_least_one, own_data, parse_options
from gankit.commands.explore.output import Answer, output_path, save
from gankit.exploration.regions import How
from gankit.exploration.regions import regions as map_regions
from gankit.methods.translation import TranslationMethod
from gankit.pictures.samples import Samples, draw


@dataclass(frozen=True, kw_only=True)
class Regions(PlayersOptions):
    how: How = "auto"
    """occlusion: cover a patch and see what it costs; gradient: how steep the score is; patches: the scores of a
    discriminator that judges patches, or an auto-encoder's errors. auto is patches where there are any, else
    occlusion."""
    n: Units = 8
    """Images of each kind, real and generated."""
    backwards: bool = False
    """Of a translator that knows the way back, show the discriminator of that."""


def regions(arguments: list[str]) -> None:
    """Maps over real and generated images of what makes the discriminator take them for real."""
    options = parse_options(Regions, regions, arguments)
    options.check_images()
    count, run = at_least_one(options.n), options.loaded_run
    out = output_path(run, "regions", options.out)
    if isinstance(run.method, TranslationMethod):
        save(_regions_of_translations(options, run.method), out)
        return
    images, labels = options.random_images(own_data(run), max(1000, count))
    generator, discriminator = options.players
    samples, device = Samples.joined(draw(generator, count, seed=options.seed)), generator.device
    groups = {
        "real": (images[:count], None if labels is None else labels[:count]),
        "generated": (samples.values.to(device), None if samples.labels is None else samples.labels.to(device)),
    }
    save(map_regions(discriminator, groups, how=options.how, filling=images.mean(0)), out)


@torch.no_grad()
def _regions_of_translations(options: Regions, method: TranslationMethod[Any]) -> Answer:
    """Over pictures of the wanted side, and over what others become."""
    pack = options.loaded_run.data()
    assert pack.other is not None
    given, wanted = (options.random_images(side, options.n)[0] for side in (pack, pack.other))
    players, batch_type = options.players, cast("Any", method.batch_type)
    with seeded(given.device, derive(options.seed, "translations")):
        discriminator, judged = method.judged(players, batch_type(given, wanted), backwards=options.backwards)
    answer = map_regions(discriminator, {name: (images, None) for name, images in judged.items()}, how=options.how)
    channels = (given if options.backwards else wanted).shape[1]
    groups = {name: replace(group, images=group.images[:, -channels:]) for name, group in answer.of.items()}
    return replace(answer, of=groups)
