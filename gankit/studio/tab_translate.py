"""The Translate page: a picture is dropped or drawn, and its translation stands beside it."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import gradio as gr

from gankit.base.errors import UserError
from gankit.pictures.notebook import png
from gankit.reporting.html import Html, data_url, tag
from gankit.studio import markup, translate
from gankit.studio.shelf import Opened, Shelf
from gankit.studio.states import fields_of, link
from gankit.studio.uploads import taken
from gankit.studio.wiring import ADDRESS, QUIET, SLOW, Dropdown, Said, in_one_line

CANVAS = (files("gankit.studio") / "canvas.js").read_text(encoding="utf-8")
REDRAWN = f"const start = () => {{ {CANVAS} }}; start(); watch('value', start);"
NOT_IN_IT = "(a picture that you drop or draw stays here: it is no part of the link)"
BRUSHES = (1, 2, 4, 8, 16, 32)


class Translate:
    """The tab, its parts, and what they do."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self.notice = gr.HTML("", elem_classes="gk-notice")
        with gr.Row():
            with gr.Column(scale=2, min_width=280):
                self.run = Dropdown([], label="Translator", interactive=True)
                self.backwards = gr.Checkbox(False, label="The other way", visible=False)
                self.picture = gr.Number(0, label="Picture of its data", precision=0)
                self.upload = gr.File(label="A picture to translate", file_types=["image"], height=120)
                self.link = gr.HTML("", js_on_load=ADDRESS)
            with gr.Column(scale=3, min_width=300, elem_classes="gk-seen"):
                self.canvas = gr.HTML("", js_on_load=REDRAWN)
                self.answer = gr.HTML("")
        self._wire()

    @property
    def everything(self) -> list[Any]:
        return [self.run, self.backwards, self.picture, self.canvas, self.link, self.answer]

    def show(self, query: str | Mapping[str, str]) -> list[Any]:
        """The page in the state of a link: which run, which way, and which picture of its data."""
        words = fields_of(query)
        names = self._translators()
        if not names:
            raise UserError("no run here translates pictures: 'gankit train pix2pix' makes one")
        name = words.get("run") or names[0]
        number = words.get("picture", "0")
        return self._page(name, words.get("backwards") == "yes", int(number) if number.isdecimal() else 0)

    def choices(self) -> Any:
        """The translators there are now."""
        return gr.update(choices=self._translators())

    def _translators(self) -> list[str]:
        found = []
        for name in self.shelf.names():
            try:
                if self.shelf.opened(name).run.spec.other_shape:
                    found.append(name)
            except UserError:  # one that can't be read; the Runs page says why
                continue
        return found

    def _page(self, name: str, backwards: bool, number: int) -> list[Any]:
        opened = self.shelf.opened(name)
        translate.refuse_generator(opened)
        both = translate.can_turn(opened)
        backwards = backwards and both
        try:
            picture = png(translate.own_picture(opened, number, backwards=backwards))
        except UserError as error:  # its data are not at hand: it can be drawn all the same
            picture, answer = b"", markup.line(str(error))
        else:
            with translate.as_file(picture) as path:
                answer = markup.shown(translate.translated(opened, path, backwards=backwards))
        query = link(tab="translate", run=name, backwards="yes" if backwards else "", picture=str(number))
        return [
            gr.update(choices=self._translators(), value=name),
            gr.update(value=backwards, visible=both),
            number,
            canvas(opened, picture, backwards=backwards),
            markup.address(query, NOT_IN_IT),
            answer,
        ]

    def _asked(self, name: str | None, backwards: bool, number: float | None) -> list[Any]:
        return self._page(name or "", backwards, int(number or 0))

    def _drawn(self, name: str | None, backwards: bool, event: gr.EventData) -> list[Any]:
        with translate.as_file(translate.sent_picture(Said(event).of)) as path:
            return [markup.shown(translate.translated(self.shelf.opened(name or ""), path, backwards=backwards))]

    def _uploaded(self, file: str | None, name: str | None, backwards: bool) -> list[Any]:
        with taken(file) as path:
            return [markup.shown(translate.translated(self.shelf.opened(name or ""), path, backwards=backwards))]

    def _wire(self) -> None:
        asked = in_one_line(len(self.everything))(self._asked)
        inputs, everything = [self.run, self.backwards, self.picture], [self.notice, *self.everything]
        for control in inputs:
            control.input(asked, inputs, everything, trigger_mode="always_last", **QUIET)
        answer = [self.notice, self.answer]
        self.canvas.click(in_one_line(1)(self._drawn), inputs[:2], answer, trigger_mode="always_last", **QUIET)
        self.upload.upload(in_one_line(1)(self._uploaded), [self.upload, *inputs[:2]], answer, **SLOW)


def canvas(opened: Opened, picture: bytes, *, backwards: bool) -> Html:
    """Where is drawn, with the colours of the run's data."""
    colours = translate.palette(opened, backwards=backwards)
    height, width = translate.painted_size(opened, backwards=backwards)
    buttons = [
        tag("button", "", type="button", data_colour=colour, aria_label=f"Colour {colour}", title=colour,
            style=f"background:{colour}", aria_pressed="true" if index == 0 else "false")
        for index, colour in enumerate(colours)
    ]  # fmt: skip
    options = [tag("option", f"{width_}", value=width_, selected=width_ == 4) for width_ in BRUSHES]
    return tag(
        "div",
        tag("div", *buttons, class_="gk-palette", role="group", aria_label="Colours"),
        tag(
            "canvas", width=width, height=height, tabindex=0, role="img",
            aria_label="Drawing: the pointer paints; the arrow keys paint too, and Enter translates",
            data_first=colours[0], data_ground=colours[0],
            data_picture=data_url("image/png", picture) if picture else None,
        ),
        tag(
            "div",
            tag("label", "Brush ", tag("select", *options, data_brush=True)),
            tag("button", "Translate the drawing", type="button", data_tool="send", class_="gk-button"),
            tag("button", "Clear", type="button", data_tool="clear", class_="gk-button"),
        ),
        class_="gk-canvas",
    )  # fmt: skip
