"""What is said of a run: its figures under a protocol, and several runs side by side."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from gankit import pictures
from gankit.base import config
from gankit.base.errors import UserError, nearest, warn
from gankit.data import Pack, open_pack
from gankit.data.pack.store import cache_root
from gankit.data.sides.opening import Direction, open_sides
from gankit.evaluation.card import Card, Figure, read
from gankit.evaluation.evaluator import Judge, versions
from gankit.evaluation.inputs import Classifier, Images, spread, stored
from gankit.evaluation.translations import Translation, translated
from gankit.features import find
from gankit.features.network import as_channels
from gankit.game import Generator, Method, Translator
from gankit.game.batch import DataSpec, Paired
from gankit.game.batch import Images as ImagesBatch
from gankit.pictures.samples import Samples, draw
from gankit.runs.run import Run, Weights
from gankit.training.memory import keep_freed_memory
from gankit.training.precision import pick_device

Subject = Run | Generator | Samples | Tensor | np.ndarray | str | Path
Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """How a generator is scored, whatever it is."""

    metrics: tuple[str, ...] = ()
    """Names of metrics; by default the usual ones that its data and features allow."""
    features: str = "auto"
    """Feature network: auto, pixels, points, digits-cnn, mnist-cnn, fashion-mnist-cnn, stacked-mnist-cnn, inception,
    dinov2, or my_file.py:Name for a module of your own (from Python the module itself, too). auto is the classifier
    of a set that has one, else pixels."""
    samples: int | None = None
    """Samples to score; by default as many as each metric's published figures are of, 10,000 for most."""
    real: int = 10_000
    """Real images to compare with, at most."""
    size: str | None = None
    """Side at which the data are taken, as N or HEIGHTxWIDTH; by default the run's, or else their own."""
    split: str = "auto"
    """train or test; auto is test where the source has one."""
    seed: int = 0
    """Equal seeds make equal samples."""
    weights: Weights = "average"
    """The generator's running average, or its last weights."""
    backwards: bool = False
    """Score the way back of a translator that knows both ways."""
    device: str = "auto"
    """auto, cpu or cuda."""

    def __post_init__(self) -> None:
        if self.split not in ("auto", "train", "test"):
            raise UserError(f"there is no split {self.split!r}: it is auto, train or test")
        if self.real < 2:
            raise UserError(f"real must be at least 2, not {self.real}")


