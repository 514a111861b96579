"""gankit explore features, regions, probe, film and game: what the discriminator learned, and how it went."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar, cast

import torch
import tyro
from PIL import Image
from torch import Tensor, nn

from gankit.base import text as tables
from gankit.base.errors import UserError, warn
from gankit.base.randomness import derive, seeded
from gankit.commands.explore.answers import STILLS, Answer, own_data, place, save, save_numbers
from gankit.commands.explore.asked import ask, at_least_one
from gankit.data import Batches, Pack, images, labelled_subset, open_pack
from gankit.data.sources.toys import truth
from gankit.exploration import film as films
from gankit.exploration import game as games
from gankit.exploration import guided, layers
from gankit.exploration import probe as probes
from gankit.exploration.regions import How
from gankit.exploration.regions import regions as map_regions
from gankit.features.network import as_channels
from gankit.game import Players
from gankit.methods.translation import Translation
from gankit.networks.batch_statistics import recalibrate
from gankit.pictures import movie
from gankit.pictures.samples import Samples, draw
from gankit.runs.run import Run
from gankit.training.log import read_log

T = TypeVar("T")
MOVIES = (".mp4", ".gif")
SETTLING = 500
"""Images that a random discriminator's batch norms are given."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """What every question here has."""

    run: tyro.conf.Positional[Path]
    """The run directory."""
    out: Path | None = None
    """The picture's name; the numbers go beside it as .json. By default in RUN/explore."""
    seed: int = 0
    """Equal seeds give equal answers."""
    device: str = "auto"
    """auto, cpu or cuda."""

    @cached_property
    def opened(self) -> Run:
        return Run(self.run)

    @cached_property
    def players(self) -> Players:
        return self.opened.players(device=self.device)

    def some(self, pack: Pack, n: int) -> tuple[Tensor, Tensor | None]:
        """`n` images of `pack` that the seed draws, and their labels where they have any, on the players' device."""
        chosen = torch.randperm(len(pack), generator=torch.Generator().manual_seed(derive(self.seed, "images")))[:n]
        device = self.players.generator.device
        return images(pack, chosen).to(device), None if pack.labels is None else pack.labels[chosen].to(device)

    def random(self, seen: Tensor, labels: Tensor | None) -> nn.Module:
        """A discriminator like the run's that has learned nothing; its batch norms have looked at some of `seen`."""
        device = self.players.generator.device
        with seeded(torch.device("cpu"), derive(self.seed, "random discriminator")):
            network = self.opened.method.players(self.opened.spec).discriminator.to(device).requires_grad_(False)
        few = seen[:SETTLING], None if labels is None else labels[:SETTLING]
        return recalibrate(network, lambda: layers.activations(network, [], *few))

    def need_images(self) -> None:
        if not self.opened.spec.is_image:
            raise UserError(f"{self.run} is about points, not images: gankit explore game {self.run} shows those")


@dataclass(frozen=True, kw_only=True)
class Features(Look):
    layer: str | None = None
    """A layer of the discriminator, such as conv2; by default its last convolution."""
    units: int = 6
    """How many of the layer's units, those whose strongest activations stand out most."""
    images: int = 2000
    """Real images among which the strongest activations are looked for."""
    filters: bool = False
    """Show the filters of the first layer instead."""


def features(arguments: list[str]) -> None:
    """Guided backpropagation from the strongest activations of a layer: what of a real image excites a unit. Beside it
    the same of a discriminator that has learned nothing (DCGAN, Figure 5).
    """
    asked = ask(Features, features, arguments)
    asked.need_images()
    at_least_one(min(asked.units, asked.images))
    out = place(asked.opened, "filters" if asked.filters else "features", asked.out)
    seen, labels = asked.some(own_data(asked.opened), asked.images)
    networks = {"trained": asked.players.discriminator, "random": asked.random(seen, labels)}
    if asked.filters:
        save(guided.filters(networks, seen, labels), out)
    else:
        save(guided.features(networks, seen, labels, layer=asked.layer, units=asked.units), out)


@dataclass(frozen=True, kw_only=True)
class Regions(Look):
    how: How = "auto"
    """occlusion: cover a patch and see what it costs; gradient: how steep the score is; patches: the scores of a
    discriminator that judges patches, or an auto-encoder's errors. auto is patches where there are any, else
    occlusion."""
    n: int = 8
    """Images of each kind, real and generated."""
    backwards: bool = False
    """Of a translator that knows the way back, show the discriminator of that."""


