"""The run directory: the contract between training and everything that looks at it.

config.json             the method, the data and the seed: what must be equal for a run to continue
log.jsonl, tensorboard/ the loss terms and the speed, step by step
previews/               the same latents or inputs, as the generator learns
report.html             the previews and the losses on a page
checkpoints/            step-000500/ and the like
method.py               a user's own method, where it came from a file
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor

import gankit
from gankit.base import config
from gankit.base.errors import UserError, warn
from gankit.base.files import slug, write_text
from gankit.base.randomness import derive
from gankit.data import Batches, Pack, images
from gankit.data.describe import evenly
from gankit.data.opening import Split
from gankit.data.sides.opening import halved
from gankit.evaluation.while_training import Watch
from gankit.game import Generator, Method, Players, Translator
from gankit.game.batch import DataSpec, check
from gankit.methods import name_of
from gankit.networks.batch_statistics import recalibrate
from gankit.pictures.samples import Samples, draw
from gankit.runs.options import Options, open_for
from gankit.runs.preview import Preview
from gankit.runs.report import write_page
from gankit.training import checkpoint
from gankit.training.loop import Plan
from gankit.training.loop import train as play_to_the_end
from gankit.training.memory import keep_freed_memory
from gankit.training.precision import pick_device, resolve
from gankit.training.state import State

Weights = Literal["average", "last"]
SETTLING = 2000
"""Training images that a classifier's batch norms are given."""


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
    say = say or warn
    name = name_of(method)
    device = pick_device(plan.device)
    precision = resolve(plan.precision, device)
    pack = open_for(method.batch_type, plan, say=say)
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
    directory = Path(plan.out) if plan.out else Path("runs") / f"{name}-{slug(pack.source)}"
    size = "x".join(map(str, plan.size)) if isinstance(plan.size, tuple) else plan.size
    stated: dict[str, Any] = {"source": pack.source, "size": size, "flip": plan.flip, "content": pack.content}
    if pack.other:
        stated |= {"pair": plan.pair, "direction": plan.direction, "halves": halved(pack)}
    facts = {
        "gankit": gankit.__version__,
        "method": config.encode(method),
        "data": stated,
        "spec": {**config.encode(pack.spec), "mean": None},
        "seed": plan.seed,
        "ema": plan.ema,
        "precision": precision,
    }
    if device.type == "cpu":
        keep_freed_memory()
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        state = State(method, pack.spec, seed=plan.seed, device=device, precision=precision, ema=plan.ema)
        scored = evaluate or Watch(pack, plan.metrics, plan.features, plan.seed)
        if plan.evaluate_every and isinstance(scored, Watch):
            scored.check(state.players.generator)
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
            for line in [*_findings(pack), *_padding(pack, state.players.generator)]:
                say(line)
            preview = Preview(directory / "previews", _shown(method, plan, pack), state.players.generator, plan.seed)
            verb = f"continues at step {state.step}" if found else "starts"
            say(f"{name} on {pack.source} ({_shape(pack)}) {verb} in {directory}, {precision} on {device}")
            stopped = play_to_the_end(
                state,
                batches,
                Plan(**{field: getattr(plan, field) for field in Plan.__dataclass_fields__}),
                directory,
                facts=found[1] if found else {},
                preview=lambda state: (preview(state), write_page(directory)),
                evaluate=scored,
            )
    if stopped is not None:
        say(f"stopped by {stopped.name} at step {state.step}; the same command continues")
        if stopped == signal.SIGINT:
            raise KeyboardInterrupt
        raise SystemExit(128 + stopped)
    return Run(directory)


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

    def open_data(self, split: Split = "train", *, say: Callable[[str], None] | None = None) -> Pack:
        """What the run was trained on, at its size, with two sides where it had them; or another split of it.

        Raises `UserError` where its content has changed since, or there is no such split.
        """
        stated = self.config["data"]
        named = {
            "data": stated["source"],
            **{key: stated[key] for key in ("size", "pair", "direction") if key in stated},
        }
        pack = open_for(self.method.batch_type, Options(**named), split=split, say=say or warn)
        if split == "train":
            self.refuse_changed(pack)
        return pack

    def generator(self, *, weights: Weights = "average", device: str = "auto") -> Generator:
        """The trained generator in evaluation mode, from the newest checkpoint that is whole."""
        return self.generator_at(weights=weights, device=device)[0]

    def generator_at(self, *, weights: Weights = "average", device: str = "auto") -> tuple[Generator, int]:
        """The same, with the step it is from."""
        self.refuse_translator()
        found, step = self._trained(weights, device)
        assert isinstance(found, Generator)
        return found, step

    def refuse_translator(self) -> None:
        """Raise `UserError` where the run has no latents: it translates pictures."""
        if self.spec.other_shape:
            raise UserError(f"{self.directory} translates pictures: gankit translate {self.directory} PICTURES")

    def translator(self, *, weights: Weights = "average", device: str = "auto") -> Translator:
        """The trained translator in evaluation mode, from the newest checkpoint that is whole."""
        return self.translator_at(weights=weights, device=device)[0]

    def translator_at(self, *, weights: Weights = "average", device: str = "auto") -> tuple[Translator, int]:
        """The same, with the step it is from."""
        found, step = self._trained(weights, device)
        if not isinstance(found, Translator):
            raise UserError(f"{self.directory} makes pictures from noise: gankit sample {self.directory}")
        return found, step

    def _trained(self, weights: Weights, device: str) -> tuple[Generator | Translator, int]:
        part = "average" if weights == "average" else "players"
        found = checkpoint.newest(self.directory / "checkpoints", warn, part)
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
            found = checkpoint.newest(checkpoints, warn, "players")
        else:
            found = checkpoint.read(checkpoints / f"step-{step:06d}", "players")
        if found is None:
            raise UserError(f"{self.directory} has no checkpoint yet: train it first")
        with torch.random.fork_rng():
            players = self.method.start(self.spec)
        players.load_state_dict(found[0]["players"])
        return players.to(pick_device(device)).eval().requires_grad_(False)

    def classifier(self, *, device: str = "auto", pack: Pack | None = None) -> Callable[[Tensor], Tensor]:
        """The classifier that the method trained, with its last weights: from images [n, C, H, W] in [-1, 1] to logits
        [n, K] on the CPU.

        In training its batch norms saw data and samples, each normalised by their own; so their running statistics are
        taken anew from 2,000 images of `pack`, by default of the data trained on. Raises `UserError` where the method
        trains none.
        """
        players, pack = self.players(device=device), pack or self.open_data()
        where = next(players.parameters()).device
        seen = images(pack, evenly(torch.arange(len(pack)), SETTLING)).to(where)
        recalibrate(players.discriminator, lambda: self.method.classify(players, seen))

        def logits(given: Tensor) -> Tensor:
            with torch.inference_mode():
                return self.method.classify(players, given.to(where)).float().cpu()

        return logits

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

    def translate(self, image: Any, *, weights: Weights = "average", device: str = "auto", **manner: Any) -> Any:
        """What the trained translator makes of `image`, in its own size; `manner` is the fields of
        `gankit.translation.Manner`, `backwards=True` say.

        A PIL picture, a file's path or a uint8 array [H, W, C] gives a PIL picture; a tensor [C, H, W] or [n, C, H, W]
        in [-1, 1] gives a tensor.
        """
        from gankit.translation import Manner, Passage, translate

        asked = config.build(Manner, manner)
        return translate(Passage(self.translator(weights=weights, device=device), self.spec, asked), image)

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
        moot = ("gankit:", "data.source:", "data.size:", "data.halves:")
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