def evaluate(
    subject: Subject,
    data: Any = None,
    *,
    out: str | os.PathLike[str] | None = None,
    say: Say | None = None,
    **protocol: Any,
) -> Card:
    """Score `subject` against `data` and return its card; the keywords are the fields of `Protocol`.

    subject: a run or its directory; a folder of images that any program made; a `Generator`; or samples
        [n, C, H, W] in [-1, 1] or [n, D]. All but a run need `data`, a source's name or an array.
    out: where card.json and pictures go: by default into a run's directory, and for anything else nowhere.

    Raises `UserError`, in one line, where a metric can't be computed or has too few samples.
    """
    plan: Protocol = config.build(Protocol, protocol)
    say = say or warn
    run = _as_run(subject)
    directory = Path(out) if out else (run.directory if run else None)
    if directory:
        read(directory)  # which refuses one that was changed by hand, before the work is done
    size = plan.size
    own = run is not None and data is None
    if run and data is None:
        data, size = run.config["data"]["source"], size or run.config["data"].get("size")
    elif run and run.spec.is_image:
        size = size or "{1}x{2}".format(*run.spec.shape)
    if data is None:
        raise UserError("samples are scored against data: say which with --data")
    translator, about = _translator(run, plan)
    if run and translator:
        opened = _sides(run, data, size, plan.backwards, say, aligned=run.method.batch_type is Paired)
    else:
        opened = _side(data, size, say)
    both_train = opened("train")
    both, split_name = _split(opened, plan.split, both_train, say)
    split, train = both.other or both, both_train.other or both_train
    if run and translator:
        _same_sides(run, both, own=own, backwards=plan.backwards)
    elif run:
        _same_data(run, train, split)
    device = pick_device(plan.device)
    if device.type == "cpu":
        keep_freed_memory()
    judge = Judge(
        split=split,
        train=train,
        network=find(plan.features, split.spec, split.source).to(device),
        split_name=split_name,
        metrics=plan.metrics,
        samples=plan.samples,
        real=plan.real,
        seed=plan.seed,
        cache=cache_root(),
        translates=_way(run, both, plan.backwards) if run and translator else None,
    )
    about |= {"data": both.source, "seed": plan.seed, "versions": versions()}
    generator = classifier = translation = None
    if translator:
        assert run is not None
        paired = _sides(run, data, size, plan.backwards, say, aligned=None)
        translation = Translation.of(both, lambda: paired("train"), _inputs(both, judge))
        made = translated(translator, translation.inputs, seed=plan.seed, backwards=plan.backwards)
        images, about["source"] = stored(made, split), "translator"
    elif run or isinstance(subject, Generator):
        generator = subject if isinstance(subject, Generator) else None
        if run:
            generator, step = run.generator_at(weights=plan.weights, device=plan.device)
            classifier = _classifier(run, train, plan.device)
            about |= _trained(run, plan, step)
        assert generator is not None
        images = stored(draw(generator, judge.wanted(), seed=plan.seed), split)
        about["source"] = "generator"
    else:
        images, about["source"] = _given(subject, split, judge, say)
    figures, parts = judge(images, generator, about, say, classifier, translation)
    if directory:
        directory.mkdir(parents=True, exist_ok=True)
        read(directory).with_figures(figures).save(directory)  # read again: another evaluation may have written
        if "memorisation" in parts and split.spec.is_image:
            report = parts["memorisation"].memorisation_report()
            say(f"report       {pictures.save(report, directory / 'memorisation.png')}")
    return Card(figures)


@dataclass(frozen=True)
class Comparison:
    """Several runs' figures, those of one name under one protocol."""

    names: list[str]
    rows: dict[str, list[Figure | None]]
    refused: list[str]
    """Why a figure is not among the rows."""

    def table(self) -> list[list[str]]:
        """A row a run, a column a figure."""
        head = ["run", *self.rows]
        columns = [[figure.text() if figure else "-" for figure in row] for row in self.rows.values()]
        return [head, *([name, *cells] for name, *cells in zip(self.names, *columns, strict=True))]

    def picture(self) -> Image.Image:
        """A panel a figure: each run's value with its interval, and what training images get, dashed."""
        from matplotlib.figure import Figure as Canvas

        columns = min(4, len(self.rows))
        lines = math.ceil(len(self.rows) / columns)
        canvas = Canvas(figsize=(3 * columns, 0.8 + (0.6 + 0.3 * len(self.names)) * lines), layout="constrained")
        axes = np.atleast_1d(canvas.subplots(lines, columns)).flatten()
        for ax, (name, row) in zip(axes, self.rows.items(), strict=False):
            for place, figure in enumerate(row):
                if figure is None or not math.isfinite(figure.value):
                    continue
                ends = (figure.low, figure.high)
                if ends[0] is not None and ends[1] is not None:
                    ax.plot(ends, [place, place], color="0.6", linewidth=3)
                ax.plot(figure.value, place, "o", color="tab:blue")
            beside = next((figure.training_images for figure in row if figure), None)
            if beside is not None:
                ax.axvline(beside, color="tab:green", linestyle="--", linewidth=1)
            better = next(figure.better for figure in row if figure)
            ax.set_title(name if better == "neither" else f"{name} ({better} is better)", size=9)
            ax.set_yticks(range(len(self.names)), self.names if ax.get_subplotspec().is_first_col() else [])
            ax.set_ylim(len(self.names) - 0.5, -0.5)
            ax.tick_params(labelsize=8)
        for ax in axes[len(self.rows) :]:
            ax.axis("off")
        return pictures.figure_to_pil(canvas)


