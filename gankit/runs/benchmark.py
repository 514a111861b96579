"""Methods side by side: one network family where they allow it, one budget, one protocol, several seeds; or a race,
in which each is played as it is, for as long."""

from __future__ import annotations

import json
import math
import re
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, Literal

from PIL import Image

from gankit import pictures
from gankit.base import text as tables
from gankit.base.bounds import Bounded, Positive, Steps, Units
from gankit.base.config import build
from gankit.base.devices import pick_device
from gankit.base.errors import UserError, warn
from gankit.base.files import PARTIAL, cache_root, safe_name, slug, write_text
from gankit.data import open_data, save_some
from gankit.evaluation.card import Figure, titles
from gankit.evaluation.evaluator import Evaluator
from gankit.features import feature_network as find_features
from gankit.game import Method
from gankit.game.batch import DataSpec, check_offer
from gankit.methods import METHODS
from gankit.networks import DCGANNetwork
from gankit.pictures.sheets import Row, sheet
from gankit.runs.config import encode
from gankit.runs.curves import Point, picture, read_points, write_points
from gankit.runs.directory import CHECKPOINTS
from gankit.runs.entrants import UNDER_DIFFAUGMENT, augmented, entrant
from gankit.runs.evaluate import evaluate
from gankit.runs.judges import second_judge
from gankit.runs.run import Run
from gankit.runs.train import train
from gankit.training import checkpoint

Say = Callable[[str], None]
SHOWN = 16
"""Samples of a method in its row of the sheet."""
NUMBERS, TABLE, CURVES, GRIDS = "benchmark.json", "table.md", "curves", "grids"
SLACK, ENDING = 1.02, 0.1
"""A race of M minutes is over by SLACK M + ENDING: a step, the last preview and the last checkpoint come on top."""
IN_FILES = "gankit.runs.benchmark:Plan"
"""What benchmark.json has called `BenchmarkOptions` from the first version on: equal options, equal files."""


@dataclass(frozen=True, kw_only=True)
class BenchmarkOptions(Bounded):
    """What is the same for all methods."""

    methods: tuple[str, ...] = ()
    """Their names; by default every one that the data allow. Settings may follow a name, as in
    dcgan:width=32,upsample=resize or sngan:preset=small: it is then played as it is."""
    data: str = "mnist"
    """A data set's name, a folder of images, or an .npy or .npz file."""
    steps: Steps = 5000
    """Generator updates of each run."""
    minutes: Positive | None = None
    """A race: every method as it is, with its own network and batch, for so many minutes in the place of steps. On a
    CPU they are what the process computes, so that other programs on the machine change nothing; on a GPU a watch's."""
    at: tuple[Positive, ...] = ()
    """Minutes of a race after which the first metric is taken as well: a curve of each method in curves.png."""
    pictures: Units | None = None
    """Train on so many pictures of the data, drawn by a fixed shuffle, and score against all of them."""
    diffaugment: bool = False
    """Play every method a second time, under DiffAugment: color, translation and cutout."""
    seeds: Units = 3
    """Runs of each method, with seeds from 0 on."""
    width: Units = 32
    """Channels nearest the image, in the convolutional networks that the methods share."""
    batch_size: Units = 64
    """Real examples in the batch of a turn, whatever the method's own."""
    metrics: tuple[str, ...] = ("frechet", "kid", "prdc")
    """Metrics to score the runs by."""
    features: str = "auto"
    """The feature network of those metrics; 'gankit evaluate --help' lists them."""
    samples: Steps | None = None
    """Samples of each run to score; by default as many as a metric's published figures are of."""
    size: str | None = None
    """Side of the training images, as N or HEIGHTxWIDTH; by default their own, up to 64."""
    out: Path | None = None
    """Where the runs, the table and the pictures go; by default runs/benchmark-DATA."""
    device: str = "auto"
    """auto, cpu, cuda, xpu or mps, or one of several, as cuda:1."""


@dataclass(frozen=True)
class Entry:
    """One method's runs."""

    method: str
    network: str
    """"shared", or the kind it has for itself."""
    updates: list[int]
    """Generator updates of each run."""
    runs: list[Run]
    figures: list[list[Figure]]
    """Of each run."""
    curves: list[list[Point]]
    """Of each run, its first figure by minutes; empty where there was no race."""

    def values(self, name: str) -> list[float]:
        """Of each run, what a table calls `name`."""
        titled = [pair for figures in self.figures for pair in zip(titles(figures), figures, strict=True)]
        return [figure.value for title, figure in titled if title == name]


