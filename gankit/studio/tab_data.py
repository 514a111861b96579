"""The Data page: what would be trained on, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gradio as gr

from gankit.reporting.html import tag
from gankit.studio import markup
from gankit.studio.sources import Sources
from gankit.studio.states import fields_of, link
from gankit.studio.wiring import ADDRESS, SLOW, Dropdown, in_one_line


class Data:
    """The tab, its parts, and what they do."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self.notice = gr.HTML("", elem_classes="gk-notice")
        with gr.Row():
            self.source = Dropdown([], label="A set, or a folder within those given", allow_custom_value=True)
            self.size = gr.Textbox("", label="Size (N or HEIGHTxWIDTH; empty: the data's own)", max_length=20)
        self.look = gr.Button("Look at it")
        self.link = gr.HTML("", js_on_load=ADDRESS)
        self.answer = gr.HTML("")
        wanted, found = [self.source, self.size], [self.notice, self.link, self.answer]
        asked = in_one_line(2)(self._asked)
        self.look.click(asked, wanted, found, **SLOW)
        self.size.submit(asked, wanted, found, **SLOW)

    @property
    def everything(self) -> list[Any]:
        return [self.source, self.size, self.link, self.answer]

    def show(self, query: str | Mapping[str, str]) -> list[Any]:
        """The page in the state of a link: what is looked at, in which size."""
        words = fields_of(query)
        source, size = words.get("source", ""), words.get("size", "")
        answer = self._asked(source, size) if source else ["", ""]
        return [gr.update(choices=self.sources.names(), value=source or "digits"), size, *answer]

    def _asked(self, source: str | None, size: str | None) -> list[Any]:
        lines, sheet = self.sources.described(source or "", size or "")
        query = link(tab="data", source=source or "", size=size or "")
        text = tag("pre", "\n".join(lines), tabindex=0, aria_label="What the data are", class_="gk-lines")
        return [markup.address(query), markup.stacked(text, markup.shown(sheet))]
