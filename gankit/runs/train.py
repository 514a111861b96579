"""From a method and a source's name to a run: opened, claimed, taken up where it was, trained."""

from __future__ import annotations

import math
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, Unpack

from torch import Tensor

from gankit.base.config import build
from gankit.base.devices import pick_device, repeatable
from gankit.base.errors import UserError, warn
from gankit.base.memory import within_memory
from gankit.base.modules import wording_own
from gankit.base.notebook import how_to_go_on, in_notebook
from gankit.base.randomness import kept_chance
from gankit.base.ranks import Ranks, joined, own_device
from gankit.base.threads import crowded, threads
from gankit.data import Batches, DataSource, Pack
from gankit.evaluation.while_training import TrainingEvaluator
from gankit.game import Generator, Method
from gankit.game.batch import check_offer
from gankit.health.watch import Watch
from gankit.methods import name_of
from gankit.runs.assembly import batches_of, state_of, with_few
from gankit.runs.auto import auto
from gankit.runs.capacity import REMEDY, refuse_too_large
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
from gankit.runs.identity import config_for, shared_facts
from gankit.runs.judges import second_judge
from gankit.runs.live import LivePreview
from gankit.runs.options import Options, TrainOptions
from gankit.runs.preview import Preview
from gankit.runs.remarks import pack_words, padding, remarks
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
from gankit.training.precision import products, resolve
from gankit.training.progress import USUAL
from gankit.training.shards import Sharded, follow, leading, scored_by_all
from gankit.training.state import State

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
    told = _callbacks(asked, ranks, callbacks, say)
    device = pick_device(own_device(asked.device))
    source = asked.source(method.batch_type, say)
    with ranks.first_of_a_machine():
        pack = source.open()
    name, offered = name_of(method), {"source": pack.source, "attributes": method.takes_attributes}
    check_offer(method.batch_type, pack.spec, method=name, **offered)
    method = with_few(method, pack, say)
    batches = batches_of(method, pack, asked, device, ranks)
    directory = Path(asked.out) if asked.out else run_directory(method, pack.source)
    stated = read_config(directory) if has_begun(directory) else {}
    precision = resolve(stated.get("precision", "auto") if asked.precision == "auto" else asked.precision, device)
    told_engine = stated.get("engine", "eager") if stated else None
    engine = engine_of(method, pack, asked, device, precision, say=say, stated=told_engine)
    start = _warm_start(asked, stated, directory, say)
    config = config_for(method, pack, asked, precision, engine, start.stated if start else stated.get("init"))
    ranks.agree(shared_facts(method, config, asked))
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
            second_judge(score.evaluator.network, {"this run": method.pretrained}, pack, frechet=False, say=say)
        if isinstance(state, Sharded) and not ranks.leads:
            follow(state, batches, getattr(score, "assist", _nothing))
            return _seen(directory, method)
        with (
            leading(state),
            claimed(directory, config, method, change=asked.change),
            LivePage(directory, method, asked.last_step, say) as page,
            wording_own(type(method)),
        ):
            stopped = _Leader(state, batches, source, pack, asked, directory, say).play(start, score, told, page)
    if stopped is not None:
        line = f"stopped by {stopped.name} at step {state.step}; {how_to_go_on()}"
        say(line)
        raise Stopped(line) if stopped == signal.SIGINT else SystemExit(128 + stopped)
    return Run(directory, method=method)


def _callbacks(asked: Options, ranks: Ranks, given: Sequence[Callback], say: Say) -> Callbacks:
    """Who is told how it goes: nobody but in the process that leads."""
    if not ranks.leads:
        return Callbacks([], say)
    live = [LivePreview()] if in_notebook() else []
    return Callbacks([*map(tracker, asked.log), *given, *live], say)


@dataclass(frozen=True)
class _Leader:
    """The process that trains in a directory that it has claimed."""

    state: State
    batches: Batches
    source: DataSource
    pack: Pack
    asked: Options
    directory: Path
    say: Say

    def play(self, start: WarmStart | None, score: Score, told: Callbacks, page: LivePage) -> signal.Signals | None:
        """Go on from the newest checkpoint, or begin; the signal that stopped it."""
        state, asked = self.state, self.asked
        remembered, memory = _take_up(state, self.directory, self.say)
        entries = read_log(self.directory / LOG)  # which refuses a damaged one before a step is played
        if line := _nothing_left(asked, state.step, remembered):
            self.say(f"{self.directory} {line}")
            return None
        if start:
            start.apply(state, self.say)
        written = read_config(self.directory)
        self._announce(written, begun=bool(remembered))
        watch = self._watch(written)
        watch.restore(memory, [entry for entry in entries if entry["step"] <= state.step])
        shown = self.source.held_out(self.pack, missing=_nothing)[0] if self.pack.other else self.pack
        preview = Preview(self.directory / PREVIEWS, shown, state.players.generator, asked.seed)
        told.start(Training(directory=self.directory, config=written, step=state.step, steps=asked.last_step))
        fields = {field: getattr(asked, field) for field in Schedule.__dataclass_fields__}
        schedule = Schedule(**{**fields, "steps": asked.last_step})
        stopped = training_loop(
            state,
            self.batches,
            schedule,
            self.directory,
            remembered=remembered,
            sealed={"config": config_seal(written)},
            say=self.say,
            preview=lambda state: preview(state, page.look),
            callbacks=told,
            evaluate=scored_by_all(state, score) if isinstance(score, TrainingEvaluator) else score,
            watcher=watch,
            care=Care(self.directory / CHECKPOINTS, state, remembered) if asked.care else None,
        )
        page.ended(state.step, stopped)
        return stopped

    def _announce(self, written: Mapping[str, Any], *, begun: bool) -> None:
        pack, state = self.pack, self.state
        for line in [*remarks(pack), *padding(pack, state.players.generator)]:
            self.say(line)
        verb = f"continues at step {state.step}" if begun else "starts"
        where = f"{written['precision']} on {state.device}"
        self.say(f"{name_of(state.method)} on {pack.source} ({pack_words(pack)}) {verb} in {self.directory}, {where}")

    def _watch(self, written: Mapping[str, Any]) -> Watch:
        method, steps = self.state.method, self.asked.steps or USUAL
        about = {"config": written, "directory": self.directory, "steps": steps}
        return watch_over(
            self.state,
            self.source,
            self.pack,
            self.asked.log_every,
            remedy=lambda said: remedy(said.name, method, step=said.step, **about),
        )


def _nothing_left(asked: Options, step: int, remembered: Mapping[str, Any]) -> str | None:
    """Why there is nothing to train, and what to ask for."""
    if step >= asked.last_step:
        return f"is already at step {step}: ask for more --steps to go on"
    if asked.clock == "cpu" and remembered.get("cpu_seconds", 0.0) >= 60 * (asked.minutes or math.inf):
        return f"has had its {asked.minutes:g} minutes: ask for more --minutes to go on"
    return None


def _seen(directory: Path, method: Method[Any]) -> Run:
    """The run that others trained, in a process that did its part."""
    if not has_begun(directory):  # it lies on another machine
        raise SystemExit(0)
    return Run(directory, method=method)


def _nothing(given: Any) -> None:
    pass


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