@dataclass(frozen=True)
class Benchmark:
    """The outcome, best first by the first figure."""

    directory: Path
    entries: list[Entry]
    names: list[str]

    def table(self) -> list[list[str]]:
        """A row a method: mean and standard deviation over seeds."""
        rows = [["method", "network", "updates", "seeds", *self.names]]
        for entry in self.entries:
            spreads = [_spread(entry.values(name)) for name in self.names]
            updates = f"{statistics.mean(entry.updates):,.0f}"
            rows.append([entry.method, entry.network, updates, str(len(entry.runs)), *spreads])
        return rows

    def picture(self) -> Image.Image:
        """A panel a figure, a row a method, a point a seed."""
        from matplotlib.figure import Figure as Canvas

        beside = max(2.0, 0.085 * max(len(entry.method) for entry in self.entries))  # inches that the names take
        size = 4 * len(self.names) + beside, 1.5 + 0.5 * len(self.entries)
        canvas = Canvas(figsize=size, dpi=130, layout="constrained")
        axes: Any = canvas.subplots(1, len(self.names), squeeze=False, sharey=True)
        for ax, name in zip(axes[0], self.names, strict=True):
            for place, entry in enumerate(self.entries):
                values = [value for value in entry.values(name) if math.isfinite(value)]
                ax.plot(values, [place] * len(values), "o", color="tab:blue", alpha=0.6)
                if values:
                    ax.plot(statistics.mean(values), place, "|", color="black", markersize=14)
            ax.set_title(name, size=9)
            ax.tick_params(labelsize=8)
        axes[0][0].set_yticks(range(len(self.entries)), [entry.method for entry in self.entries])
        axes[0][0].invert_yaxis()
        return pictures.figure_to_pil(canvas)

    def samples(self, device: str = "auto") -> Image.Image:
        """A row a method: the first samples of its first run, none chosen."""
        samples = {entry.method: entry.runs[0].sample(SHOWN, device=device).values for entry in self.entries}
        return sheet([Row(name, images) for name, images in samples.items()])


def benchmark(*, say: Say | None = None, **fields: Any) -> Benchmark:
    """Train and score every method; the keywords are the fields of `BenchmarkOptions`.

    Repeating the call goes on where it was. In `out`: a run for each method and seed, `table.md`, `plot.png`,
    `samples.png` and `grids/METHOD.png` of seed 0 (none chosen), and `benchmark.json`; with `at`, `curves.png` and what
    it shows in `curves/`. A method that diverges is left out of the table for that seed, and that is said.
    """
    options: BenchmarkOptions = build(BenchmarkOptions, fields)
    say = say or warn
    if options.at and options.minutes is None:
        raise UserError("at names minutes of a race: say with minutes how long it is")
    if options.minutes is not None and max(options.at, default=0.0) >= options.minutes:
        raise UserError("at names minutes of a race before its end: give more minutes than those")
    pack = open_data(options.data, size=options.size, say=say)
    network = find_features(options.features, pack.spec, pack.source)
    # Made for what it refuses, so that a misspelt metric is known before the first training.
    Evaluator(split=pack, train=pack, network=network, split_name="train", metrics=options.metrics, cache=cache_root())
    out = options.out or Path("runs") / f"benchmark-{slug(options.data)}"
    _refuse_foreign(out)
    course = _Course(options, options.data, say)
    for path in (out / CURVES).glob("*.json") if options.at else ():
        read_points(path, course.protocol)
    if options.pictures:
        some = save_some(pack, options.pictures, out / f"pictures-{options.pictures}.npz")
        course = replace(course, data=some)
    entries = []
    methods = _methods(options, pack.spec, pack.source)
    pretrained = {name: method.pretrained for name, method in methods.items()}
    second = second_judge(network, pretrained, pack, frechet="frechet" in options.metrics, say=say)
    course = replace(course, second=second.name if second else "")
    for name, method in methods.items():
        kind = type(method.network).__name__
        if options.minutes is None and ":" not in name:
            method, kind = matched(method, options.width, options.batch_size)
        runs, figures, curves = [], [], []
        for seed in range(options.seeds):
            directory = out / f"{safe_name(name)}-seed{seed}"
            try:
                run, points = course.played(method, directory, seed)
            except UserError as error:
                say(f"{name}, seed {seed}, is left out: {error}")
                continue
            runs.append(run)
            figures.append(course.scored(run, options.metrics))
            last = [] if options.minutes is None else [Point(options.minutes, max(run.steps()), figures[-1][0].value)]
            curves.append([*points, *last])
        if runs:
            pictures.save(runs[0].sample(64, device=options.device).picture(), out / GRIDS / f"{safe_name(name)}.png")
            entries.append(Entry(name, kind, [max(run.steps()) for run in runs], runs, figures, curves))
    if not entries:
        raise UserError("no method finished")
    names = list(dict.fromkeys(title for entry in entries for figures in entry.figures for title in titles(figures)))
    sign = -1 if entries[0].figures[0][0].better == "higher" else 1
    entries.sort(key=lambda entry: sign * statistics.mean(entry.values(names[0])))
    result = Benchmark(out, entries, names)
    _write(result, options, out)
    return result


