"""From a method and a source's name to a run: opened, claimed, taken up where it was, trained."""

from __future__ import annotations

import hashlib
import json
import math
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, Unpack

import torch
from torch import Tensor

from gankit.base.config import build
from gankit.base.devices import pick_device, repeatable
from gankit.base.errors import UserError, warn
from gankit.base.memory import within_memory
from gankit.base.modules import source_of, wording_own
from gankit.base.notebook import how_to_go_on, in_notebook
from gankit.base.randomness import kept_chance
from gankit.base.ranks import Ranks, joined, own_device
from gankit.base.threads import crowded, threads
from gankit.base.version import VERSION, own_digest
from gankit.data import Pack
from gankit.data.pack.values import in_words
from gankit.data.sides.opening import from_one_picture
from gankit.evaluation.while_training import TrainingEvaluator
from gankit.game import Generator, Method, Translator
from gankit.game.batch import check_offer
from gankit.methods import name_of
from gankit.runs.assembly import batches_of, state_of, with_few
from gankit.runs.auto import auto
from gankit.runs.capacity import REMEDY, refuse_too_large
from gankit.runs.config import encode
from gankit.runs.directory import (
    CHECKPOINTS,
    LOG,
    PREVIEWS,
    claimed,
    config_seal,
    has_begun,
    read_config,
    refuse_other_config,
    run_directory,
)
from gankit.runs.engine import engine_of
from gankit.runs.live import LivePreview
from gankit.runs.options import Options, TrainOptions
from gankit.runs.preview import Preview
from gankit.runs.remedy import remedy
from gankit.runs.report import LivePage
from gankit.runs.run import Run
from gankit.runs.warm_start import WarmStart
from gankit.runs.watch import watch_over
from gankit.trackers import tracker
from gankit.training import checkpoint
from gankit.training.callbacks import Callback, Callbacks, Training
from gankit.training.care import Care
from gankit.training.interrupt import Stopped
from gankit.training.log import read_log
from gankit.training.loop import Schedule, training_loop
from gankit.training.memory import keep_freed_memory
from gankit.training.precision import Format, products, resolve
from gankit.training.shards import Sharded, follow, leading, scored_by_all
from gankit.training.state import State

OF_A_MACHINE = ("data", "out", "device", "threads")
"""Options that may differ among processes that train together."""
SHAPING = ("fit", "channels")
"""Options of data that config.json holds where they are not as usual."""
FIRST = 1_000
"""Pictures that are looked at for being all the same."""
Say = Callable[[str], None]
Score = Callable[[Any], float | Mapping[str, float]]


def train(
    method: Method[Any] | Literal["auto"] = "auto",
    *,
    evaluate: Callable[[Generator], float | Mapping[str, float]] | None = None,
    say: Say | None = None,
    callbacks: Sequence[Callback] = (),
    **options: Unpack[TrainOptions],
) -> Run:
    """Play `method`'s game on data and return its run; the keywords are the fields of `Options`. "auto" takes one that
    suits the data and the machine, and says which and why.

    A directory that holds the same run is continued, to the same bits as if it had never stopped. `evaluate`
    scores a generator every `evaluate_every` steps, in the place of `metrics`: a number, or several by name of
    which `score` decides; lower is better. `callbacks` are told how it goes.

    A first Ctrl-C writes a checkpoint and then raises `KeyboardInterrupt`; SIGTERM does the same
    and raises `SystemExit(143)`.

    Where torchrun or a scheduler started several processes, all call this alike and share the shards of each batch.
    The first leads and says what is said; the others return when it does, or end there where they don't see its files.
    """
    asked: Options = build(Options, dict(options))
    ranks = joined()
    say = (say or warn) if ranks.leads else _nothing
    with ranks.of_one_mind():
        if method == "auto":
            method, found = auto(asked, say)
            asked = replace(asked, **found)
        return _train(method, asked, ranks, evaluate, callbacks, say)


