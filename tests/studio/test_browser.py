"""The studio in a browser, as a visitor has it: every tab, keys alone, a phone, two visitors, and what is refused.

Skipped where there is no Chromium, no playwright or no gradio.
"""

from __future__ import annotations

import re
import shutil
import zipfile
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from PIL import Image

import gankit
from gankit.commands.main import main
from gankit.studio import overview, server, tab_runs
from gankit.studio.server import Settings, serving
from tests.browser import DESK, PHONE, browser, needs_chromium

pytest.importorskip("playwright.sync_api", reason="no playwright here")
pytest.importorskip("gradio", reason="no gradio here")
pytestmark = [needs_chromium, pytest.mark.long]
SECONDS = 20_000
"""Milliseconds, rather, that anything may take on a busy machine."""


@dataclass
class Studio:
    """One that answers, and a browser that looks at it."""

    address: str
    runs: Path
    data: Path
    browser: Any
    home: Any
    """A visitor's profile, which keeps the page's scripts: most of the time that a page takes is theirs."""
    complaints: list[str] = field(default_factory=list)

    def visit(self, query: str = "", size: dict[str, int] = DESK, *, elsewhere: bool = False) -> Any:
        """A page of its own; `elsewhere` in the browser of somebody who was never here."""
        page = (self.browser.new_context() if elsewhere else self.home).new_page()
        page.set_viewport_size(size)
        page.set_default_timeout(SECONDS)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self._asked(request.url))
        page.goto(self.address + (f"&{query}" if query else ""))
        return page

    def _asked(self, url: str) -> None:
        if not url.startswith((self.address.partition("?")[0], "data:", "blob:", "about:")):
            self.complaints.append(f"asked for {url}")


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory, tiny_run: Callable[[str], gankit.Run]) -> Iterator[Studio]:
    folder = tmp_path_factory.mktemp("studio")
    runs, data = folder / "runs", folder / "pictures"
    for name in ("dcgan", "pix2pix"):
        shutil.copytree(tiny_run(name).directory, runs / name)
    data.mkdir()
    for index in range(8):
        Image.new("RGB", (16, 16), (index * 30, 80, 120)).save(data / f"{index}.png")
    with (
        pytest.MonkeyPatch.context() as patch,
        browser() as engine,
    ):
        patch.setattr(tab_runs, "SECONDS", 1.0)
        patch.setattr(overview, "FRESH", 0.2)
        with serving(Settings(runs=runs, data=(data,), port=0), say=lambda line: None) as served:
            found = Studio(served.address, runs, data, engine, engine.new_context())
            yield found
            assert not found.complaints


@pytest.fixture(autouse=True)
def _leave(studio: Studio) -> Iterator[None]:
    """Pages are closed after their test: every one that is open asks for the runs again and again."""
    yield
    for page in [page for context in studio.browser.contexts for page in context.pages]:
        page.close()


def test_sliders_move_the_sample_and_the_link(studio: Studio) -> None:
    page = studio.visit("tab=play&run=dcgan&at=3")
    page.get_by_alt_text("seed 3").wait_for()
    page.wait_for_function("document.querySelector('[aria-label=\"number input for Seed\"]').value === '3'")
    seed = page.get_by_label("range slider for Seed")
    seed.focus()
    page.keyboard.press("ArrowRight")
    page.get_by_alt_text("seed 4").wait_for()
    page.wait_for_url("**at=4")
    assert "token" not in page.url
    page.get_by_label("range slider for PCA 0").focus()
    page.keyboard.press("End")
    page.wait_for_url("**pca-0%3A5")
    same = studio.visit(page.url.partition("?")[2])
    same.get_by_alt_text("seed 4, changed").wait_for()
    assert _shown(same) == _shown(page)
    page.get_by_role("button", name="Reset changes").click()
    page.wait_for_url("**at=4")


