"""The loop: play, log, look, evaluate, save, until it is time to stop."""

from __future__ import annotations

import math
import signal
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from PIL import Image

from gankit.base.errors import UserError
from gankit.data import Batches
from gankit.training import checkpoint
from gankit.training.beside import Beside, Job
from gankit.training.callbacks import Callbacks
from gankit.training.care import Care, Trouble, said
from gankit.training.interrupt import Interrupt
from gankit.training.log import NAME, Log, Window, read_log
from gankit.training.progress import ENDLESS, Moments, Speed, TrainingProgress, fitting
from gankit.training.state import PLAYERS, State
from gankit.training.watcher import Watcher

TRIED = 3
"""Steps after the first, which warms up, by which it is told how many fit into the time."""
FIRST, PATIENCE = 45, 5 * 60
"""Seconds after which slow steps are saved even if `checkpoint_every` is not reached: for the first time, and since the
last."""


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """How long to train and how often to look; none of it changes a step.

    Previews are left out, and checkpoints too, while they cost more than `beside.COST` of the time; not the checkpoints
    that care may go back to, nor the last of either, those of an evaluation and those after `PATIENCE`.
    """

    steps: int
    minutes: float | None
    clock: Literal["wall", "cpu"]
    log_every: int
    preview_every: int
    checkpoint_every: int
    evaluate_every: int
    keep: int


class DivergedError(UserError):
    """A loss or a weight is no longer a finite number."""


def training_loop(
    state: State,
    batches: Batches,
    schedule: Schedule,
    directory: Path,
    *,
    remembered: dict[str, Any],
    sealed: dict[str, Any],
    say: Callable[[str], None],
    preview: Callable[[State], Callable[[], Image.Image]],
    callbacks: Callbacks,
    evaluate: Callable[[Any], float | Mapping[str, float]],
    watcher: Watcher,
    care: Care | None = None,
) -> signal.Signals | None:
    """Bring `state` to `schedule.steps`, or as far as time and signals allow; returns the signal that stopped it.

    `remembered` is what the last checkpoint remembered besides tensors: `best`, the lowest score of `evaluate` so
    far with its step, `log`, what there was of it, and, where that is the clock, `cpu_seconds`, what the run has taken.
    `sealed` goes into every checkpoint as it is. `preview` looks at the state and returns what writes down what it saw,
    which is done beside training, as checkpoints are written; `callbacks` are told. `watcher` looks at the game, and
    with `care` a game that needs it is helped.
    Where there is a limit of time, `say` is told how many steps fit into it.
    """
    checkpoints = directory / "checkpoints"
    best = remembered.get("best")
    end = math.inf if schedule.minutes is None else 60 * schedule.minutes
    now = time.process_time if schedule.clock == "cpu" else time.monotonic
    begun = now() - (remembered.get("cpu_seconds", 0.0) if schedule.clock == "cpu" else 0.0)
    saved = started = time.monotonic()
    patience = PATIENCE if checkpoint.listed(checkpoints) else FIRST
    window, moments = Window(), Moments()
    with ExitStack() as stack:
        log = Log(directory, state.step, remembered.get("log"))
        stack.callback(lambda: log.close())
        stack.callback(lambda: callbacks.end(state.step))
        shown = TrainingProgress(state.step, state.images, schedule.steps, left=lambda: end - (now() - begun))
        progress = stack.enter_context(closing(shown))
        beside = stack.enter_context(Beside())
        interrupt = stack.enter_context(Interrupt())
        speed = Speed(state.step, state.images)
        warm, tried = state.step + 1, begun

        def saved_state() -> Job:
            """What writes the state as it is now."""
            extra: dict[str, Any] = {"care": care.facts()} if care else {}
            if schedule.clock == "cpu":
                extra["cpu_seconds"] = now() - begun
            facts = {**state.counters(), "best": best, "log": log.seal(), **extra, **sealed}
            tensors = checkpoint.snapshot({**state.tensors(), "health": watcher.tensors()})
            spared = [*([best["step"]] if best else []), *(care.healthy if care else [])]

            def save() -> None:
                path = checkpoint.write(checkpoints, tensors, facts)
                checkpoint.prune(checkpoints, schedule.keep, spared)
                callbacks.written("on_checkpoint", facts["step"], path)

            return save

        def previewed() -> Job:
            """What draws and writes what the generator makes now."""
            step, draw = state.step, preview(state)

            def write() -> None:
                picture = draw()
                log.picture(step, picture)
                callbacks.written("on_preview", step, picture)

            return write

        def helped(trouble: Trouble) -> Log:
            assert care is not None
            beside.wait()
            before = state.step
            memory, facts = care.go_back(trouble, before)
            log.close()
            fresh = Log(directory, state.step, facts["log"])
            watcher.restore(memory, read_log(directory / NAME))
            for note in care.done[len(facts.get("care", {}).get("done", [])) :]:
                fresh.note(state.step, care=note)  # earlier help, too, of which that log knew nothing
            window.take()
            speed.look(state.step, state.images)
            say(said(care.done[-1], len(care.done)))
            return fresh

        if care and state.step == 0 and not care.healthy:
            care.mark(0)
            beside.add([saved_state()])
        if state.step == 0 and schedule.preview_every:
            beside.add([previewed()])
        while state.step < schedule.steps:
            watcher.before(state.step + 1)
            terms = state.advance(batches)
            window.add(terms)
            watcher.after(terms)
            logged: dict[str, float] = {}
            last = state.step == schedule.steps or interrupt.signal is not None or now() - begun >= end

            evaluating = due(state.step, schedule.evaluate_every)
            overdue = schedule.checkpoint_every > 0 and time.monotonic() - saved > patience
            due_now = due(state.step, schedule.checkpoint_every) and (care is not None or beside.affordable)
            saving = last or evaluating or overdue or due_now
            looking = watcher.due(state.step)
            if saving or looking or due(state.step, schedule.log_every):
                values = window.take()
                bad = _nonfinite(values, state)
                if bad and care and care.left:
                    log = helped(Trouble("diverging", state.step - watcher.window, PLAYERS))
                    best = best if best and best["step"] <= state.step else None
                    continue
                if bad:
                    beside.wait()
                    _refuse(bad, state, checkpoints)
                seen = watcher.look() if looking else {}
                logged = values | speed.look(state.step, state.images) | seen
                log.write(state.step, logged)
                progress.values = values
                if verdict := watcher.judge(state.step, values | seen) if looking else None:
                    log.note(state.step, verdict=verdict)
                    say(in_words(state.step, verdict))
                trouble = watcher.trouble() if looking and care and care.left else None
                if trouble:
                    log = helped(trouble)
                    best = best if best and best["step"] <= state.step else None
                    continue
            progress.tick(state.step, state.images, last=last)
            if state.step == warm:
                tried = now()
            if state.step == warm + TRIED and math.isfinite(end):
                rate = TRIED / max(now() - tried, 1e-9)
                left, seconds = schedule.steps - state.step, end - (now() - begun)
                line = fitting(schedule.steps, left, seconds, rate, state.shards * state.method.batch_size)
                if line and not last:
                    say(line)
            jobs: list[Job] = []
            showing = due(state.step, schedule.preview_every) or moments.passed(time.monotonic() - started)
            if last or (showing and schedule.preview_every and beside.affordable):
                with beside.counted():
                    jobs.append(previewed())
            if evaluating:
                score = evaluate(state.average.module)
                scores: dict[str, float] = {"score": score} if isinstance(score, float | int) else dict(score)
                log.write(state.step, scores)
                logged |= scores
                if best is None or scores["score"] < best["score"]:
                    best = {"step": state.step, "score": scores["score"]}
            if saving:
                if care and due(state.step, schedule.checkpoint_every) and not watcher.trouble():
                    care.mark(state.step)
                with beside.counted():
                    beside.wait()
                    jobs.append(saved_state())
                saved, patience = time.monotonic(), PATIENCE
            if jobs:
                with beside.counted():
                    beside.add(jobs)
            callbacks.step(state.step, logged)
            if last:
                break
        beside.wait()
        callbacks.flush()
        if interrupt.signal is None and state.step < schedule.steps:
            of = "" if schedule.steps == ENDLESS else f" of {schedule.steps:,}"
            say(f"the time is over at step {state.step:,}{of}: the same command goes on from there")
        return interrupt.signal