def _train(
    method: Method[Any],
    asked: Options,
    ranks: Ranks,
    evaluate: Score | None,
    callbacks: Sequence[Callback],
    say: Say,
) -> Run:
    told = Callbacks([], say)
    if ranks.leads:
        live = [LivePreview()] if in_notebook() else []
        told = Callbacks([*map(tracker, asked.log), *callbacks, *live], say)
    name, device = name_of(method), pick_device(own_device(asked.device))
    source = asked.source(method.batch_type, say)
    with ranks.first_of_a_machine():
        pack = source.open()
    check_offer(method.batch_type, pack.spec, method=name, source=pack.source, attributes=method.takes_attributes)
    method = with_few(method, pack, say)
    batches = batches_of(method, pack, asked, device, ranks)
    directory = Path(asked.out) if asked.out else run_directory(method, pack.source)
    stated = read_config(directory) if has_begun(directory) else {}
    precision = resolve(stated.get("precision", "auto") if asked.precision == "auto" else asked.precision, device)
    told_engine = stated.get("engine", "eager") if stated else None
    engine = engine_of(method, pack, asked, device, precision, say=say, stated=told_engine)
    start = _warm_start(asked, stated, directory, say)
    config = _config(method, pack, asked, precision)
    if engine != "eager":
        config["engine"] = engine
    if init := start.stated if start else stated.get("init"):
        config["init"] = init
    if asked.care:
        config["care"] = {"log_every": asked.log_every, "checkpoint_every": asked.checkpoint_every}
    ranks.agree(_facts(method, config, asked))
    ranks.connect(device)
    if device.type == "cpu":
        keep_freed_memory()
        if line := crowded(asked.threads):
            say(line)
    with (
        kept_chance(device),
        threads(asked.threads),
        repeatable(device, fast=asked.fast),
        products(precision, device),
        within_memory("training", REMEDY),
    ):
        with wording_own(type(method)):
            refuse_too_large(method, pack.spec, device)
            state = state_of(method, pack, asked, device, precision, ranks, engine=engine, say=say)
        score = evaluate or TrainingEvaluator(pack, asked.metrics, asked.features, asked.seed, ranks)
        if isinstance(score, TrainingEvaluator) and asked.evaluate_every:
            score.check(state.players.generator)
        if isinstance(state, Sharded) and not ranks.leads:
            follow(state, batches, getattr(score, "assist", _nothing))
            return _seen(directory, method)
        with (
            leading(state),
            claimed(directory, config, method, change=asked.change),
            LivePage(directory, method, asked.steps, say) as page,
            wording_own(type(method)),
        ):
            remembered, memory = _take_up(state, directory, say)
            entries = read_log(directory / LOG)  # which refuses a damaged one before a step is played
            if state.step >= asked.steps:
                say(f"{directory} is already at step {state.step}: ask for more --steps to go on")
                return Run(directory, method=method)
            if asked.clock == "cpu" and remembered.get("cpu_seconds", 0.0) >= 60 * (asked.minutes or math.inf):
                say(f"{directory} has had its {asked.minutes:g} minutes: ask for more --minutes to go on")
                return Run(directory, method=method)
            if start:
                start.apply(state, say)
            for line in [*_remarks(pack), *_padding(pack, state.players.generator)]:
                say(line)
            shown = source.held_out(pack, missing=lambda why: None)[0] if pack.other else pack
            about = {"config": config, "directory": directory, "steps": asked.steps}
            watch = watch_over(
                state,
                source,
                pack,
                asked.log_every,
                remedy=lambda said: remedy(said.name, method, step=said.step, **about),
            )
            watch.restore(memory, [entry for entry in entries if entry["step"] <= state.step])
            preview = Preview(directory / PREVIEWS, shown, state.players.generator, asked.seed)
            verb = f"continues at step {state.step}" if remembered else "starts"
            say(f"{name} on {pack.source} ({pack_words(pack)}) {verb} in {directory}, {precision} on {device}")
            written = read_config(directory)
            told.start(Training(directory=directory, config=written, step=state.step, steps=asked.steps))
            stopped = training_loop(
                state,
                batches,
                Schedule(**{field: getattr(asked, field) for field in Schedule.__dataclass_fields__}),
                directory,
                remembered=remembered,
                sealed={"config": config_seal(written)},
                say=say,
                preview=lambda state: preview(state, page.look),
                callbacks=told,
                evaluate=scored_by_all(state, score) if isinstance(score, TrainingEvaluator) else score,
                watcher=watch,
                care=Care(directory / CHECKPOINTS, state, remembered) if asked.care else None,
            )
            page.ended(state.step, stopped)
    if stopped is not None:
        line = f"stopped by {stopped.name} at step {state.step}; {how_to_go_on()}"
        say(line)
        raise Stopped(line) if stopped == signal.SIGINT else SystemExit(128 + stopped)
    return Run(directory, method=method)


def _facts(method: Method[Any], config: Mapping[str, Any], asked: Options) -> dict[str, str]:
    """What must be equal in all processes that train together."""
    own = source_of(type(method)) or b""
    options = {name: str(value) for name, value in vars(asked).items() if name not in OF_A_MACHINE}
    options |= {name: value for name, value in config.items() if name not in ("data", "spec")}
    return {
        "data": config["data"]["content"],
        "code": f"{own_digest()} {hashlib.blake2b(own).hexdigest()} {torch.__version__}",
        "options": json.dumps(options, sort_keys=True),
    }


def _seen(directory: Path, method: Method[Any]) -> Run:
    """The run that others trained, in a process that did its part."""
    if not has_begun(directory):  # it lies on another machine
        raise SystemExit(0)
    return Run(directory, method=method)