def _shown(method: Method[Any], plan: Options, pack: Pack) -> Pack:
    """What previews are made of: of a translator, pictures that it is not trained on, where there are such."""
    if pack.other is None:
        return pack
    try:
        return open_for(method.batch_type, plan, split="test")
    except UserError:
        return pack


def _padding(pack: Pack, generator: Generator | Translator) -> list[str]:
    """That images are padded, where a translator pads them."""
    if not isinstance(generator, Translator):
        return []
    sides = pack.spec.shape[1:]
    height, width = (side + -side % generator.multiple for side in sides)
    if (height, width) == sides:
        return []
    return [f"{sides[0]}x{sides[1]} images are padded to {height}x{width} in the generator, and cropped again"]


def _findings(pack: Pack) -> list[str]:
    """What was done to the data, and what was skipped, in a few lines; `gankit data` tells all of it."""
    lines, skipped = list(pack.report.notes), list(pack.report.unreadable)
    if pack.other:
        lines += [note for note in pack.other.report.notes if note not in lines]
        skipped += [line for line in pack.other.report.unreadable if line not in skipped]
    if skipped:
        named = "; ".join(f"{name}: {why}" for name, why in skipped[:3])
        rest = f"; and {len(skipped) - 3} more, which gankit data lists" if len(skipped) > 3 else ""
        lines.append(f"{len(skipped)} unreadable files skipped: {named}{rest}")
    return lines