def test_what_is_downloaded_holds_the_command_that_makes_it(studio: Studio, tmp_path: Path) -> None:
    page = studio.visit("tab=play&run=dcgan&at=5")
    page.get_by_alt_text("seed 5").wait_for()
    with page.expect_download() as got:
        page.get_by_role("link", name="Download with its command").first.click()
    with zipfile.ZipFile(got.value.path()) as archive:
        command = archive.read("command.txt").decode().split()
        picture = next(name for name in archive.namelist() if name.endswith(".png"))
        kept = Image.open(BytesIO(archive.read(picture)))
    assert command[:2] == ["gankit", "sample"]
    out = tmp_path / "again.png"
    assert main([*command[1 : command.index("--out")], "--out", str(out)]) == 0
    assert Image.open(out).tobytes() == kept.tobytes()


def test_pins_are_walked_between_and_added_up(studio: Studio) -> None:
    page = studio.visit("tab=play&run=dcgan")
    page.get_by_alt_text("seed 0").wait_for()
    for place in range(6):
        page.get_by_role("button", name="Pin this sample").click()
        page.get_by_alt_text(f"Pinned {place + 1}: seed {place}").wait_for()
        page.get_by_role("button", name=f"seed {place + 1}", exact=True).click()
        page.get_by_alt_text(f"A sample of dcgan, seed {place + 1}").wait_for()
    page.get_by_role("button", name="Walk between pins").click()
    page.get_by_alt_text("A walk of dcgan").last.wait_for()
    for place in range(6):
        sign = "+" if place < 3 else "-"
        page.get_by_role("button", name=f"{sign} pinned {place + 1}: seed {place}").click()
        page.get_by_role("button", name=f"{sign} pinned {place + 1}: seed {place}", pressed=True).wait_for()
    page.get_by_role("button", name="Add up").click()
    page.get_by_alt_text("Arithmetic on latents").wait_for()
    assert "explore arithmetic" in page.locator(".gk-command").last.inner_text()
    page.get_by_role("button", name="Remove pinned 1").click()
    page.get_by_alt_text("Pinned 1: seed 1").wait_for()


def test_the_discriminator_is_asked_by_a_click_or_a_key(studio: Studio) -> None:
    page = studio.visit("tab=play&run=dcgan")
    page.locator(".gk-image").focus()
    page.keyboard.press("Enter")
    page.get_by_text(re.compile(r"Row \d+, column \d+")).wait_for()
    page.get_by_text("The discriminator's score").wait_for()
    page.get_by_role("button", name="Nearest training images").click()
    page.get_by_text("of the distance of others like it").wait_for()


def test_an_uploaded_picture_is_found_and_a_broken_one_is_a_line(studio: Studio, tmp_path: Path) -> None:
    page = studio.visit("tab=play&run=dcgan")
    page.get_by_alt_text("seed 0").wait_for()
    page.get_by_role("button", name="Start from a picture of yours").click()
    broken, fine = tmp_path / "broken.png", tmp_path / "fine.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\nnot a picture")
    Image.new("L", (20, 20), 200).save(fine)
    page.locator("input[type=file]").first.set_input_files(broken)
    page.get_by_role("alert").filter(has_text="cannot read the picture").wait_for()
    assert "Traceback" not in page.content()
    page.get_by_label("Clear").or_(page.get_by_label("Remove")).first.click()
    page.locator("input[type=file]").first.set_input_files(fine)
    page.get_by_text("Found with an error of").wait_for()
    page.wait_for_url("**at=z*")


def test_pictures_are_translated_that_are_drawn_or_dropped(studio: Studio, tmp_path: Path) -> None:
    page = studio.visit("tab=translate&run=pix2pix&picture=2")
    alt = "The picture that was given, and what the translator makes of it"
    page.get_by_alt_text(alt).wait_for()
    page.get_by_text("it is no part of the link").wait_for()
    before = _source(page, alt)
    canvas = page.locator("canvas")
    box = canvas.bounding_box()
    page.get_by_role("group", name="Colours").get_by_role("button").last.click()
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 120, steps=4)
    page.mouse.up()
    page.wait_for_function("before => document.querySelectorAll('.gk-drawing img')[0]?.src !== before", arg=before)
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no picture")
    page.locator("input[type=file]:visible, input[type=file]").last.set_input_files(broken)
    page.get_by_role("alert").filter(has_text="no picture that can be read").wait_for()


