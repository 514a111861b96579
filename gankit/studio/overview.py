"""The runs as they stand: a table with their newest pictures, and two of them side by side."""

from __future__ import annotations

import time
from pathlib import Path
from threading import Lock
from urllib.parse import urlencode

from gankit.base.errors import UserError
from gankit.base.text import Rows
from gankit.reporting.html import Html, data_url, tag
from gankit.runs.compare import compare
from gankit.runs.directory import PREVIEWS
from gankit.runs.report_pictures import preview_steps, rendered
from gankit.runs.status import HEADER, Standing, status
from gankit.studio import markup
from gankit.studio.shelf import Shelf
from gankit.studio.trainings import Trainings

REPORT = "run-report"
"""Where a run's page is had, by its name in the query."""
FRESH = 2.0
"""Seconds for which all visitors are shown what one of them asked for."""


class Overview:
    """The table of a shelf's runs."""

    def __init__(self, shelf: Shelf, trainings: Trainings) -> None:
        self.shelf, self.trainings = shelf, trainings
        self._lock, self._made, self._markup = Lock(), float("-inf"), Html("")

    def table(self) -> Html:
        """The runs, with their newest sheet, step, speed, best score and verdict, and buttons for each."""
        with self._lock:
            if time.monotonic() - self._made > FRESH:
                self._markup = self._table()
                self._made = time.monotonic()
            return self._markup

    def _table(self) -> Html:
        begun = [
            tag("li", tag("b", name), f" is no run yet: {said or 'it is starting'}")
            for name, said in self.trainings.begun().items()
        ]
        starting = tag("ul", *begun, class_="gk-note", aria_label="Started here") if begun else None
        try:
            found = status(self.shelf.folder)
        except UserError as error:
            return markup.stacked(starting, tag("p", f"{error}; or start one below", class_="gk-note"))
        names = self.shelf.names()
        rows: list[list[str]] = [["run", *HEADER[1:]]]
        cells: list[list[Html]] = []
        for standing in found:
            name = self.shelf.name(standing.directory)
            if name in names:
                rows.append([name, *standing.row()[1:]])
                cells.append([_sheet(standing.directory, name), tag("span", *_buttons(name, standing))])
        return markup.stacked(starting, markup.table(rows, "Runs", cells))

    def figures(self, names: list[str]) -> Html:
        """The figures of runs, as far as they can stand beside each other."""
        try:
            found = compare([self.shelf.directory(name) for name in names])
        except UserError as error:
            return markup.line(str(error))
        rows: Rows = found.table()
        return markup.stacked(markup.table(rows, "Figures"), *(markup.line(why) for why in found.refused))


def pages(names: list[str]) -> Html:
    """The pages of runs, side by side: they renew themselves while the runs go on."""
    frames = (
        tag("iframe", src=f"{REPORT}?{urlencode({'run': name})}", title=f"The page of {name}", loading="lazy")
        for name in names
    )
    return tag("div", *frames, class_="gk-pages")


def _sheet(directory: Path, name: str) -> Html:
    """The newest preview, small."""
    for step in preview_steps(directory)[-1:]:
        if found := rendered(directory / PREVIEWS / f"step-{step:06d}.png"):
            alt = f"What {name} made at step {step:,}"
            return tag("img", src=data_url(found.media, found.content), alt=alt, class_="gk-thumbnail")
    return tag("span", "no preview yet", class_="gk-note")


def _buttons(name: str, standing: Standing) -> list[Html]:
    if standing.trouble:
        return []
    ends = markup.button("Stop", "stop", name, f"Stop {name}") if standing.training else None
    ends = ends or markup.button("Continue", "continue", name, f"Continue {name}")
    return [
        markup.button("Page", "page", name, f"Show the page of {name}"),
        markup.button("Compare", "compare", name, f"Compare {name} with what is shown"),
        ends,
    ]
