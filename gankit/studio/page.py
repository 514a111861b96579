"""The page: its tabs, and what a link opens."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from typing import Any

import gradio as gr

from gankit.studio.server import Settings
from gankit.studio.shelf import Shelf
from gankit.studio.sources import Sources
from gankit.studio.states import TABS
from gankit.studio.tab_data import Data
from gankit.studio.tab_play import Play
from gankit.studio.tab_runs import Runs
from gankit.studio.tab_translate import Translate
from gankit.studio.wiring import QUIET, in_one_line

STYLE = (files("gankit.studio") / "studio.css").read_text(encoding="utf-8")
HEAD = '<meta name="viewport" content="width=device-width, initial-scale=1">'
SEEN = """() => setTimeout(() => {
  for (const field of document.querySelectorAll('[data-query]'))
    if (field.offsetParent) history.replaceState(null, '', '?' + field.dataset.query);
}, 200)"""
"""Makes what an opened tab shows the page's address."""
FONT, MONO = ["system-ui", "sans-serif"], ["ui-monospace", "monospace"]


def theme() -> Any:
    """Fonts of the visitor's own system: nothing is fetched from elsewhere."""
    return gr.themes.Base(font=FONT, font_mono=MONO)


def page(settings: Settings, shelf: Shelf) -> gr.Blocks:
    """All of it; of a Space, the page that suits its run."""
    sources = Sources(settings.data)
    makers: dict[str, Callable[[], Any]] = {
        "runs": lambda: Runs(shelf, sources),
        "play": lambda: Play(shelf),
        "translate": lambda: Translate(shelf),
        "data": lambda: Data(sources),
    }
    shown: list[str] = list(TABS)
    if settings.only_play:
        (name,) = shelf.names()
        shown = ["translate" if shelf.opened(name).run.spec.other_shape else "play"]
    with gr.Blocks(title="gankit studio", analytics_enabled=False, delete_cache=(300, 300)) as blocks:
        gr.Markdown("# gankit studio")
        with gr.Tabs() as tabs:
            for name in shown:
                with gr.Tab(name.capitalize(), id=name) as tab:
                    made = makers[name]()
                filling = _filled(made, name, shown)
                outputs = [made.notice, *made.everything]
                blocks.load(filling, None, outputs, **QUIET)
                if name in ("play", "translate"):
                    tab.select(made.choices, None, made.run, **QUIET)
                tab.select(None, None, None, js=SEEN)
        blocks.load(_chosen(shown), None, tabs, **QUIET)
    return blocks


def _chosen(shown: list[str]) -> Callable[..., Any]:
    """Which tab a link opens."""

    def chosen(request: gr.Request) -> Any:
        asked = request.query_params.get("tab", "")
        return gr.Tabs(selected=asked if asked in shown else shown[0])

    return chosen


def _filled(tab: Any, name: str, shown: list[str]) -> Callable[..., list[Any]]:
    """Fill a tab with what the link says, where the link is to it, and else as it begins."""
    guarded = in_one_line(len(tab.everything))(tab.show)

    def filled(request: gr.Request) -> list[Any]:
        query = dict(request.query_params)
        is_meant = query.pop("tab", shown[0]) == name
        return guarded(query if is_meant else {})

    return filled