def regions(arguments: list[str]) -> None:
    """Maps over real and generated images of what makes the discriminator take them for real."""
    asked = ask(Regions, regions, arguments)
    asked.need_images()
    at_least_one(asked.n)
    out = place(asked.opened, "regions", asked.out)
    if isinstance(asked.opened.method, Translation):
        save(_regions_of_translations(asked, asked.opened.method), out)
        return
    seen, labels = asked.some(own_data(asked.opened), max(1000, asked.n))
    generator, discriminator = asked.players
    made = Samples.joined(draw(generator, asked.n, seed=asked.seed))
    groups = {
        "real": (seen[: asked.n], None if labels is None else labels[: asked.n]),
        "generated": (
            made.values.to(generator.device),
            None if made.labels is None else made.labels.to(generator.device),
        ),
    }
    save(map_regions(discriminator, groups, how=asked.how, filling=seen.mean(0)), out)


@torch.no_grad()
def _regions_of_translations(asked: Regions, method: Translation[Any]) -> Answer:
    """Over pictures of the wanted side, and over what others become."""
    pack = asked.opened.open_data(say=warn)
    assert pack.other is not None
    given, wanted = (asked.some(side, asked.n)[0] for side in (pack, pack.other))
    players, kind = asked.players, cast("Any", method.batch_type)
    with seeded(given.device, derive(asked.seed, "translations")):
        discriminator, seen = method.judged(players, kind(given, wanted), backwards=asked.backwards)
    found = map_regions(discriminator, {name: (images, None) for name, images in seen.items()}, how=asked.how)
    channels = (given if asked.backwards else wanted).shape[1]
    judged = {name: replace(group, images=group.images[:, -channels:]) for name, group in found.of.items()}
    return replace(found, of=judged)


@dataclass(frozen=True, kw_only=True)
class Probe(Look):
    data: str | None = None
    """Labelled data: a data set's name, a folder of images, or an .npz file; by default the run's own."""
    labels: int = 1000
    """How many labelled training images, as many of each class."""
    test: int = 10_000
    """Test images, at most."""
    centres: int = 200
    """Means of the k-means features."""


def probe(arguments: list[str]) -> None:
    """A linear classifier on what the discriminator's layers say (DCGAN, section 5.1), beside the same on raw pixels,
    on k-means features and on a discriminator of the same kind that has learned nothing.
    """
    asked = ask(Probe, probe, arguments)
    asked.need_images()
    out = place(asked.opened, "probe", asked.out)
    discriminator = asked.players.discriminator
    if layers.takes_labels(discriminator):
        raise UserError("this discriminator is told the label of what it sees, so its features can't be probed for it")
    if asked.test < 1 or asked.centres < 2:
        raise UserError("test must be at least 1, and centres 2")
    train, test, split = _splits(asked)
    indices = labelled_subset(train, asked.labels, seed=asked.seed)
    chosen = torch.randperm(len(test), generator=torch.Generator().manual_seed(derive(asked.seed, "test")))[
        : asked.test
    ]
    known, others = _labelled(asked, train, indices), _labelled(asked, test, chosen)
    seen = known[0][torch.randperm(len(known[0]), generator=torch.Generator().manual_seed(asked.seed))]
    kinds = {
        "trained D": probes.of_layers(discriminator, seen),
        "random D": probes.of_layers(asked.random(seen.to(asked.players.generator.device), None), seen),
        "raw pixels": probes.of_pixels,
        f"{asked.centres} k-means": probes.of_patches(seen, centres=asked.centres, seed=derive(asked.seed, "k-means")),
    }
    rows = [probes.judge(name, kind, known, others, seed=derive(asked.seed, "folds")) for name, kind in kinds.items()]
    found = probes.Probe(rows=rows, labels=len(indices), tested=len(chosen), split=split)
    print("\n".join(tables.aligned(found.table())))
    save(found, out)


def _splits(asked: Probe) -> tuple[Pack, Pack, str]:
    """What the classifier learns from, what it is tested on, and what that is."""
    run, size = asked.opened, "x".join(map(str, asked.opened.spec.shape[1:]))
    train = own_data(run) if asked.data is None else open_pack(asked.data, size=size, say=warn)
    if train.labels is None:
        raise UserError(f"{train.source!r} has no labels to probe for: take --data with classes")
    try:
        if asked.data is None:
            return train, own_data(run, "test"), "the test split"
        return train, open_pack(asked.data, size=size, split="test", say=warn), "the test split"
    except UserError:
        shuffled = torch.randperm(len(train), generator=torch.Generator().manual_seed(derive(asked.seed, "fifth")))
        fifth = len(train) // 5
        rest, held = (
            replace(train, values=train.values[part], labels=train.labels[part])
            for part in (shuffled[fifth:], shuffled[:fifth])
        )
        return rest, held, "a held-out fifth"


