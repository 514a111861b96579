"""gankit explore probe."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from gankit.base.bounds import Steps, Units
from gankit.base.errors import UserError, warn
from gankit.base.randomness import derive
from gankit.base.text import aligned, tell
from gankit.commands.explore.options import PlayersOptions, own_data, parse_options
from gankit.commands.explore.output import output_path, save
from gankit.data import Pack, images, labelled_subset
from gankit.exploration.probe import Probe as Comparison
from gankit.exploration.probe import of_layers, of_patches, of_pixels, probe_row
from gankit.exploration.untrained import untrained_discriminator
from gankit.health.scoring import takes_labels
from gankit.networks.colours import as_channels, conversion


@dataclass(frozen=True, kw_only=True)
class Probe(PlayersOptions):
    data: str | None = None
    """Labelled data: a data set's name, a folder of images, or an .npz file; by default the run's own."""
    labels: Steps = 1000
    """How many labelled training images, as many of each class."""
    test: Steps = 10_000
    """Test images, at most."""
    centres: Units = 200
    """Means of the k-means features."""


def probe(arguments: list[str]) -> None:
    """A linear classifier on what the discriminator's layers say (DCGAN, section 5.1), beside the same on raw pixels,
    on k-means features and on a discriminator of the same kind that has learned nothing.
    """
    options = parse_options(Probe, probe, arguments)
    options.check_images()
    run = options.loaded_run
    out = output_path(run, "probe", options.out)
    discriminator = options.players.discriminator
    if takes_labels(discriminator):
        raise UserError("this discriminator is told the label of what it sees, so its features can't be probed for it")
    if options.test < 1 or options.centres < 2:
        raise UserError("test must be at least 1, and centres 2")
    train, test, split = _splits(options)
    train_indices = labelled_subset(train, options.labels, seed=options.seed)
    test_indices = _permutation(len(test), derive(options.seed, "test"))[: options.test]
    labelled, held_out = _labelled(options, train, train_indices), _labelled(options, test, test_indices)
    shuffled = labelled[0][_permutation(len(labelled[0]), options.seed)]
    on_device = shuffled.to(options.players.generator.device)
    untrained = untrained_discriminator(run.method, run.spec, on_device, None, seed=options.seed)
    centres = options.centres
    extractors = {
        "trained D": of_layers(discriminator, on_device),
        "random D": of_layers(untrained, on_device),
        "raw pixels": of_pixels,
        f"{centres} k-means": of_patches(shuffled, centres=centres, seed=derive(options.seed, "k-means")),
    }
    seed = derive(options.seed, "folds")
    rows = [probe_row(name, extract, labelled, held_out, seed=seed) for name, extract in extractors.items()]
    answer = Comparison(rows=rows, labels=len(train_indices), tested=len(test_indices), split=split)
    tell(*aligned(answer.table()))
    save(answer, out)


def _splits(options: Probe) -> tuple[Pack, Pack, str]:
    """What the classifier learns from, what it is tested on, and what that is."""
    run = options.loaded_run
    source = run.source(options.data)
    train = own_data(run) if options.data is None else source.open()
    if train.labels is None:
        raise UserError(f"{train.source!r} has no labels to probe for: take --data with classes")
    if said := conversion(train.spec.shape[0], run.spec.shape[0]) if train.spec.is_image else "":
        warn(f"{train.source!r} holds {said}")
    test, split = source.held_out(train, missing=lambda why: None)
    if split == "test":
        return train, test, "the test split"
    shuffled = _permutation(len(train), derive(options.seed, "fifth"))
    fifth = len(train) // 5
    rest, held = (
        replace(train, values=train.values[part], labels=train.labels[part])
        for part in (shuffled[fifth:], shuffled[:fifth])
    )
    return rest, held, "a held-out fifth"


def _labelled(options: Probe, pack: Pack, indices: Tensor) -> tuple[Tensor, Tensor]:
    """Images of `pack` with as many channels as the discriminator takes, and their labels."""
    shape = options.loaded_run.spec.shape
    values = images(pack, indices)
    if values.shape[1] != shape[0] and shape[0] in (1, 3):
        values = as_channels(values, shape[0])
    if values.shape[1:] != shape:
        there, wanted = ("x".join(map(str, sides)) for sides in (values.shape[1:], shape))
        raise UserError(f"{pack.source!r} is {there}, but the discriminator takes {wanted}")
    assert pack.labels is not None
    return values, pack.labels[indices]


def _permutation(n: int, seed: int) -> Tensor:
    return torch.randperm(n, generator=torch.Generator().manual_seed(seed))