def matched(method: Method[Any], width: int, batch_size: int) -> tuple[Method[Any], str]:
    """`method` on the shared network where its own is of that family, and "shared" or the kind of its own.

    The family is DCGAN's, with kernels of 4 and so many channels; what a paper says of norms and priors stands.
    """
    network: Any = method.network
    shared = {"width": width, "kernel": 4}
    if isinstance(network, DCGANNetwork):
        return replace(method, network=replace(network, **shared), batch_size=batch_size), "shared"
    if is_dataclass(method.network):
        for field in fields(network):
            inner = getattr(network, field.name)
            if isinstance(inner, DCGANNetwork):
                network = replace(network, **{field.name: replace(inner, **shared)})
                return replace(method, network=network, batch_size=batch_size), "shared"
    return replace(method, batch_size=batch_size), type(method.network).__name__


def _methods(options: BenchmarkOptions, spec: DataSpec, source: str) -> dict[str, Method[Any]]:
    methods: dict[str, Method[Any]] = {}
    for name in options.methods or METHODS:
        method = entrant(name)
        try:
            check_offer(method.batch_type, spec, method=name, source=source, attributes=method.takes_attributes)
        except UserError:
            if options.methods:
                raise
            continue
        methods[name] = method
        if options.diffaugment and augmented(method) != method:
            methods[name + UNDER_DIFFAUGMENT] = augmented(method)
    return methods


