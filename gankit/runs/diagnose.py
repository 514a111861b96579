"""What is wrong with a run, if anything is, and what to do about it; and how all runs under a folder stand."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gankit.base.errors import UserError
from gankit.base.files import read_bytes
from gankit.health.curves import Curve, judge_losses, players, whole
from gankit.health.judge import PHRASES, Judge
from gankit.health.verdict import MEANING, Verdict
from gankit.health.watch import signals_of
from gankit.runs.directory import LOG
from gankit.runs.remedy import remedy
from gankit.runs.run import Run
from gankit.training.log import read_log, series

SHOWN = ("diversity", "modes", "recall", "two_sample", "separation", "memorised", "drift", "comes_back")
"""Signals of a healthy run that are shown, too."""


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """How a game stands, and how it came to that."""

    of: str
    """The run's directory, or the file that was read."""
    verdict: Verdict
    remedy: str
    """A command; empty where the run is not ours."""
    history: tuple[Verdict, ...]
    """What was said before, each where it changed, with the last."""
    signals: dict[str, float]
    """Of the last look."""
    care: tuple[dict[str, Any], ...] = ()
    """What automatic care did, as the log holds it."""

    def lines(self) -> list[str]:
        """The same in words, as somebody would say it who knows such games."""
        verdict = self.verdict
        since = f", since step {verdict.since:,}" if verdict.since < verdict.step else ""
        lines = [f"{self.of} at step {verdict.step:,}: {verdict.title}{since}"]
        lines.append(f"  That is: {MEANING[verdict.name]}.")
        if verdict.words:
            lines.append(f"  Because: {verdict.words}.")
        lines += [f"  Care     {_care(entry)}" for entry in self.care]
        before = [said for said in self.history if said.name != "not enough evidence"]
        if len(before) > 1:
            lines.append("  So far: " + ", ".join(f"{said.title} at step {said.step:,}" for said in before[-6:]))
        shown = [PHRASES[name].format(self.signals[name]) for name in SHOWN if name in self.signals]
        lines += ["  The last look:", *(f"    {phrase}" for phrase in shown)] if shown else []
        if self.remedy:
            lines.append(f"  Next: {self.remedy}")
        return lines


def diagnose(run: Run | str | os.PathLike[str]) -> Diagnosis:
    """What the log of a run, running or finished, says of its game.

    Raises `UserError` where the log has gaps, or holds nothing to judge by.
    """
    run = run if isinstance(run, Run) else Run(run)
    entries = read_log(run.directory / LOG)
    looks = looks_of(entries)
    source = str(run.directory)
    if not looks and entries and not entries[-1]["step"] < 200:
        losses = {player: Curve(*curve) for player, curve in _losses(entries).items()}
        if len(losses) < 2:
            raise UserError(f"the log of {source} has neither signals nor the losses of both players: train it on")
        verdict = judge_losses({name: whole(curve, name, source) for name, curve in losses.items()})
        return _diagnosis(run, verdict, (verdict,), {})
    if looks:
        whole(Curve([step for step, _ in looks], [0.0] * len(looks)), "health", source)
    judge, history = Judge(run.method.scores.kind), list[Verdict]()
    for step, found in looks:
        verdict = judge.add(step, found)
        if not history or verdict.title != history[-1].title:
            history.append(verdict)
    last = entries[-1]["step"] if entries else 0
    found = looks[-1][1] if looks else {}
    verdict = judge.verdict or Verdict(
        name="not enough evidence", step=last, since=last, words=f"{last:,} of {judge.least} steps"
    )
    notes = tuple(entry["care"] for entry in entries if "care" in entry)
    return _diagnosis(run, verdict, tuple(history), found, notes)


def looks_of(entries: Iterable[Mapping[str, Any]]) -> list[tuple[int, dict[str, float]]]:
    """The steps of a log that have signals, with those."""
    looks = [(entry["step"], signals_of(entry)) for entry in entries]
    return [(step, found) for step, found in looks if found]


def _diagnosis(
    run: Run, verdict: Verdict, history: tuple[Verdict, ...], found: dict[str, float], care: tuple[Any, ...] = ()
) -> Diagnosis:
    command = remedy(verdict.name, run.method, run.config, run.directory, step=verdict.step)
    return Diagnosis(of=str(run.directory), verdict=verdict, remedy=command, history=history, signals=found, care=care)


def _losses(entries: list[dict[str, Any]]) -> dict[str, Curve]:
    sums = []
    for entry in entries:
        of_players = {
            player: [value for name, value in entry.items() if name.startswith(f"{player}/")]
            for player in ("generator", "discriminator")
        }
        sums.append({"step": entry["step"], **{name: sum(values) for name, values in of_players.items() if values}})
    return {name: Curve(*curve) for name, curve in series(sums).items()}


def diagnose_scalars(path: Path, *, generator: str | None = None, discriminator: str | None = None) -> Diagnosis:
    """What another program's scalars say: a CSV with a column `step`, or a TensorBoard file or folder of them.

    `generator` and `discriminator` name the losses, where that is not clear. Raises `UserError` where they are not
    there, have gaps, or are no numbers.
    """
    curves = _table(path) if path.suffix.lower() in (".csv", ".tsv") else _board(path)
    losses = players(curves, {"generator": generator, "discriminator": discriminator}, str(path))
    verdict = judge_losses(losses)
    return Diagnosis(of=str(path), verdict=verdict, remedy="", history=(verdict,), signals={})


def _table(path: Path) -> dict[str, Curve]:
    text = read_bytes(path).decode("utf-8-sig", errors="replace")
    rows = list(csv.reader(io.StringIO(text), delimiter="\t" if path.suffix.lower() == ".tsv" else ","))
    header = [name.strip() for name in rows[0]] if rows else []
    at = next(
        (index for index, name in enumerate(header) if name.lower() in ("step", "iteration", "iter", "epoch")), None
    )
    if at is None:
        raise UserError(f"{path} has no column 'step': its columns are {', '.join(header[:12]) or 'none'}")
    curves = {name: Curve([], []) for index, name in enumerate(header) if index != at}
    for number, row in enumerate(rows[1:], 2):
        for index, cell in enumerate(row[: len(header)]):
            if index == at or not cell.strip():
                continue
            try:
                curves[header[index]].steps.append(int(float(row[at])))
                curves[header[index]].values.append(float(cell))
            except (ValueError, OverflowError):
                raise UserError(f"line {number} of {path} can't be read: {cell[:40]!r} is no number") from None
    return curves


def _board(path: Path) -> dict[str, Curve]:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    if not path.exists():
        raise UserError(f"there is no {path}")
    board = EventAccumulator(str(path), size_guidance={"scalars": 0})
    board.Reload()
    names = board.Tags()["scalars"]
    if not names:
        raise UserError(f"{path} holds no scalars of TensorBoard: give an event file, the folder of one, or a .csv")
    read = {name: board.Scalars(name) for name in names}
    return {
        name: Curve([event.step for event in events], [event.value for event in events])
        for name, events in read.items()
    }


def _care(entry: Mapping[str, Any]) -> str:
    return (
        f"after {entry['verdict']} at step {entry['from']:,} it went back to step {entry['back']:,} and the "
        f"{entry['player']} on at {entry['rate']:.3g} of its rate"
    )
