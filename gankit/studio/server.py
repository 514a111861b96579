"""The studio as a program: an address, a server that answers there, and what is put away at the end."""

from __future__ import annotations

import asyncio
import os
import socket
import tempfile
import threading
import webbrowser
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

from gankit.base.errors import UserError, warn
from gankit.base.extras import how_to_install
from gankit.reporting.html import tag
from gankit.runs.report import report_text
from gankit.studio.door import HERE, Door
from gankit.studio.overview import REPORT
from gankit.studio.shelf import Shelf
from gankit.studio.uploads import MOST
from gankit.training.memory import give_back_freed_memory, share_heaps

PORT = 7860
NO_ACCOUNTS = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_ANALYTICS_MAX_EVENTS": "1",
    "GRADIO_ANALYTICS_CACHE_FREQUENCY": str(2**62),
}
"""gradio tells nobody what is done here, and makes no table (by pandas, at every event, with a warning each) of the
last ten thousand events."""
HEAPS, SWEPT = 2, 30.0
"""Heaps that all threads share, and seconds between two looks for what can be given back of them."""
Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a studio shows, and to whom."""

    runs: Path
    """The folder that the runs are under, or one run."""
    data: tuple[Path, ...] = ()
    """Folders whose pictures may be looked at and trained on."""
    port: int = PORT
    """0 takes any that is free."""
    listen: bool = False
    """Answer other machines, too."""
    trust: bool = False
    """Run the method.py of runs that were not made here."""
    only_play: bool = False
    """One run's page and nothing else, for everybody, as a Space shows it."""


def need_gradio() -> None:
    """Raise `UserError` where the extra is missing."""
    if find_spec("gradio") is None:
        raise UserError(f"the studio needs gradio: {how_to_install('studio')}")


def studio(settings: Settings, *, browser: bool = True, say: Say = warn) -> None:
    """Serve until Ctrl-C. Raises `UserError` for a port that is taken, a folder that is not there, or no gradio."""
    with serving(settings, say=say) as served:
        say(f"studio       {served.address}")
        if browser and not _open(served.address):
            say("             no browser was found: open that address in one")
        served.wait()


@dataclass(frozen=True)
class Served:
    """A studio that answers."""

    address: str
    """With the token."""
    wait: Callable[[], None]


@contextmanager
def serving(settings: Settings, *, say: Say = warn) -> Iterator[Served]:
    """A studio for as long as this lasts."""
    need_gradio()
    if not settings.runs.is_dir():
        raise UserError(f"there is no folder {settings.runs}: make it, or name the one that the runs are in")
    for folder in settings.data:
        if not folder.is_dir():
            raise UserError(f"there is no folder {folder}")
    token = None if settings.only_play else token_urlsafe(16)
    everywhere = settings.listen or settings.only_play
    with _bound("0.0.0.0" if everywhere else "127.0.0.1", settings.port) as door, _own_folder():
        port = door.getsockname()[1]
        if settings.listen:
            say(
                "             other machines can reach it: who has the address can train, and read what the given "
                "folders hold; it is not encrypted"
            )
        app = Door(_built(settings), token=token, hosts=None if everywhere else HERE, port=port)
        address = f"http://{_own_name() if settings.listen else '127.0.0.1'}:{port}/"
        with _running(app, door) as wait:
            yield Served(address + (f"?token={token}" if token else ""), wait)


def _built(settings: Settings) -> Any:
    """The application. gradio wants an event loop while it is put together: one of its own, which is closed again."""

    async def build() -> Any:
        return _app(settings)

    with ThreadPoolExecutor(1) as worker:
        return worker.submit(lambda: asyncio.run(build())).result()


def _app(settings: Settings) -> Any:
    os.environ.update(NO_ACCOUNTS)
    import fastapi
    import gradio as gr

    from gankit.studio.page import HEAD, STYLE, page, theme
    from gankit.studio.wiring import words_of

    app = fastapi.FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    shelf = Shelf(settings.runs, trust=settings.trust)

    @app.get(f"/{REPORT}")
    def run_report(run: str = "") -> fastapi.responses.HTMLResponse:
        try:
            return fastapi.responses.HTMLResponse(report_text(shelf.directory(run), trust=settings.trust))
        except Exception as error:
            return fastapi.responses.HTMLResponse(tag("p", words_of(error), role="alert"), status_code=404)

    return gr.mount_gradio_app(
        app,
        page(settings, shelf),
        path="/",
        footer_links=[],
        run_history=False,
        max_file_size=MOST,
        show_error=False,
        ssr_mode=False,
        enable_monitoring=False,
        mcp_server=False,
        pwa=False,
        theme=theme(),
        css=STYLE,
        head=HEAD,
    )


@contextmanager
def _running(app: Any, door: socket.socket) -> Iterator[Callable[[], None]]:
    """`app` answered in a thread of its own, until this ends."""
    import uvicorn

    config = uvicorn.Config(
        app, log_level="critical", access_log=False, server_header=False, timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
    gone = threading.Event()
    share_heaps(HEAPS)
    thread.start()
    threading.Thread(target=_sweep, args=(gone,), daemon=True).start()

    def wait() -> None:
        while thread.is_alive():
            thread.join(0.5)

    try:
        while not server.started and thread.is_alive():
            thread.join(0.02)
        yield wait
    finally:
        gone.set()
        server.should_exit = True
        thread.join(5)


def _sweep(gone: threading.Event) -> None:
    """Keep the process as small as what it shows: a visitor's largest picture took more than is needed afterwards."""
    while not gone.wait(SWEPT):
        give_back_freed_memory()


@contextmanager
def _bound(host: str, port: int) -> Iterator[socket.socket]:
    with socket.socket() as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((host, port))
        except (OSError, OverflowError) as error:
            why = getattr(error, "strerror", None) or "there is no such port"
            raise UserError(f"port {port} can't be had ({why.lower()}): take another --port, or 0 for any") from None
        yield door


@contextmanager
def _own_folder() -> Iterator[None]:
    """A folder for uploads that nobody else reads, and that is gone afterwards."""
    before = os.environ.get("GRADIO_TEMP_DIR")
    with tempfile.TemporaryDirectory(prefix="gankit-studio-", ignore_cleanup_errors=True) as folder:
        os.environ["GRADIO_TEMP_DIR"] = folder
        try:
            yield
        finally:
            if before is None:
                del os.environ["GRADIO_TEMP_DIR"]
            else:
                os.environ["GRADIO_TEMP_DIR"] = before


def _own_name() -> str:
    return socket.gethostname()


def _open(address: str) -> bool:
    try:
        return webbrowser.open(address)
    except webbrowser.Error:
        return False
