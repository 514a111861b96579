"""The page in a browser: nothing asked of anybody, the slider, the curves' readings, a phone, and the next page.

Skipped where there is no Chromium or no playwright.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from gankit.reporting import page
from tests.browser import DESK, PHONE, browser, needs_chromium
from tests.reporting.material import entries, facts, png

playwright = pytest.importorskip("playwright.sync_api", reason="no playwright here")
pytestmark = needs_chromium


@dataclass
class Tab:
    """A page that is open, and what it did that it should not."""

    page: Any
    path: Path
    complaints: list[str] = field(default_factory=list)

    def watch(self) -> None:
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self._asked(request.url))

    def _asked(self, url: str) -> None:
        if not url.startswith(("data:", "about:")) and url != self.path.as_uri():
            self.complaints.append(f"asked for {url}")

    def open(self, **others: Any) -> None:
        self.path.write_text(page(facts(**others)))
        self.page.goto(self.path.as_uri())

    def until(self, expression: str) -> None:
        """Wait for JavaScript to be true of the page; the page itself lets nobody wait for a string of it."""
        for _ in range(100):
            with suppress(playwright.Error):  # the page is just being renewed
                if self.page.evaluate(expression):
                    return
            self.page.wait_for_timeout(50)
        raise AssertionError(expression)

    def shown(self) -> list[str]:
        """The steps whose samples are to be seen."""
        seen = "frames => frames.filter(frame => frame.offsetParent).map(frame => frame.dataset.step)"
        return self.page.locator("#viewer figure").evaluate_all(seen)


@pytest.fixture(scope="module")
def opened() -> Iterator[Tab]:
    with browser() as engine:
        tab = Tab(engine.new_page(), Path())
        tab.watch()
        yield tab


@pytest.fixture
def tab(opened: Tab, tmp_path: Path) -> Iterator[Tab]:
    """The tab on a desk, which is to end without complaints."""
    opened.page.set_viewport_size(DESK)
    opened.page.emulate_media(media="screen", color_scheme="light")
    opened.path = tmp_path / "report.html"
    yield opened
    complaints = [*opened.complaints]
    opened.page.goto("about:blank")  # so that none is renewed in the next test
    opened.complaints.clear()
    assert complaints == []


def test_the_slider_shows_the_samples_of_its_step(tab: Tab) -> None:
    tab.open()
    assert tab.shown() == ["800"]
    slider = tab.page.get_by_label("Training step")
    slider.press("ArrowLeft")
    assert tab.shown() == ["400"]
    assert slider.get_attribute("aria-valuetext") == tab.page.locator("#step-shown").inner_text() == "step 400"
    slider.press("Home")
    assert tab.shown() == ["100"]
    whole = "image => image.complete && image.naturalWidth"
    assert tab.page.locator("#viewer figure:not([hidden]) img").evaluate(whole) == 16


def test_the_samples_are_played_to_their_end(tab: Tab) -> None:
    tab.open()
    tab.page.get_by_role("button", name="Play").click()
    assert tab.shown() == ["100"]
    tab.until("document.getElementById('step').value === '3'")
    tab.page.get_by_role("button", name="Play").wait_for()


def test_curves_are_read_by_keys_and_by_pointer(tab: Tab) -> None:
    tab.open()
    plot = tab.page.get_by_role("group", name=re.compile("Discriminator's loss"))
    plot.press("Home")
    assert plot.get_by_role("status").inner_text() == "step 20: real 0.505, fake 0.6"
    plot.press("ArrowRight")
    assert plot.get_by_role("status").inner_text().startswith("step 40:")
    box = plot.locator("svg").bounding_box()
    tab.page.mouse.move(box["x"] + box["width"] - 10, box["y"] + box["height"] / 2)
    assert plot.get_by_role("status").inner_text() == "step 800: real 0.7, fake 0.6"
    tab.page.mouse.move(0, 0)
    assert plot.get_by_role("status").inner_text() == ""


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_a_phone_scrolls_in_one_direction(tab: Tab, colours: str) -> None:
    tab.page.set_viewport_size(PHONE)
    tab.page.emulate_media(color_scheme=colours)
    long = "gankit train dcgan --data " + "a" * 300
    tab.open(command=long, source="b" * 200, rows={"c" * 90: "d" * 90}, previews={1: png(side=900)}, previews_in_all=1)
    for details in tab.page.locator("summary").all():
        details.click()
    assert tab.page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    paper = tab.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, paper[4:-1].split(","))) < 200) == (colours == "dark")


def test_paper_shows_some_samples_and_no_controls(tab: Tab) -> None:
    tab.open()
    tab.page.emulate_media(media="print")
    assert tab.shown() == ["100", "200", "400", "800"]
    assert not tab.page.locator("#step").is_visible()


def test_a_command_is_copied(tab: Tab) -> None:
    tab.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab.open()
    button = tab.page.locator("#recipe").get_by_role("button", name="Copy the command")
    button.click()
    tab.until("document.querySelector('#recipe button').textContent === 'Copied'")
    assert tab.page.evaluate("navigator.clipboard.readText()") == "gankit train dcgan --data digits"


def test_a_running_page_is_renewed_where_the_reader_was_until_it_is_finished(tab: Tab) -> None:
    running: dict[str, Any] = {"state": "running", "total": 1600, "refresh": 0.5, "written": 4e9}
    seen = "[...document.querySelectorAll('#viewer figure')].filter(one => one.offsetParent)[0].dataset.step"
    tab.open(**running)
    tab.page.get_by_label("Training step").press("Home")
    tab.page.locator("#curves summary").first.click()
    tab.page.evaluate("scrollTo(0, 300)")
    previews = {step: png() for step in (100, 200, 400, 800, 900)}
    tab.path.write_text(page(facts(**running, previews=previews, entries=entries(900), step=900)))
    tab.page.get_by_text("step 900 of 1,600").wait_for()
    tab.until(f"{seen} === '100' && scrollY === 300 && document.querySelector('#curves details').open")
    tab.until("document.activeElement.matches('#curves summary')")
    tab.page.get_by_label("Training step").press("End")
    tab.path.write_text(page(facts(state="finished", state_words="finished", step=1600)))
    tab.page.get_by_text("finished", exact=True).wait_for()
    tab.until(f"{seen} === '800'")
    tab.path.write_text(page(facts(state_words="never seen")))
    tab.page.wait_for_timeout(700)
    assert "never seen" not in tab.page.inner_text("body")


def test_a_page_that_is_left_running_says_for_how_long_there_was_nothing_new(tab: Tab) -> None:
    tab.open(state="running", total=1600, written=1.0)
    assert "Nothing new for" in tab.page.locator("#silent").inner_text()
    tab.open(state="running", total=1600, written=4e9)
    assert not tab.page.locator("#silent").is_visible()


def test_what_a_hostile_run_calls_itself_runs_nothing(tab: Tab) -> None:
    name = "</script><script>document.title='caught'</script><img src=x onerror=\"document.title='caught'\">"
    tab.open(name=name, notes=[name], command=name, entries=[{"step": 1, name: 1.0}])
    assert tab.page.title() == f"{name} on digits"
    assert tab.page.locator("h1").inner_text() == f"{name} on digits"


def test_markup_that_got_in_all_the_same_would_be_refused(tab: Tab) -> None:
    tab.path.write_text(page(facts()).replace("</main>", "<script>document.title = 'caught'</script></main>"))
    tab.page.goto(tab.path.as_uri())
    assert tab.page.title() == "DCGAN on digits"
    assert "Content Security Policy" in tab.complaints.pop()