@dataclass(frozen=True)
class _Course:
    """What is the same for every run."""

    options: BenchmarkOptions
    data: str | Path
    """What they train on: the data themselves, or some of their pictures."""
    say: Say
    second: str = ""
    """A feature network through which all get the Fréchet distance as well, where the first flatters some."""

    @property
    def clock(self) -> Literal["wall", "cpu"]:
        return "wall" if pick_device(self.options.device).type == "cuda" else "cpu"

    @property
    def protocol(self) -> dict[str, Any]:
        """What all points of a curve share."""
        options = self.options
        return {"metric": options.metrics[0], "features": options.features, "samples": options.samples}

    def played(self, method: Method[Any], directory: Path, seed: int) -> tuple[Run, list[Point]]:
        """The run at its end, and its points on the way, each taken once.

        Raises `UserError` where a longer benchmark has taken the run further than this one goes.
        """
        options = self.options
        self.refuse_longer(directory)
        if options.minutes is None:
            return self.trained(method, directory, seed), []
        path = directory.parent / CURVES / f"{directory.name}.json"
        points, before = read_points(path, self.protocol) if options.at else [], 0.0
        for minutes in sorted(options.at):
            if minutes in {point.minutes for point in points}:
                pass
            elif _computed(directory) > minutes:
                self.say(f"{directory} has computed for longer than {minutes:g} minutes: its curve is without them")
            else:
                run = self.trained(method, directory, seed, minutes - before)
                points.append(Point(minutes, max(run.steps()), self.scored(run, options.metrics[:1])[0].value))
                write_points(path, points, self.protocol)
            before = minutes if self.clock == "wall" else 0.0  # a watch starts anew when a run goes on
        return self.trained(method, directory, seed, options.minutes - before), points

    def refuse_longer(self, directory: Path) -> None:
        minutes, saved = self.options.minutes, checkpoint.listed(directory / CHECKPOINTS)
        if minutes is None:
            step = checkpoint.step_of(saved[-1]) if saved else 0
            gone = f"{step:,} steps" if step > self.options.steps else ""
        else:
            computed = _computed(directory)
            gone = f"{computed:.3g} minutes" if computed > SLACK * minutes + ENDING else ""
        if gone:
            raise UserError(f"{directory} has had {gone}, more than the others would: take another --out")

    def trained(self, method: Method[Any], directory: Path, seed: int, minutes: float | None = None) -> Run:
        options = self.options
        return train(
            method,
            data=self.data,
            out=directory,
            steps=options.steps if minutes is None else None,
            minutes=minutes,
            clock=self.clock,
            seed=seed,
            size=options.size,
            device=options.device,
            say=self.say,
            preview_every=max(options.steps // 4, 1) if minutes is None else 0,
        )

    def scored(self, run: Run, metrics: Sequence[str]) -> list[Figure]:
        """In the order of `metrics`; through the second network after the first."""
        figures = self.evaluated(run, metrics, self.options.features)
        if self.second and "frechet" in metrics and not any(map(self.by_second, figures)):
            figures += self.evaluated(run, ("frechet",), self.second)
        figures.sort(key=lambda figure: (metrics.index(figure.metric), self.by_second(figure)))
        named = zip(figures, titles(figures), strict=True)
        self.say(f"{run.directory}: " + ", ".join(f"{title} {figure.text()}" for figure, title in named))
        return figures

    def by_second(self, figure: Figure) -> bool:
        return figure.protocol.get("features") == self.second

    def evaluated(self, run: Run, metrics: Sequence[str], features: str) -> list[Figure]:
        options = self.options
        return evaluate(
            run,
            options.data if options.pictures else None,
            metrics=metrics,
            features=features,
            samples=options.samples,
            device=options.device,
            say=lambda line: None,
        ).figures


def _computed(directory: Path) -> float:
    """Minutes that the process computed for the run in `directory`; 0 where it went by a watch or has not begun."""
    saved = checkpoint.listed(directory / CHECKPOINTS)
    return checkpoint.read_facts(saved[-1]).get("cpu_seconds", 0.0) / 60 if saved else 0.0


def _write(result: Benchmark, options: BenchmarkOptions, out: Path) -> None:
    updates = {entry.method: entry.updates for entry in result.entries}
    values = {entry.method: {name: entry.values(name) for name in result.names} for entry in result.entries}
    first = result.entries[0].figures[0][0]
    content = {
        "plan": json.loads(json.dumps({**encode(options), "class": IN_FILES}, default=str)),
        "protocol": first.protocol,
        "updates": updates,
        "values": values,
    }
    write_text(out / NUMBERS, json.dumps(content, indent=1) + "\n")  # first: what lies beside it is a benchmark's
    write_text(out / TABLE, "\n".join(tables.markdown(result.table())) + "\n")
    pictures.save(result.picture(), out / "plot.png")
    if options.at:
        curves = {entry.method: entry.curves for entry in result.entries}
        pictures.save(picture(curves, result.names[0]), out / "curves.png")
    if result.entries[0].runs[0].spec.is_image:
        pictures.save(result.samples(options.device), out / "samples.png")


def _refuse_foreign(out: Path) -> None:
    """Raise `UserError` where `out` holds something, and neither a benchmark nor what one leaves that was cut off."""
    try:
        ours = json.loads((out / NUMBERS).read_text(encoding="utf-8"))["plan"]["class"] == IN_FILES
    except FileNotFoundError:
        ours = not out.exists() or all(map(_begun_by_us, out.iterdir()))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        ours = False
    if not ours:
        raise UserError(f"{out} is no benchmark's folder and not empty: take another --out")


def _begun_by_us(path: Path) -> bool:
    """Whether a benchmark that has no figures yet may have made `path`."""
    if path.is_dir():
        return path.name in (GRIDS, CURVES) or re.search(r"-seed\d+$", path.name) is not None
    return re.fullmatch(r"pictures-\d+\.npz", path.name) is not None or path.name.endswith(PARTIAL)


def _spread(values: Sequence[float]) -> str:
    if not values:
        return "-"
    if len(values) < 2:
        return f"{values[0]:.3g}"
    return f"{statistics.mean(values):.3g} ± {statistics.stdev(values):.2g}"
