"""The run directory: the contract between training and everything that looks at it.

config.json             the method, the data and the seed: what must be equal for a run to continue
log.jsonl, tensorboard/ the loss terms and the speed, step by step
previews/               the same latents, as the generator learns
checkpoints/            step-000500/ and the like
method.py               a user's own method, where it came from a file
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch

import gankit
from gankit import config, pictures
from gankit.batch import DataSpec, check
from gankit.data import Batches, Pack, images, open_pack
from gankit.errors import UserError
from gankit.evaluation.watch import Watch
from gankit.files import write_text
from gankit.game import Generator, Method, Players
from gankit.methods import name_of
from gankit.randomness import derive, reseed
from gankit.samples import Samples, draw
from gankit.training import checkpoint
from gankit.training.loop import Plan
from gankit.training.loop import train as play_to_the_end
from gankit.training.memory import keep_freed_memory
from gankit.training.precision import Precision, pick_device, resolve
from gankit.training.state import State

Weights = Literal["average", "last"]


@dataclass(frozen=True, kw_only=True)
class Options:
    """How to train, whatever the method."""

    data: str = "digits"
    """A data set's name, a folder of images, or an .npy or .npz file; from Python an array, too."""
    out: Path | None = None
    """The run directory; by default runs/METHOD-DATA. One that holds the same run is continued."""
    steps: int = 5000
    """Generator updates."""
    minutes: float | None = None
    """Stop after so many minutes, if the steps are not done by then; the same command continues."""
    seed: int = 0
    """Every random number follows from it."""
    size: str | None = None
    """Side of the training images, as N or HEIGHTxWIDTH; by default their own, up to 64."""
    flip: bool = False
    """Mirror half of the images, where left and right don't matter."""
    device: str = "auto"
    """auto, cpu or cuda."""
    precision: Precision = "auto"
    """auto computes in bf16 where the hardware does, else in fp32."""
    ema: float = 0.999
    """Decay of the generator's running average, which previews and samples use; 0 follows the last weights."""
    log_every: int = 50
    """Steps between lines of the log."""
    preview_every: int = 250
    """Steps between previews of the same latents; 0 for the last alone."""
    checkpoint_every: int = 500
    """Steps between checkpoints, of which there is one every five minutes at least; 0 for the last alone."""
    evaluate_every: int = 0
    """Steps between scores of the average generator (the best checkpoint is kept); 0 for none."""
    metrics: tuple[str, ...] = ("frechet",)
    """What it is scored by, of 2,000 samples; the first decides which checkpoint is the best."""
    features: str = "auto"
    """The feature network of those metrics; 'gankit evaluate --help' lists them."""
    keep: int = 2
    """Checkpoints kept, besides the best."""

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise UserError(f"steps must be at least 1, not {self.steps}")
        if self.minutes is not None and not self.minutes > 0:
            raise UserError(f"minutes must be above 0, not {self.minutes}")
        if self.keep < 1 or self.log_every < 1:
            raise UserError("keep and log-every must be at least 1")
        if min(self.preview_every, self.checkpoint_every, self.evaluate_every) < 0:
            raise UserError("preview-every, checkpoint-every and evaluate-every can't be negative")


def train(
    method: Method[Any],
    *,
    evaluate: Callable[[Generator], float | Mapping[str, float]] | None = None,
    say: Callable[[str], None] | None = None,
    **options: Any,
) -> Run:
    """Play `method`'s game on data and return its run; the keywords are the fields of `Options`.

    A directory that holds the same run is continued, to the same bits as if it had never stopped. `evaluate`
    scores a generator every `evaluate_every` steps, in the place of `metrics`: a number, or several by name of
    which `score` decides; lower is better.

    A first Ctrl-C writes a checkpoint and then raises `KeyboardInterrupt`; SIGTERM does the same
    and raises `SystemExit(143)`.
    """
    plan: Options = config.build(Options, options)
    say = say or (lambda line: print(line, file=sys.stderr))
    name = name_of(method)
    device = pick_device(plan.device)
    precision = resolve(plan.precision, device)
    pack = open_pack(plan.data, size=plan.size, say=say)
    check(method.batch_type, pack.spec, method=name, source=pack.source)
    batches = Batches(
        pack,
        method.batch_type,
        method.batch_size,
        seed=derive(plan.seed, "data"),
        device=device,
        flip=plan.flip,
        labels=method.label_budget,
    )
    directory = Path(plan.out) if plan.out else Path("runs") / f"{name}-{_slug(pack.source)}"
    facts = {
        "gankit": gankit.__version__,
        "method": config.encode(method),
        "data": {"source": pack.source, "size": plan.size, "flip": plan.flip, "content": pack.content},
        "spec": {**config.encode(pack.spec), "mean": None},
        "seed": plan.seed,
        "ema": plan.ema,
        "precision": precision,
    }
    if device.type == "cpu":
        keep_freed_memory()
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        state = State(method, pack.spec, seed=plan.seed, device=device, precision=precision, ema=plan.ema)
        _claim(directory, facts)
        with only_one(directory):
            if not (directory / "config.json").is_file():
                _write_config(directory, facts, method)
            found = checkpoint.newest(directory / "checkpoints", say)
            if found:
                state.restore(found[0], found[1])
            elif checkpoint.listed(directory / "checkpoints"):
                raise UserError(f"no checkpoint in {directory} can be read: delete the directory to start again")
            if state.step >= plan.steps:
                say(f"{directory} is already at step {state.step}: ask for more --steps to go on")
                return Run(directory)
            for line in _findings(pack):
                say(line)
            verb = f"continues at step {state.step}" if found else "starts"
            say(f"{name} on {pack.source} ({_shape(pack)}) {verb} in {directory}, {precision} on {device}")
            stopped = play_to_the_end(
                state,
                batches,
                Plan(**{field: getattr(plan, field) for field in Plan.__dataclass_fields__}),
                directory,
                facts=found[1] if found else {},
                preview=Preview(directory / "previews", pack, state.players.generator, plan.seed),
                evaluate=evaluate or Watch(pack, plan.metrics, plan.features, plan.seed),
            )
    if stopped is not None:
        say(f"stopped by {stopped.name} at step {state.step}; the same command continues")
        if stopped == signal.SIGINT:
            raise KeyboardInterrupt
        raise SystemExit(128 + stopped)
    return Run(directory)