def _nothing(given: Any) -> None:
    pass


def _config(method: Method[Any], pack: Pack, asked: Options, precision: Format) -> dict[str, Any]:
    """What config.json holds: all that must be equal for a run to continue, and where its data came from."""
    size = "x".join(map(str, asked.size)) if isinstance(asked.size, tuple) else asked.size
    data: dict[str, Any] = {"source": pack.source, "size": size, "flip": asked.flip, "content": pack.content}
    data |= {name: said for name in ("labels", "layout") if (said := getattr(asked, name))}
    data |= {name: said for name in SHAPING if (said := getattr(asked, name)) != getattr(Options, name)}
    rules = {"values": pack.report.values, "other_values": pack.other.report.values if pack.other else {}}
    data |= {name: encode(dict(rule)) for name, rule in rules.items() if rule}
    if pack.other:
        data |= {"pair": asked.pair, "direction": asked.direction, "halves": from_one_picture(pack)}
    return {
        "gankit": VERSION,
        "method": encode(method),
        "data": data,
        "spec": {**encode(pack.spec), "mean": None},
        "seed": asked.seed,
        "ema": asked.ema,
        **({"ema_images": asked.ema_images} if asked.ema_images else {}),
        **({"shards": asked.shards} if asked.shards > 1 else {}),
        "precision": precision,
    }


def _warm_start(asked: Options, stated: Mapping[str, Any], directory: Path, say: Say) -> WarmStart | None:
    """The weights that a new run starts from, where it was asked to; None where it goes on, or starts by itself."""
    named = stated.get("init", {}).get("run")
    if not checkpoint.listed(directory / CHECKPOINTS):
        init = asked.init or (Path(named) if named else None)
        return WarmStart.of(init, say) if init else None
    if asked.init and str(asked.init) != named:
        raise UserError(f"init is for a new run, and {directory} has begun: take another --out")
    return None


def _take_up(state: State, directory: Path, say: Say) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Bring `state` to where the newest whole checkpoint was, and return what that remembers, and the memory of what
    watched the game; {} without any."""
    newest = checkpoint.newest(directory / CHECKPOINTS, say)
    if newest:
        tensors, remembered = newest
        refuse_other_config(directory, remembered)
        try:
            state.restore(tensors, remembered)
        except Exception as error:  # tensors of other names or shapes than the players'
            why = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise UserError(
                f"the checkpoint of step {remembered['step']} in {directory} does not fit: {why}"
            ) from error
        return remembered, tensors.get("health", {})
    if checkpoint.listed(directory / CHECKPOINTS):
        raise UserError(f"no checkpoint in {directory} can be read: delete the directory to start again")
    return {}, {}


def pack_words(pack: Pack) -> str:
    """What is trained on: `476 pairs of 64x64x3 images`."""
    if not pack.spec.is_image:
        return f"{len(pack):,} vectors of {pack.spec.shape[0]}"
    scaled = in_words(pack.report.values)
    if pack.other is None:
        return f"{len(pack):,} {_shown(pack)} images{scaled}"
    sides = " and ".join(dict.fromkeys(map(_shown, (pack, pack.other))))
    if pack.spec.aligned:
        return f"{len(pack):,} pairs of {sides} images{scaled}"
    return f"{len(pack):,} and {len(pack.other):,} {sides} images{scaled}"


def _shown(pack: Pack) -> str:
    channels, height, width = pack.spec.shape
    return f"{height}x{width}x{channels}"


def _padding(pack: Pack, generator: Generator | Translator) -> list[str]:
    """That images are padded, where a translator pads them."""
    if not isinstance(generator, Translator):
        return []
    sides = pack.spec.shape[1:]
    height, width = (side + -side % generator.multiple for side in sides)
    if (height, width) == sides:
        return []
    return [f"{sides[0]}x{sides[1]} images are padded to {height}x{width} in the generator, and cropped again"]


def _remarks(pack: Pack) -> list[str]:
    """What was done to the data, and what was skipped, in a few lines; `gankit data` tells all of it."""
    lines, skipped = list(pack.report.notes), list(pack.report.unreadable)
    if pack.other:
        lines += [note for note in pack.other.report.notes if note not in lines]
        skipped += [line for line in pack.other.report.unreadable if line not in skipped]
    first = pack.values[:FIRST]
    if len(first) == 1:
        lines.append("it holds a single picture, so there is nothing to learn but that one")
    elif bool((first == first[:1]).all()):
        lines.append("its pictures are all the same, so there is nothing to learn but that one")
    if skipped:
        named = "; ".join(f"{name}: {why}" for name, why in skipped[:3])
        rest = f"; and {len(skipped) - 3} more, which gankit data lists" if len(skipped) > 3 else ""
        lines.append(f"{len(skipped)} unreadable files skipped: {named}{rest}")
    return lines
