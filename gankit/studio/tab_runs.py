"""The Runs page: how all of them stand, two side by side, and trainings to start, stop and continue."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import gradio as gr

from gankit.methods import METHODS
from gankit.reporting.html import Html
from gankit.studio import markup
from gankit.studio.overview import Overview, pages
from gankit.studio.shelf import Shelf
from gankit.studio.sources import Sources
from gankit.studio.states import fields_of, link
from gankit.studio.trainings import Trainings
from gankit.studio.wiring import ADDRESS, CLICKS, QUIET, Dropdown, Said, in_one_line

SECONDS = 5.0
"""Between looks at the runs."""


class Runs:
    """The tab, its parts, and what they do."""

    def __init__(self, shelf: Shelf, sources: Sources) -> None:
        self.sources = sources
        self.trainings = Trainings(shelf, sources)
        self.overview = Overview(shelf, self.trainings)
        self.kept, self.seen = gr.State(""), gr.State("")
        self.notice = gr.HTML("", elem_classes="gk-notice")
        self.trouble = gr.HTML("", elem_classes="gk-notice")
        self.table = gr.HTML("", js_on_load=CLICKS)
        self.steps = gr.Number(5000, label="Continue to this step", precision=0)
        self.link = gr.HTML("", js_on_load=ADDRESS)
        self.shown = gr.HTML("")
        with gr.Accordion("Start a training", open=False):
            with gr.Row():
                self.name = gr.Textbox("", label="Name of the run", max_length=100)
                self.method = Dropdown(list(METHODS), value="dcgan", label="Method")
                self.data = Dropdown([], label="Data", allow_custom_value=True)
            with gr.Row():
                self.size = gr.Textbox("", label="Size (N or HEIGHTxWIDTH; empty: the data's own)", max_length=20)
                self.total = gr.Number(5000, label="Steps", precision=0)
                self.batch = gr.Number(None, label="Batch size (empty: the paper's)", precision=0)
            self.start = gr.Button("Start training", variant="primary")
        self.timer = gr.Timer(SECONDS)
        self._wire()

    @property
    def everything(self) -> list[Any]:
        return [self.table, self.seen, self.data, self.link, self.shown, self.kept]

    def show(self, query: dict[str, str]) -> list[Any]:
        """The page in the state of a link: which runs' pages are open."""
        names = [name for name in fields_of(query).get("shown", "").split("\n") if name][:2]
        table = self.overview.table()
        data = gr.update(choices=self.sources.names(), value="digits")
        return [table, _mark(table), data, *self._open(names)]

    def _open(self, names: list[str]) -> list[Any]:
        query = link(tab="runs", shown="\n".join(names))
        for name in names:
            self.overview.shelf.directory(name)
        figures = self.overview.figures(names) if len(names) == 2 else Html("")
        return [markup.address(query), markup.stacked(figures, pages(names)), "\n".join(names)]

    def _looked(self, seen: str) -> list[Any]:
        """The table, where it is another than what is seen: to write the same again would take the focus away."""
        table = self.overview.table()
        mark = _mark(table)
        return [gr.skip(), gr.skip()] if mark == seen else [table, mark]

    def _clicked(self, kept: str, steps: float, event: gr.EventData) -> list[Any]:
        said = Said(event)
        names = [name for name in kept.split("\n") if name]
        if said.action == "page":
            return ["", *self._open([said.of])]
        if said.action == "compare":
            return ["", *self._open([*[name for name in names if name != said.of][-1:], said.of])]
        words = self.trainings.stop(said.of) if said.action == "stop" else self.trainings.go_on(said.of, steps)
        return [markup.line(words), gr.skip(), gr.skip(), gr.skip()]

    def _started(self, name: str, method: str, source: str, size: str, steps: float, batch: float | None) -> list[Any]:
        words = self.trainings.start(name, method, source, size=size, steps=steps, batch_size=batch)
        return [markup.line(f"Started: {words}")]

    def _wire(self) -> None:
        self.timer.tick(in_one_line(2)(self._looked), self.seen, [self.trouble, self.table, self.seen], **QUIET)
        self.table.click(
            in_one_line(3, says=True)(self._clicked),
            [self.kept, self.steps],
            [self.notice, self.link, self.shown, self.kept],
            **QUIET,
        )
        self.start.click(
            in_one_line(0, says=True)(self._started),
            [self.name, self.method, self.data, self.size, self.total, self.batch],
            [self.notice],
            **QUIET,
        )


def _mark(table: Html) -> str:
    """What tells one table from another."""
    return sha256(table.encode()).hexdigest()