def compare(directories: Sequence[str | os.PathLike[str]], *, figures: Sequence[str] = ()) -> Comparison:
    """The cards in `directories` side by side: all figures they have, or those asked for by name.

    A figure whose protocols differ between runs is refused, by the names of the fields that differ; `UserError` if
    it was asked for by name, or if nothing is left.
    """
    paths = [Path(directory) for directory in directories]
    if len(paths) < 2:
        raise UserError("a comparison needs at least two runs")
    cards = [read(path) for path in paths]
    for path, card in zip(paths, cards, strict=True):
        if not card.figures:
            raise UserError(f"{path} has no figures yet: gankit evaluate {path}")
    names = list(dict.fromkeys(figure.name for card in cards for figure in card.figures))
    for name in figures:
        if name not in names:
            raise UserError(f"no figure {name!r}{nearest(name, names)}: there are {', '.join(names)}")
    rows: dict[str, list[Figure | None]] = {}
    refused: list[str] = []
    for name in figures or names:
        row = _row(name, paths, cards)
        if isinstance(row, str):
            refused.append(row)
        else:
            rows[name] = row
    if refused and (figures or not rows):
        raise UserError(refused[0])
    return Comparison([str(path) for path in paths], rows, refused)


def _row(name: str, paths: list[Path], cards: list[Card]) -> list[Figure | None] | str:
    """The figures called `name` that share a protocol, or why there are none."""
    having = [(path, card.of(name)) for path, card in zip(paths, cards, strict=True) if card.of(name)]
    first_path, first = having[0]
    for wanted in reversed(first):
        found = {path: [f for f in figures if f.protocol == wanted.protocol] for path, figures in having}
        if all(found.values()):
            return [found[path][-1] if path in found else None for path in paths]
    for path, figures in having[1:]:
        if not any(figure.protocol == first[-1].protocol for figure in figures):
            ours, theirs = first[-1], figures[-1]
            differing = list(config.differences(ours.protocol, theirs.protocol))
            if ours.subject.get("data") != theirs.subject.get("data"):
                differing = [f"data: {ours.subject.get('data')} -> {theirs.subject.get('data')}"]
            return f"{name} is not comparable: {first_path} and {path} differ in {'; '.join(differing)}"
    raise AssertionError


def _as_run(subject: Subject) -> Run | None:
    if isinstance(subject, Run):
        return subject
    if isinstance(subject, str | Path):
        path = Path(subject)
        if not path.exists():
            raise UserError(f"no run or folder {str(path)!r}")
        if (path / "config.json").is_file():
            return Run(path)
    return None


def _classifier(run: Run, pack: Pack, device: str) -> Classifier | None:
    if type(run.method).classify is Method.classify:
        return None
    return Classifier(run.classifier(device=device, pack=pack), clusters=run.method.batch_type is ImagesBatch)


Opened = Callable[..., Pack]
"""Opens a split of the data, at a size of its own (height, width) where that is given."""


def _side(data: Any, size: Any, say: Say) -> Opened:
    return lambda split, size=size: open_pack(data, size=size, split=split, say=say)


def _sides(run: Run, data: Any, size: Any, backwards: bool, say: Say, *, aligned: bool | None) -> Opened:
    """Opens two sides as `run` has them, that which it translates from first."""
    stated = run.config["data"]
    direction: Direction = "BtoA" if (stated["direction"] == "BtoA") != backwards else "AtoB"
    return lambda split, size=size: open_sides(
        data, aligned=aligned, pair=stated["pair"], direction=direction, size=size, split=split, say=say
    )


def _split(opened: Opened, wanted: str, train: Pack, say: Say) -> tuple[Pack, str]:
    if wanted == "train":
        return train, "train"
    try:
        found = opened("test")
        if train.spec.is_image and found.spec.shape[1:] != train.spec.shape[1:]:
            found = opened("test", train.spec.shape[1:])
        return found, "test"
    except UserError as error:
        if wanted == "test":
            raise
        say(f"scored against the images it was trained on: {error}")
        return train, "train"


def _translator(run: Run | None, plan: Protocol) -> tuple[Translator | None, dict[str, Any]]:
    """The translator of `run`, if it trained one, and what there is to say of it."""
    if run is None or run.spec.other_shape is None:
        if plan.backwards:
            raise UserError("backwards is for runs that translate pictures, and this is none")
        return None, {}
    translator, step = run.translator_at(weights=plan.weights, device=plan.device)
    if plan.backwards and not translator.two_way:
        raise UserError(f"{run.directory} knows one way only: train another run with the other --direction")
    return translator, _trained(run, plan, step)


