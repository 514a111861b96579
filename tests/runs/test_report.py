"""A run's page: what it shows, and what becomes of names that are HTML."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

from gankit.runs.report import curves, write_page
from tests.tiny import TinyRun


class Seen(HTMLParser):
    """The tags of a page that are open or closed in turn, its pictures and its words."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.images: list[str] = []
        self.words = ""
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            self.images.append(dict(attrs)["src"] or "")
        elif tag not in ("meta", "polyline"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag != "polyline":
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


def test_a_run_s_page_shows_its_previews_newest_first(tiny_run: TinyRun) -> None:
    run = tiny_run("dcgan")
    page = Seen((run.directory / "report.html").read_text())
    assert page.open == []
    assert page.images == ["previews/step-000006.png", "previews/step-000003.png"]
    assert all((run.directory / name).is_file() for name in page.images)
    assert "DCGAN on digits" in page.words
    assert "discriminator/real" in page.words


def test_a_name_with_html_in_it_is_shown_as_it_is(tmp_path: Path) -> None:
    config = {"method": {"class": "m:<b>"}, "data": {"source": "<script>&"}, "seed": 0, "precision": "fp32"}
    (tmp_path / "config.json").write_text(json.dumps(config))
    page = Seen(write_page(tmp_path).read_text())
    assert "<b> on <script>&" in page.words
    assert "None are logged yet." in page.words
    assert page.images == []


def test_curves_span_the_picture() -> None:
    drawn = curves([{"step": 50, "generator/loss": 1.0, "steps_per_second": 9.0}, {"step": 100, "generator/loss": 3.0}])
    assert '"500.0,100.00 1000.0,0.00"' in drawn
    assert "steps_per_second" not in drawn
