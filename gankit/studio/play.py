"""The Play page's pictures: functions of a run and a state, through what `gankit.exploration` offers to everybody."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from gankit import pictures
from gankit.base.errors import UserError
from gankit.exploration.arithmetic import LEAST, arithmetic
from gankit.exploration.given_pictures import read_pictures
from gankit.exploration.invert import invert
from gankit.exploration.latents import labels_for, of_seeds, pictures_of
from gankit.exploration.neighbours import neighbours
from gankit.exploration.regions import Regions, regions
from gankit.exploration.walk import walk
from gankit.game.prior import Codes, Normal
from gankit.health.scoring import takes_labels
from gankit.pictures.samples import Samples, draw
from gankit.pictures.sheets import Row, sheet
from gankit.runs.report_pictures import sample_inputs
from gankit.studio.drawings import Drawing, command
from gankit.studio.points import SEEDS, Point, latent_in_words, numbers_of
from gankit.studio.shelf import COMPUTING, Opened
from gankit.studio.states import PlayState

SHEET = 12
"""Seeds on a sheet."""
STEPS = 8
"""Frames of a walk from each pin to the next."""
OTHERS = 20
"""Samples that are searched for beside one, as its distance is told by those of others."""
INVERSION_STEPS = 150
CLOUD = 1000
"""Samples of a run on points."""
SIDE = 384
"""Pixels that the sample alone is enlarged to, about, by a whole factor."""


def latent_of(opened: Opened, point: Point) -> Tensor:
    """The latent [1, size] of `point`. Raises `UserError` where the run's generator knows no such latent."""
    generator = opened.generator
    prior = generator.prior
    if point.latent:
        latent = numbers_of(point.latent)[None].to(generator.device)
        if latent.shape[1] != prior.size:
            raise UserError(f"this link's latent has {latent.shape[1]} numbers, and this run's have {prior.size}")
    else:
        drawn_from = None if point.truncation is None else prior.truncated(point.truncation)
        latent = of_seeds(generator, [point.seed], drawn_from)
    if point.codes:
        latent = _coded(prior, latent, point)
    for name, value in point.moves:
        latent = latent + value * opened.direction(name)
    return latent


def _coded(prior: object, latent: Tensor, point: Point) -> Tensor:
    parts = prior.slices() if isinstance(prior, Codes) else {}
    latent = latent.clone()
    for name, value in point.codes:
        if name not in parts:
            raise UserError(f"this run's latents have no code {name!r}")
        part = latent[:, parts[name]]
        if name.startswith("categorical"):
            if not 0 <= value < part.shape[1]:
                raise UserError(f"{name} has {part.shape[1]} categories, counted from 0")
            part.zero_()
            part[:, int(value)] = 1
        else:
            part.fill_(value)
    return latent


def images_of(opened: Opened, points: Sequence[Point], label: str = "") -> Tensor:
    """What the generator makes of `points`, [n, C, H, W] in [-1, 1]. Raises `UserError` where that is no pictures."""
    with COMPUTING:
        opened.run.refuse_translator()
        latents = torch.cat([latent_of(opened, point) for point in points])
        return pictures_of(opened.generator, latents, label_of(opened, label))


def label_of(opened: Opened, label: str) -> int | None:
    """The number of the class that is called `label`; None for nothing, the first."""
    return opened.run.class_number(label, opened.generator) if label else None


def drawing(opened: Opened, state: PlayState) -> Drawing:
    """The picture that `state` asks for. Raises `UserError` for one that there is not."""
    makers: dict[str, Callable[[Opened, PlayState], Drawing]] = {
        "sample": sample,
        "sheet": seeds_sheet,
        "walk": pins_walk,
        "sum": pins_sum,
        "game": judged,
        "neighbours": nearest_training_images,
    }
    with COMPUTING:
        return makers[state.view](opened, state)