def _trained(run: Run, plan: Protocol, step: int) -> dict[str, Any]:
    return {"weights": plan.weights, "ema": run.config["ema"], "step": step}


def _way(run: Run, both: Pack, backwards: bool) -> dict[str, Any]:
    """What must be equal for the figures of two translators to stand side by side."""
    stated = run.config["data"]
    way = {"sides": both.content, "pair": stated["pair"], "direction": stated["direction"]}
    return {**way, "backwards": True} if backwards else way


def _inputs(both: Pack, judge: Judge) -> int:
    """How many pictures are translated."""
    if judge.samples and judge.samples > len(both):
        raise UserError(
            f"the {judge.split_name} split has {len(both):,} pictures to translate, fewer than the "
            f"{judge.samples:,} asked for"
        )
    return min(judge.wanted(), len(both))


def _same_sides(run: Run, both: Pack, *, own: bool, backwards: bool) -> None:
    """Raise `UserError` where `both` are not what `run` can translate, or its own data have changed."""
    assert both.other is not None
    assert run.spec.other_shape is not None
    wanted = [run.spec.shape[0], run.spec.other_shape[0]]
    found = [both.spec.shape[0], both.other.spec.shape[0]]
    if found != (wanted[::-1] if backwards else wanted):
        raise UserError(
            f"{run.directory} translates images of {wanted[0]} channels to {wanted[1]}, but the data have "
            f"{found[0]} and {found[1]}"
        )
    if own:
        run.open_data(say=lambda line: None)


def _same_data(run: Run, train: Pack, split: Pack) -> None:
    if split.spec.shape != run.spec.shape:
        shapes = ("x".join(map(str, spec.shape)) for spec in (run.spec, split.spec))
        raise UserError("{} makes {}, but the data are {}".format(run.directory, *shapes))
    run.refuse_changed(train)


def _given(subject: Any, split: Pack, judge: Judge, say: Say) -> tuple[Images, str]:
    """Samples that somebody else made, as `split` has its values."""
    spec = split.spec
    if isinstance(subject, str | Path):
        given, name = _folder(Path(subject), spec, say), "folder"
        limit = judge.samples or judge.wanted()
        if judge.samples and judge.samples > len(given):
            raise UserError(f"{str(subject)!r} has {len(given):,} images, fewer than the {judge.samples:,} asked for")
        images = spread(given, limit).shuffled(judge.seed)
        parts = [Samples(part) for part in images.chunks()]
    else:
        values = subject if isinstance(subject, Samples) else Samples(torch.as_tensor(subject).float())
        parts, name = [values], "samples"
    if spec.is_image and parts[0].values.dim() == 4 and parts[0].values.shape[1] != spec.shape[0]:
        parts = [Samples(as_channels(part.values, spec.shape[0]), part.labels) for part in parts]
    if parts[0].values.shape[1:] != spec.shape:
        shapes = ("x".join(map(str, shape)) for shape in (parts[0].values.shape[1:], spec.shape))
        raise UserError("the samples are {}, but the data are {}".format(*shapes))
    return stored(parts, split), name


def _folder(path: Path, spec: DataSpec, say: Say) -> Pack:
    if not spec.is_image:
        raise UserError("a folder of images can't be scored against vectors")
    height, width = spec.shape[1:]
    given = open_pack(path, size=(height, width), say=say)
    sizes = given.report.sizes
    if len(sizes) > 1:
        most = sorted(sizes.items(), key=lambda item: -item[1])[:3]
        found = ", ".join(f"{count:,} of {size}" for size, count in most)
        raise UserError(f"{str(path)!r} holds images of {len(sizes)} sizes ({found}): make them one size first")
    if list(sizes) != [f"{height}x{width}"]:
        say(f"{str(path)!r}: resized from {next(iter(sizes))} to {height}x{width}, as the data would be")
    return given