class Preview:
    """Draws the same 64 latents into `directory`, step after step; classes get a column each, in whole rows."""

    def __init__(self, directory: Path, pack: Pack, generator: Generator, seed: int) -> None:
        self.directory = directory
        self.real = None if pack.spec.is_image else images(pack, torch.arange(min(len(pack), 2000)))
        n = 64 if pack.spec.is_image else 2000
        reseed(generator.device, derive(seed, "preview"))
        self.latents = generator.prior.draw(n, generator.device)
        self.labels = torch.arange(n, device=generator.device) % generator.classes if generator.classes else None
        self.columns = None if self.labels is None else pictures.columns_by_label(self.labels)
        if self.labels is not None and self.columns and self.real is None:
            whole = n - n % self.columns
            self.latents, self.labels = self.latents[:whole], self.labels[:whole]

    @torch.inference_mode()
    def __call__(self, state: State) -> Path:
        made = state.average.module(self.latents, self.labels)
        if self.real is None:
            picture = pictures.grid(made, columns=self.columns)
        else:
            picture = pictures.cloud({"data": self.real, "generated": made})
        return pictures.save(picture, self.directory / f"step-{state.step:06d}.png")


class Run:
    """A run directory: what was trained, and its generator."""

    def __init__(self, directory: str | os.PathLike[str], *, method: Method[Any] | None = None) -> None:
        """`method` is only needed where its class can't be found, as one typed into a notebook that is closed."""
        self.directory = Path(directory)
        path = self.directory / "config.json"
        if not path.is_file():
            raise UserError(f"{self.directory} holds no run: there is no config.json")
        try:
            self.config: dict[str, Any] = json.loads(path.read_text())
            if method is None and (self.directory / "method.py").exists():
                from gankit.methods import load_file

                load_file(self.directory / "method.py")
            self.method: Method[Any] = method or config.decode(self.config["method"])
            self.spec: DataSpec = config.decode(self.config["spec"])
        except (KeyError, TypeError, json.JSONDecodeError) as error:
            raise UserError(f"{path} can't be read: {error}") from None

    def refuse_changed(self, train: Pack) -> None:
        """Raise `UserError` where `train` goes by the name of what it was trained on, and holds something else."""
        stated = self.config["data"]
        if train.source == stated["source"] and train.content != stated["content"]:
            raise UserError(f"{train.source!r} is no longer what {self.directory} was trained on: its content changed")

    def generator(self, *, weights: Weights = "average", device: str = "auto") -> Generator:
        """The trained generator in evaluation mode, from the newest checkpoint that is whole."""
        return self.generator_at(weights=weights, device=device)[0]

    def generator_at(self, *, weights: Weights = "average", device: str = "auto") -> tuple[Generator, int]:
        """The same, with the step it is from."""
        part = "average" if weights == "average" else "players"
        found = checkpoint.newest(self.directory / "checkpoints", _warn, part)
        if found is None:
            raise UserError(f"{self.directory} has no checkpoint yet: train it first")
        with torch.random.fork_rng():
            generator = self.method.players(self.spec).generator
        prefix = "" if weights == "average" else "generator."
        state = found[0][part]
        generator.load_state_dict({k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)})
        return generator.to(pick_device(device)).eval().requires_grad_(False), found[1]["step"]

    def steps(self) -> list[int]:
        """The steps of its checkpoints, oldest first."""
        found = checkpoint.listed(self.directory / "checkpoints")
        return [int(path.name.removeprefix("step-")) for path in found]

    def players(self, *, device: str = "auto", step: int | None = None) -> Players:
        """Both players with the weights they had after `step`, by default their last, in evaluation mode: what
        `method.classify` takes."""
        checkpoints = self.directory / "checkpoints"
        if step is None:
            found = checkpoint.newest(checkpoints, _warn, "players")
        else:
            found = checkpoint.read(checkpoints / f"step-{step:06d}", "players")
        if found is None:
            raise UserError(f"{self.directory} has no checkpoint yet: train it first")
        with torch.random.fork_rng():
            players = self.method.start(self.spec)
        players.load_state_dict(found[0]["players"])
        return players.to(pick_device(device)).eval().requires_grad_(False)

    def sample(
        self,
        n: int = 64,
        *,
        label: int | str | None = None,
        seed: int = 0,
        truncation: float | None = None,
        weights: Weights = "average",
        device: str = "auto",
    ) -> Samples:
        """`n` samples. `label` is a class's number or name; `truncation` bounds a Gaussian prior's components."""
        if n < 1:
            raise UserError(f"the number of samples must be at least 1, not {n}")
        generator = self.generator(weights=weights, device=device)
        labels = None if label is None else torch.full((n,), self.class_number(label, generator))
        prior = None if truncation is None else generator.prior.truncated(truncation)
        return Samples.joined(draw(generator, n, seed=seed, labels=labels, prior=prior))

    def class_number(self, label: int | str, generator: Generator) -> int:
        """The number of the class `label`, by number or name; `UserError` where there is none."""
        if not generator.classes:
            raise UserError(f"{self.directory} has a generator that takes no labels")
        names = self.spec.classes
        if str(label) in names:
            return names.index(str(label))
        if str(label).isdecimal() and int(label) < generator.classes:
            return int(label)
        raise UserError(f"no class {label!r}: the classes are {', '.join(names)}")


