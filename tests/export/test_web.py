"""The page of an exported run: what is in it, and that it samples and translates in a browser without a network."""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from gankit.base.errors import UserError
from gankit.base.files import cache_root
from gankit.export import web
from tests.browser import PHONE, browser, needs_chromium
from tests.tiny import TinyRun, quiet


@pytest.fixture(scope="module")
def tab() -> Iterator[Any]:
    with browser() as opened:
        yield opened.new_page()


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> None:
    """onnxruntime-web in the cache, as the first page leaves it there."""
    try:
        web._runtime()
    except UserError as error:
        pytest.skip(str(error))


@needs_chromium
@pytest.mark.usefixtures("runtime")
@pytest.mark.long
@pytest.mark.parametrize("name", ["cgan", "points"])
def test_a_page_samples_without_a_network(name: str, tab: Any, tiny_run: TinyRun, tmp_path: Path) -> None:
    index = tiny_run(name).export("web", out=tmp_path / "page", say=quiet)
    complaints = opened(tab, index)
    expect(tab, r"(16|500) in \d+ ms")
    first = shown(tab)
    tab.click("#more")
    expect(tab, "", changed=first)
    assert tab.input_value("#seed") == "1"
    if name == "cgan":
        tab.select_option("#labels", label="3")
        tab.select_option("#count", "4")
        expect(tab, r"4 in \d+ ms")
    tab.set_viewport_size(PHONE)
    assert tab.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert complaints == []


@needs_chromium
@pytest.mark.long
@pytest.mark.usefixtures("runtime")
def test_a_page_translates_a_picture(tab: Any, tiny_run: TinyRun, tmp_path: Path) -> None:
    index = tiny_run("pix2pix").export("web", out=tmp_path / "page", say=quiet)
    complaints = opened(tab, index)
    expect(tab, "Choose a picture")
    Image.fromarray(np.arange(40 * 30, dtype=np.uint32).reshape(30, 40).astype(np.uint8)).save(tmp_path / "grey.png")
    tab.set_input_files("#file", tmp_path / "grey.png")
    expect(tab, r"40x30 in \d+ ms")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    tab.set_input_files("#file", tmp_path / "broken.png")
    expect(tab, "This did not work")
    assert complaints == []


def opened(tab: Any, index: Path) -> list[str]:
    """Open the page as a file; returns what it does that it should not, as that happens."""
    complaints: list[str] = []
    tab.on("console", lambda message: complaints.append(message.text))
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    allowed = ("file:", "blob:", "data:")
    tab.on("request", lambda request: None if request.url.startswith(allowed) else complaints.append(request.url))
    tab.goto(index.as_uri())
    return complaints


def expect(tab: Any, words: str, *, changed: str | None = None) -> None:
    if changed is None:
        tab.locator("#status", has_text=re.compile(words)).wait_for(timeout=60_000)
        return
    for _ in range(200):
        if shown(tab) != changed:
            return
        tab.wait_for_timeout(50)
    raise AssertionError("the picture stayed as it was")


def shown(tab: Any) -> str:
    return tab.evaluate("document.getElementById('picture').toDataURL()")


def archive(**files: bytes) -> bytes:
    made = BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, BytesIO(content))
    return made.getvalue()


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A runtime of a few bytes, in a cache of its own."""
    import hashlib

    content = archive(**{web.SCRIPT: b"script", web.BINARY: b"binary"})
    monkeypatch.setenv("GANKIT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(web, "SHA256", hashlib.sha256(content).hexdigest())
    path = cache_root() / "downloads" / web.URL.rpartition("/")[2]
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    return path


def test_names_in_the_card_can_not_leave_their_script(stand_in: Path, tmp_path: Path) -> None:
    web.write_page(tmp_path / "page", b"weights", {"title": "</script><script>alert(1)</script>"})
    assert "</script>" not in (tmp_path / "page" / "model.js").read_text()
    assert {path.name for path in (tmp_path / "page").iterdir()} == {
        "index.html",
        "page.css",
        "page.js",
        "runtime.js",
        "model.js",
    }


def test_a_folder_that_is_there_is_kept(stand_in: Path, tmp_path: Path) -> None:
    (tmp_path / "page").mkdir()
    (tmp_path / "page" / "mine.txt").write_text("kept")
    with pytest.raises(UserError, match="not empty"):
        web.write_page(tmp_path / "page", b"weights", {})


def test_a_damaged_runtime_is_one_line(stand_in: Path, tmp_path: Path) -> None:
    stand_in.write_bytes(b"something else")
    with pytest.raises(UserError, match="is damaged: fetch https"):
        web.write_page(tmp_path / "page", b"weights", {})


def test_a_runtime_that_can_not_be_fetched_is_one_line(
    stand_in: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in.unlink()
    monkeypatch.setattr(web, "URL", "http://127.0.0.1:9/onnxruntime-web.tgz")
    with pytest.raises(UserError, match="could not be fetched"):
        web.write_page(tmp_path / "page", b"weights", {})
    assert not (tmp_path / "page").exists()