def in_words(step: int, verdict: Mapping[str, Any]) -> str:
    """A verdict on one line: what it is, since when, why, and what to do."""
    name = verdict["name"] + (f" ({verdict['degree']})" if verdict["degree"] else "")
    since = f" since step {verdict['since']:,}" if verdict["since"] < step else ""
    remedy = f"; try: {verdict['remedy']}" if verdict["remedy"] else ""
    return f"step {step:,}: {name}{since}: {verdict['evidence']['words']}{remedy}"


def due(step: int, every: int) -> bool:
    """Whether something done `every` so many steps (0: never) is done after `step`."""
    return every > 0 and step % every == 0


def _nonfinite(values: dict[str, float], state: State) -> list[str]:
    """The terms that are no finite numbers; where all are, "a weight" if one is not."""
    bad = [name for name, value in values.items() if not math.isfinite(value)]
    if bad:
        return bad
    weights = torch.stack([p.detach().sum() for p in state.players.parameters()]).sum()
    return [] if math.isfinite(weights.item()) else ["a weight"]


def _refuse(bad: list[str], state: State, checkpoints: Path) -> None:
    good = checkpoint.listed(checkpoints)
    kept = f"the checkpoint {good[-1]} is from before" if good else "no checkpoint had been written yet"
    raise DivergedError(
        f"{', '.join(bad)} became NaN or infinite by step {state.step}, so training stopped; {kept}: "
        "try a lower learning rate, --precision fp32, or another --seed in a new --out"
    )