def sample(opened: Opened, state: PlayState) -> Drawing:
    """The point itself, enlarged; of a run on points, many."""
    point, run = state.at, opened.run
    simple = point == Point(point.seed, truncation=point.truncation)
    name = f"{opened.name} {point.name()}"
    words = f"A sample of {opened.name}, {point.name()}{_labelled(state)}"
    drawn = {"seed": point.seed, "truncation": point.truncation, "label": state.label or None}
    if not run.spec.is_image:
        if not simple:
            raise UserError("a run on points is shown as a cloud of them: reset what was changed")
        picture = run.sample(CLOUD, **drawn).picture()
        line = command("sample", _path(opened), n=CLOUD, **drawn, out="sample.png")
        return Drawing(picture=picture, name=name, alt=f"{CLOUD} samples of {opened.name}", command=line)
    image = images_of(opened, [point], state.label)
    scale = max(1, SIDE // max(image.shape[2:]))
    line = draw_command(opened, state)
    if simple:
        line = command("sample", _path(opened), n=1, **drawn, scale=scale, out="sample.png")
    return Drawing(picture=pictures.grid(image, scale=scale), name=name, alt=words, command=line)


def seeds_sheet(opened: Opened, state: PlayState) -> Drawing:
    """The point's seed and those after it, all changed alike."""
    points = following(state.at)
    images = images_of(opened, points, state.label)
    rows = [Row("", images, [str(point.seed) for point in points])]
    words = f"Samples of {opened.name}, seeds {points[0].seed} to {points[-1].seed}{_labelled(state)}"
    return Drawing(picture=sheet(rows), name=f"{opened.name} seeds", alt=words, command=draw_command(opened, state))


def following(point: Point) -> list[Point]:
    """`SHEET` points from `point` on, by their seeds, with what is done to it."""
    moves = {"truncation": point.truncation, "codes": point.codes, "moves": point.moves}
    return [Point((point.seed + index) % SEEDS, **moves) for index in range(SHEET)]


def pins_walk(opened: Opened, state: PlayState) -> Drawing:
    """From each pinned sample to the next, as a strip and as a film."""
    if len(state.pins) < 2:
        raise UserError("pin two samples or more, and walk between them")
    latents = torch.cat([latent_of(opened, point) for point in state.pins])
    found = walk(
        opened.generator,
        latents,
        features=opened.features,
        steps=STEPS,
        label=label_of(opened, state.label),
        names=list(map(_word, state.pins)),
    )
    line = draw_command(opened, state)
    if all(point.is_plain for point in state.pins):
        seeds = [str(point.seed) for point in state.pins]
        line = command("explore", "walk", _path(opened), seeds=seeds, steps=STEPS, label=state.label)
    return Drawing(
        picture=found.picture(),
        name=f"{opened.name} walk",
        alt=f"A walk of {opened.name} between {', '.join(point.name() for point in state.pins)}",
        command=line,
        words=f"{found.verdict()[:1].upper()}{found.verdict()[1:]}; path length {found.numbers['path_length']:.4g}",
        film=film_of(found.frames()),
    )


def film_of(frames: Sequence[Image.Image]) -> bytes:
    """`frames` as the bytes of a GIF that goes there and back."""
    with tempfile.TemporaryDirectory() as place:
        path = pictures.film([*frames, *frames[-2:0:-1]], Path(place) / "film.gif", rest=80)
        return path.read_bytes()


def pins_sum(opened: Opened, state: PlayState) -> Drawing:
    """The mean of some pinned samples, minus that of others, plus that of others."""
    chosen = {name: [state.pins[place] for place in places] for name, places in state.groups().items() if places}
    if "plus" not in chosen or "minus" not in chosen:
        raise UserError(f"mark {LEAST} pinned samples or more with + and {LEAST} with -, and {LEAST} with & to add")
    groups = {
        name: (list(map(_word, points)), torch.cat([latent_of(opened, point) for point in points]))
        for name, points in chosen.items()
    }
    found = arithmetic(opened.generator, groups, label=label_of(opened, state.label))
    line = draw_command(opened, state)
    if all(point.is_plain for points in chosen.values() for point in points):
        seeds = {name: [str(point.seed) for point in points] for name, points in chosen.items()}
        line = command("explore", "arithmetic", _path(opened), **seeds, label=state.label)
    signs = {"plus": "", "minus": " - ", "and": " + "}
    formula = "".join(f"{signs[name]}mean of {len(points)}" for name, points in chosen.items())
    return Drawing(
        picture=found.picture(),
        name=f"{opened.name} sum",
        alt=f"Arithmetic on latents of {opened.name}: {formula}; the sum in the middle of noise around it",
        command=line,
        words=f"{formula}; {found.numbers['outside']:.0%} of the sum's components had to be brought back to the prior",
    )


def judged(opened: Opened, state: PlayState) -> Drawing:
    """What the discriminator sees in the sample."""
    images = images_of(opened, [state.at], state.label)
    found = _regions(opened, images, state.label)
    group = found.of["generated"]
    return Drawing(
        picture=found.picture(),
        name=f"{opened.name} {state.at.name()} judged",
        alt=f"The sample of {state.at.name()}, and where the discriminator finds it real",
        command=draw_command(opened, state),
        words=f"The discriminator's score is {float(group.scores[0]):.3g}",
    )


def judged_at(opened: Opened, state: PlayState, across: float, down: float) -> str:
    """What the discriminator's map says at a place of the sample, its coordinates from 0 to 1."""
    with COMPUTING:
        found = _regions(opened, images_of(opened, [state.at], state.label), state.label)
        values = found.of["generated"].maps[0, 0]
        rows, columns = values.shape
        row, column = min(int(down * rows), rows - 1), min(int(across * columns), columns - 1)
        value, strongest = float(values[row, column]), float(values.abs().max())
    share = abs(value) / strongest if strongest else 0.0
    kind = "for real" if value > 0 else "for generated"
    words = {"occlusion": f"this part speaks {kind}", "patches": f"the patches here are scored {kind}"}
    says = words.get(found.how, "the score depends on this part") if share > 0.05 else "this part hardly matters"
    return f"Row {row}, column {column}: {says} ({value:+.3g}; the strongest place has {strongest:.3g})"


def _regions(opened: Opened, images: Tensor, label: str) -> Regions:
    network = opened.players.discriminator
    device = opened.players.generator.device
    labels = None
    if takes_labels(network):
        labels = labels_for(opened.generator, 1, label_of(opened, label))
    filling = Samples.joined(draw(opened.generator, 64, seed=0)).values.mean(0).to(device)
    return regions(network, {"generated": (images.to(device), labels)}, filling=filling)


def nearest_training_images(opened: Opened, state: PlayState) -> Drawing:
    """The training images nearest to the sample of a seed, beside those of the seeds' own others."""
    if not state.at.is_plain:
        raise UserError("neighbours are looked for of a seed as it is: reset what was changed")
    inputs = sample_inputs(opened.generator, opened.data(), opened.features, OTHERS, state.at.seed)
    found = neighbours(inputs)
    ratio = found.numbers["ratio"][0]
    likeness = "as a copy would be" if ratio < 0.3 else "as others like it are"
    return Drawing(
        picture=found.picture(),
        name=f"{opened.name} {state.at.name()} neighbours",
        alt=f"Samples of seed {state.at.seed} above the training images nearest to them",
        command=command("explore", "neighbours", _path(opened), n=OTHERS, seed=state.at.seed),
        words=f"The first is the sample; its nearest is {ratio:.2f} of the distance of others like it, {likeness}",
    )


def found_for(opened: Opened, file: Path, label: str = "") -> tuple[Point, str]:
    """The point whose picture comes nearest to the one in `file`, and how near, in words. Raises `UserError` where that
    is no picture."""
    with COMPUTING:
        run = opened.run
        run.refuse_translator()
        said: list[str] = []
        originals, _ = read_pictures([file], run.spec, said.append, run.values[0])
        found = invert(
            opened.generator,
            originals,
            features=opened.features,
            label=label_of(opened, label),
            restarts=2,
            steps=INVERSION_STEPS,
        )
        words = [f"Found with an error of {float(found.errors[0]):.4f}, from {float(found.started[0]):.4f}", *said]
        if found.labels is not None and not label:
            words.append(f"its class is {run.spec.classes[int(found.labels[0])]}")
    return Point(latent=latent_in_words(found.latents[0])), "; ".join(words)


def draw_command(opened: Opened, state: PlayState) -> str:
    """The command that makes the picture of any state."""
    shown = PlayState(run=state.run, view=state.view, label=state.label, at=state.at)
    if state.view in ("walk", "sum"):
        shown = replace(state, at=Point())
    return command("studio", opened.folder.as_posix(), draw=shown.query(), out="picture.png")


def can_truncate(opened: Opened) -> bool:
    return isinstance(opened.generator.prior, Normal)


def codes_of(opened: Opened) -> dict[str, int]:
    """The codes of the run's latents by name, and of each how many categories; 1 for a continuous one."""
    prior = opened.generator.prior
    if not isinstance(prior, Codes):
        return {}
    return {name: part.stop - part.start for name, part in prior.slices().items() if name != "noise"}


def _path(opened: Opened) -> str:
    return opened.run.directory.as_posix()


def _word(point: Point) -> str:
    """What a point is called on a sheet: its seed alone, as on the command line, where that is all."""
    return str(point.seed) if point.is_plain else point.name()


def _labelled(state: PlayState) -> str:
    return f", class {state.label}" if state.label else ""
