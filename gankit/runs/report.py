"""A run on one page, report.html: gathered from its files, and written whatever state it is in."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from gankit import reporting
from gankit.base.errors import UserError, warn
from gankit.base.files import read_bytes, write_text
from gankit.base.progress import clock
from gankit.base.typed import fits
from gankit.base.version import VERSION
from gankit.evaluation.card import Figure, read_card
from gankit.exploration.film import evenly_spaced
from gankit.game import Method
from gankit.methods import METHODS, name_of
from gankit.reporting.facts import State
from gankit.runs.directory import LOG, PREVIEWS, inside, is_training, read_config
from gankit.runs.recipe import recipe_of
from gankit.runs.report_pictures import kept_pictures, make_pictures, preview_steps, rendered
from gankit.runs.run import Run
from gankit.training.log import read_log
from gankit.training.loop import DivergedError

PAGE = "report.html"
MOST, ROOM = 60, 12 * 2**20
"""Previews on a page, and their bytes, at most."""
SHARE = 0.01
"""Of a training's time, at most, that goes into its page."""
TRANSLATED = "The same pictures: the input, what is made of it, and what it should become, from left to right"
BOTH_WAYS = "The same pictures of both domains: as they are, translated, and what becomes of them on the way back"
POINTS = "Samples of the same latents beside the data"
SAMPLES = "Samples of the same latents"

Say = Callable[[str], None]


def report(
    run: Run | str | os.PathLike[str],
    *,
    out: str | os.PathLike[str] | None = None,
    explore: bool = True,
    seed: int = 0,
    device: str = "auto",
    trust: bool = False,
    say: Say | None = None,
) -> Path:
    """Write the page of a run, by default RUN/report.html, and return where it is.

    explore: have the trained generator make nearest neighbours and a walk of `seed` for the page, where it makes
        pictures from latents and its data are at hand. They are kept in RUN/report and made again when the run has
        gone on.
    trust: run the method.py of a run that was not made here. Without it the page says less, and nothing is executed.

    Raises `UserError` where there is no run, nothing of it was played yet, its log is damaged, or another program's
    file is in the way.
    """
    say = say or warn
    directory = run.directory if isinstance(run, Run) else Path(run)
    path = inside(directory, Path(out) if out else directory / PAGE)
    refuse_other_page(path)
    loaded, notes = _begun(run, directory, trust=trust)
    if explore and loaded:
        make_pictures(loaded, seed=seed, device=device, say=say)
    text = _text(directory, loaded, notes)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, text)
    return path


def report_text(directory: Path, *, trust: bool = False) -> str:
    """The page of a run as it stands now; nothing is written or made for it. Raises `UserError` as `report` does."""
    return _text(directory, *_begun(directory, directory, trust=trust))


def _begun(run: Run | str | os.PathLike[str], directory: Path, *, trust: bool) -> tuple[Run | None, list[str]]:
    """A run that has begun, or None and why: a method that is not at hand, or that nobody trusts."""
    read_config(directory)
    loaded, notes = run if isinstance(run, Run) else None, []
    try:
        loaded = loaded or Run(directory, trust=trust)
    except UserError as error:
        notes.append(str(error))
    if not read_log(directory / LOG) and not preview_steps(directory):
        raise UserError(f"{directory} has no steps to report yet: train it first")
    return loaded, notes


def _text(directory: Path, loaded: Run | None, notes: Sequence[str]) -> str:
    running = is_training(directory)
    page = Gathered(directory, read_config(directory), loaded.method if loaded else None)
    state: State = "running" if running else "resting"
    return page.text("in training" if running else "not in training", state, notes=notes)


def refuse_other_page(path: Path) -> None:
    """Raise `UserError` where `path` can't be a page, or is there and none of ours."""
    if path.suffix.lower() not in (".html", ".htm"):
        raise UserError(f"can't write the report to {path}: take a name that ends in .html")
    if not os.path.lexists(path):
        return
    if not path.is_file() or not reporting.is_ours(read_bytes(path, 2000)):
        raise UserError(f"{path} is there, and no report of gankit's: take another --out, or move it away")


class LivePage:
    """The page of a run that is being trained. Raises `UserError` where another program's file is in its place."""

    def __init__(
        self, directory: Path, method: Method[Any], total: int, say: Say, now: Callable[[], float] = time.monotonic
    ) -> None:
        refuse_other_page(directory / PAGE)
        self._gathered = Gathered(directory, read_config(directory), method, total)
        self._say, self._now = say, now
        self._due = now()
        self._begun, self._said = False, set[str]()
        self._end: tuple[str, State] = "stopped: the same command continues", "stopped"

    def __enter__(self) -> LivePage:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        """The last page says how it ended."""
        if isinstance(error, DivergedError):
            self.write(f"stopped: {error}", "stopped")
        elif self._begun:
            self.write(*self._end)

    def ended(self, step: int, by: signal.Signals | None) -> None:
        """Training came to its end at `step`, `by` a signal perhaps."""
        if by is not None:
            self._end = f"stopped by {by.name}: the same command continues", "stopped"
        elif step < (self._gathered.total or 0):
            self._end = "stopped at its limit of time: the same command continues", "stopped"
        else:
            self._end = "finished", "finished"

    def look(self) -> None:
        """Write it, unless that would take more than its `SHARE` of the time."""
        self._begun = True
        if self._now() >= self._due:
            self.write("in training", "running")

    def write(self, words: str, state: State) -> None:
        """A page that can't be written stops no training: that is said, once for each reason."""
        start, path = self._now(), self._gathered.directory / PAGE
        try:
            refuse_other_page(path)
            write_text(path, self._gathered.text(words, state))
        except UserError as error:
            if (line := f"the report is left as it was: {error}") not in self._said:
                self._say(line)
                self._said.add(line)
        end = self._now()
        self._due = end + (end - start) / SHARE