def _labelled(asked: Probe, pack: Pack, indices: Tensor) -> tuple[Tensor, Tensor]:
    shape = asked.opened.spec.shape
    found = images(pack, indices)
    if found.shape[1] != shape[0] and shape[0] in (1, 3):
        found = as_channels(found, shape[0])
    if found.shape[1:] != shape:
        there, wanted = ("x".join(map(str, sides)) for sides in (found.shape[1:], shape))
        raise UserError(f"{pack.source!r} is {there}, but the discriminator takes {wanted}")
    assert pack.labels is not None
    return found, pack.labels[indices]


@dataclass(frozen=True, kw_only=True)
class Film(Look):
    frames: int = 120
    """At most so many of the previews, at even distances."""
    milliseconds: int = 80
    """How long each is shown."""


def film(arguments: list[str]) -> None:
    """The run's previews one after the other, above the losses of both players: an MP4 where there is an encoder for
    it, else a GIF. 'gankit train --preview-every' says how many there are.
    """
    asked = ask(Film, film, arguments)
    run = asked.opened
    at_least_one(min(asked.frames, asked.milliseconds))
    out = place(run, "film", asked.out, MOVIES)
    previews = sorted((run.directory / "previews").glob("step-*.png"), key=lambda p: int(p.stem.removeprefix("step-")))
    if not previews:
        raise UserError(f"{run.directory} has no previews yet: train it first")
    curves = films.losses(read_log(run.directory / "log.jsonl"))
    shown: dict[int, Image.Image] = {}
    for path in _evenly(previews, asked.frames):
        with Image.open(path) as picture:
            shown[int(path.stem.removeprefix("step-"))] = picture.copy()
    made = movie(films.frames(shown, curves), out, milliseconds=asked.milliseconds, say=warn)
    print(f"film         {made}")
    by_player = {player: {"steps": steps, "values": values} for player, (steps, values) in curves.items()}
    save_numbers({"frames": list(shown), "losses": by_player}, made)


@dataclass(frozen=True, kw_only=True)
class Game(Look):
    frames: int = 120
    """At most so many of the checkpoints, at even distances."""
    points: int = 200
    """Samples that get an arrow."""
    milliseconds: int = 120
    """How long each frame is shown."""


def game(arguments: list[str]) -> None:
    """On data of one or two dimensions: the densities of data and samples, the discriminator's score, and where the
    generator's loss pushes each sample, over the checkpoints that there are ('gankit train --keep 100' keeps more).
    Of fewer than three, and where --out is a picture's name, it shows the last alone.
    """
    asked = ask(Game, game, arguments)
    run = asked.opened
    if run.spec.is_image:
        raise UserError(f"{run.directory} is about images: the game is shown of points of one or two dimensions")
    at_least_one(min(asked.frames, asked.points, asked.milliseconds))
    steps = run.steps()
    moving = len(steps) >= 3 and (asked.out is None or asked.out.suffix.lower() in MOVIES)
    out = place(run, "game", asked.out, (*MOVIES, *STILLS) if moving else STILLS)
    pack = own_data(run)
    data = images(pack, torch.arange(min(len(pack), games.DRAWN)))
    device = asked.players.generator.device
    seed, method = derive(asked.seed, "batch"), run.method
    count = min(asked.points, len(pack))
    batch = Batches(pack, method.batch_type, count, seed=seed, device=device, labels=method.label_budget).at(0)
    wanted = _evenly(steps, asked.frames) if moving else steps[-1:]
    mixture = truth(pack.source)
    moments = [
        games.moment(method, run.players(device=asked.device, step=step), batch, data, step=step, seed=asked.seed)
        for step in wanted
    ]
    found = games.game(data, moments, density=mixture.density if mixture else None)
    print(f"checkpoints  {len(steps)} kept, {len(wanted)} shown; gankit train --keep 100 keeps more")
    if not moving:
        save(found, out)
        return
    made = movie(found.frames(), out, milliseconds=asked.milliseconds, say=warn)
    print(f"film         {made}")
    save_numbers(found.numbers, made)


def _evenly(items: list[T], most: int) -> list[T]:
    """At most so many of `items`, at even distances, with the last."""
    if len(items) <= most:
        return items
    return [items[round((index + 1) * len(items) / most) - 1] for index in range(most)]