def test_runs_are_compared_and_trained(studio: Studio) -> None:
    page = studio.visit("tab=runs")
    page.get_by_role("button", name="Show the page of dcgan").click()
    page.frame_locator("iframe").get_by_role("heading", level=1).wait_for()
    page.get_by_role("button", name="Compare pix2pix").click()
    page.locator("iframe").nth(1).wait_for()
    page.get_by_role("button", name="Start a training").click()
    page.get_by_label("Name of the run").fill("../out")
    page.get_by_role("button", name="Start training").click()
    page.get_by_role("alert").filter(has_text="a run's name is letters").wait_for()
    page.get_by_label("Name of the run").fill("mine")
    page.get_by_label("Steps", exact=True).fill("100000")
    page.get_by_label("Batch size").fill("4")
    page.get_by_role("button", name="Start training").click()
    page.get_by_text("Started: gankit train dcgan").wait_for()
    stop = page.get_by_role("button", name="Stop mine")
    stop.wait_for(timeout=60_000)
    stop.click()
    page.get_by_text("writes a checkpoint and stops").wait_for()
    page.get_by_role("button", name="Continue mine").wait_for(timeout=60_000)


def test_data_are_looked_at_within_the_given_folders_alone(studio: Studio) -> None:
    page = studio.visit(f"tab=data&source={studio.data}")
    page.get_by_text("8 images").wait_for()
    page.get_by_alt_text("evenly from all of it").wait_for()
    page.get_by_label("A set, or a folder").fill(f"{studio.data}/../../../../etc")
    page.get_by_role("button", name="Look at it").click()
    page.get_by_role("alert").filter(has_text="in no folder that this studio was given").wait_for()
    page = studio.visit("tab=play&run=../../etc")
    page.get_by_role("alert").filter(has_text="no run").wait_for()


def test_two_visitors_do_not_disturb_each_other(studio: Studio) -> None:
    one, other = studio.visit("tab=play&run=dcgan&at=1"), studio.visit("tab=play&run=dcgan&at=7", elsewhere=True)
    one.get_by_alt_text("seed 1").wait_for()
    other.get_by_alt_text("seed 7").wait_for()
    one.get_by_role("button", name="Pin this sample").click()
    one.get_by_alt_text("Pinned 1: seed 1").wait_for()
    other.get_by_role("button", name="Pin this sample").click()
    other.get_by_alt_text("Pinned 1: seed 7").wait_for()
    assert one.locator(".gk-pins li").count() == other.locator(".gk-pins li").count() == 1


def test_a_phone_shows_all_of_it_without_scrolling_sideways(studio: Studio) -> None:
    page = studio.visit("tab=play&run=dcgan", PHONE)
    page.get_by_alt_text("seed 0").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_nothing_was_written_beside_our_own_files(studio: Studio) -> None:
    assert not list(Path(server.__file__).parent.glob("*.pyi"))


def test_nobody_comes_in_without_the_token(studio: Studio) -> None:
    bare = studio.address.partition("?")[0]
    for path in ("", "config", "gradio_api/info", "run-report?run=dcgan", "?token=wrong"):
        assert _status(bare + path) == 403, path
    assert _status(studio.address, Host="studio.example") == 403


def test_no_file_of_the_machine_can_be_named(studio: Studio) -> None:
    bare, token = studio.address.split("?token=")
    cookie = {"Cookie": f"gankit-{bare.split(':')[2].strip('/')}={token}"}
    assert _status(bare, **cookie) == 200
    own = studio.runs / "dcgan" / "config.json"
    for path in ("/etc/passwd", str(own), "../../etc/passwd", str(studio.data / "0.png")):
        assert _status(f"{bare}gradio_api/file={path}", **cookie) in (403, 404), path
    for path in ("gradio_api/proxy=http://127.0.0.1:1/", "run-report?run=../..", "docs", "openapi.json"):
        assert _status(bare + path, **cookie) == 404, path


def _status(url: str, **headers: str) -> int:
    try:
        with urlopen(Request(url, headers=headers)) as answer:
            return answer.status
    except HTTPError as error:
        return error.code


def _shown(page: Any) -> bytes:
    return b64decode(page.locator(".gk-image img").get_attribute("src").partition(",")[2])


def _source(page: Any, alt: str) -> str:
    return page.get_by_alt_text(alt).get_attribute("src")