def load(directory: str | os.PathLike[str], *, method: Method[Any] | None = None) -> Run:
    """The run in `directory`."""
    return Run(directory, method=method)


@contextmanager
def only_one(directory: Path) -> Iterator[None]:
    """Hold the directory's lock, which the system drops when the process dies."""
    try:
        import fcntl
    except ImportError:  # no such lock on this system
        yield
        return
    with (directory / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise UserError(f"another process is training in {directory}") from None
        yield


def _claim(directory: Path, facts: dict[str, Any]) -> None:
    """Make `directory` if it is new; refuse it if it holds something else than this very run."""
    path = directory / "config.json"
    if path.is_file():
        try:
            old = json.loads(path.read_text())
        except json.JSONDecodeError as error:
            raise UserError(f"{path} can't be read: {error}") from None
        # A folder may be moved and gankit updated; what the data are is in their content's digest.
        moot = ("gankit:", "data.source:", "data.size:")
        known = {key: config.completed(value) for key, value in old.items()}
        changed = [line for line in config.differences(known, facts) if not line.startswith(moot)]
        if changed:
            raise UserError(
                f"{directory} holds another run; differing fields: {'; '.join(changed)}. Take another --out, or "
                "repeat its options"
            )
    elif directory.exists() and (not directory.is_dir() or any(p.name != ".lock" for p in directory.iterdir())):
        raise UserError(f"{directory} is no run and not empty: take another --out")
    directory.mkdir(parents=True, exist_ok=True)


def _write_config(directory: Path, facts: dict[str, Any], method: Method[Any]) -> None:
    source = sys.modules[type(method).__module__].__dict__.get("__file__")
    try:
        if type(method).__module__.startswith("gankit_method_") and source:
            (directory / "method.py").write_bytes(Path(source).read_bytes())
        write_text(directory / "config.json", json.dumps(facts, indent=1) + "\n")
    except OSError:
        shutil.rmtree(directory, ignore_errors=True)  # it was ours and empty a moment ago
        raise


def _shape(pack: Pack) -> str:
    shape = pack.spec.shape
    what = f"{shape[1]}x{shape[2]}x{shape[0]} images" if pack.spec.is_image else f"vectors of {shape[0]}"
    return f"{len(pack):,} {what}"


def _findings(pack: Pack) -> list[str]:
    """What was done to the data, and what was skipped, in a few lines; `gankit data` tells all of it."""
    lines, skipped = list(pack.report.notes), pack.report.unreadable
    if skipped:
        named = "; ".join(f"{name}: {why}" for name, why in skipped[:3])
        rest = f"; and {len(skipped) - 3} more, which gankit data lists" if len(skipped) > 3 else ""
        lines.append(f"{len(skipped)} unreadable files skipped: {named}{rest}")
    return lines


def _slug(source: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", Path(source).stem or "data").strip("-").lower() or "data"


def _warn(line: str) -> None:
    print(line, file=sys.stderr)
