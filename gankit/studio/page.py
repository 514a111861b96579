"""The page: its tabs, and what a link opens."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import gradio as gr

from gankit.studio.server import Settings
from gankit.studio.shelf import Shelf
from gankit.studio.tab_play import Play
from gankit.studio.wiring import QUIET, in_one_line

STYLE = (files("gankit.studio") / "studio.css").read_text(encoding="utf-8")
HEAD = '<meta name="viewport" content="width=device-width, initial-scale=1">'
FONTS = ["system-ui", "sans-serif"], ["ui-monospace", "monospace"]


def theme() -> Any:
    """Fonts of the visitor's own system: nothing is fetched from elsewhere."""
    return gr.themes.Base(font=FONTS[0], font_mono=FONTS[1])


def page(settings: Settings) -> gr.Blocks:
    """All of it."""
    shelf = Shelf(settings.runs, trust=settings.trust)
    with gr.Blocks(title="gankit studio", analytics_enabled=False, delete_cache=(300, 300)) as blocks:
        gr.Markdown("# gankit studio")
        with gr.Tabs() as tabs, gr.Tab("Play", id="play"):
            play = Play(shelf)
        opened = in_one_line(len(play.everything))(lambda request: play.show(_query(request)))

        def load(request: gr.Request) -> list[Any]:
            return opened(request)

        blocks.load(load, None, [play.notice, *play.everything], **QUIET)
    return blocks


def _query(request: gr.Request) -> dict[str, str]:
    return dict(request.query_params)