class Gathered:
    """What a run's files say; pictures that were read are kept for the next page."""

    def __init__(
        self, directory: Path, config: Mapping[str, Any], method: Method[Any] | None, total: int | None = None
    ) -> None:
        self.directory, self.config, self.method, self.total = directory, config, method, total
        self._read: dict[tuple[Path, int], reporting.Picture] = {}

    def text(self, words: str, state: State, notes: Sequence[str] = ()) -> str:
        """The page. Raises `UserError` for a damaged log."""
        entries = read_log(self.directory / LOG)
        steps = preview_steps(self.directory)
        step = max([entry["step"] for entry in entries[-1:]] + steps[-1:], default=0)
        recipe = recipe_of(self.directory, self.config, self.method, step)
        figures, remarks = self._figures()
        named = self.method is not None and METHODS.get(name_of(self.method))
        facts = reporting.Facts(
            name=self._name(),
            source=str(self.config["data"]["source"]),
            about=named.idea if named else "",
            paper=(str(named.paper), f"https://arxiv.org/abs/{named.paper.arxiv}") if named else None,
            state=state,
            state_words=words,
            step=step,
            total=self.total,
            rows=self._rows(entries, step),
            settings=recipe.settings,
            command=recipe.command,
            notes=[*notes, *recipe.notes, *remarks],
            previews=self._previews(steps),
            previews_in_all=len(steps),
            preview_words=self._preview_words(),
            entries=entries,
            figures=figures,
            shown=kept_pictures(self.directory),
            written=time.time(),
            version=VERSION,
        )
        return reporting.page(facts)

    def _name(self) -> str:
        return str(self.config["method"].get("class")).rpartition(":")[2]

    def _figures(self) -> tuple[list[Figure], list[str]]:
        """Those of card.json, or why there are none."""
        try:
            return read_card(self.directory).figures, []
        except UserError as error:
            return [], [f"The figures are left out: {error}."]

    def _previews(self, steps: Sequence[int]) -> dict[int, reporting.Picture]:
        """As many as there is room for, at even distances, with the last."""
        most = MOST
        while True:
            found = {step: self._picture(step) for step in evenly_spaced(steps, most)}
            there = {step: picture for step, picture in found.items() if picture}
            size = sum(len(picture.content) for picture in there.values())
            if size <= ROOM:
                self._read = {key: value for key, value in self._read.items() if value in there.values()}
                return there
            most = min(len(found) - 1, int(len(found) * ROOM / size)) or 1
            if len(found) == 1:
                return {}

    def _picture(self, step: int) -> reporting.Picture | None:
        path = self.directory / PREVIEWS / f"step-{step:06d}.png"
        key = path, path.stat().st_mtime_ns
        if key not in self._read:
            picture = rendered(path)
            if picture is None:
                return None
            self._read[key] = picture
        return self._read[key]

    def _preview_words(self) -> str:
        spec = self.config["spec"]
        if spec.get("other_shape"):
            return TRANSLATED if spec.get("aligned") else BOTH_WAYS
        return SAMPLES if len(self._shape) == 3 else POINTS

    @property
    def _shape(self) -> list[int]:
        """Of what it was trained on; nothing where config.json says nothing sensible."""
        shape = self.config["spec"].get("shape")
        return shape if isinstance(shape, list) and all(fits(side, int) for side in shape) else []

    def _rows(self, entries: Sequence[Mapping[str, Any]], step: int) -> dict[str, str]:
        config, data, shape = self.config, self.config["data"], self._shape
        kind = "{1}x{2}x{0} images".format(*shape) if len(shape) == 3 else f"vectors of {'x'.join(map(str, shape))}"
        rows = {
            "method": self._name(),
            "data": f"{data['source']}, {kind}{', mirrored at random' if data['flip'] else ''}",
        }
        if "pair" in data:
            rows["sides"] = f"{data['pair']}, {data['direction']}"
        seconds, before = 0.0, 0
        for entry in entries:
            if speed := entry.get("steps_per_second"):
                seconds += (entry["step"] - before) / speed
                before = entry["step"]
        rows["trained"] = f"{step:,} steps" + (f" in about {clock(seconds)}" if seconds else "")
        rows |= {"seed": str(config["seed"]), "precision": config["precision"]}
        rows |= {"EMA": f"decay {config['ema']:g}" if config["ema"] else "none"}
        if init := config.get("init", {}).get("run"):
            rows["started from"] = str(init)
        return rows | {"written by": f"gankit {config['gankit']}"}
