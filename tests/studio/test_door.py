"""Who comes in, and what becomes of a port, a folder or an extra that is not to be had."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Any

import pytest

from gankit.commands.main import main
from gankit.studio import server
from gankit.studio.door import BODY, HERE, Door
from gankit.studio.server import Settings, serving, studio

TOKEN = "a-token"


ASKED: list[dict[str, str]] = []
"""The headers of every request that was let in."""


async def _inside(scope: Any, receive: Any, send: Any) -> None:
    ASKED.append({name.decode(): value.decode() for name, value in scope["headers"]})
    body = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            break
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(len(body)).encode()})


def ask(
    path: str = "/", query: str = "", *, method: str = "GET", body: tuple[bytes, ...] = (b"",), **headers: Any
) -> tuple[int, dict[str, str], str]:
    """Status, headers and body of the answer."""
    sent: list[Any] = []
    parts = [{"type": "http.request", "body": part, "more_body": True} for part in body]
    parts[-1]["more_body"] = False

    async def receive() -> Any:
        return parts.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    given = {"host": "127.0.0.1:7860", **{name.replace("_", "-"): value for name, value in headers.items()}}
    scope = {
        "type": "http",
        "path": path,
        "method": method,
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in given.items()],
    }
    asyncio.run(Door(_inside, token=TOKEN, hosts=HERE, port=7860)(scope, receive, send))
    answer = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], answer, sent[1]["body"].decode()


COOKIE: dict[str, Any] = {"cookie": f"gankit-7860={TOKEN}"}


def test_the_token_becomes_a_cookie_and_leaves_the_address() -> None:
    status, headers, _ = ask("/", f"token={TOKEN}&tab=play&at=3")
    assert (status, headers["location"]) == (303, "/?tab=play&at=3")
    assert headers["set-cookie"] == f"gankit-7860={TOKEN}; HttpOnly; SameSite=Lax; Path=/"
    status, headers, _ = ask("/", **COOKIE)
    assert status == 200
    assert "default-src 'self'" in headers["content-security-policy"]
    assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("status", "asked"),
    [
        (403, {}),
        (403, {"query": "token=another"}),
        (403, {"query": "token="}),
        (403, {"cookie": "gankit-7861=" + TOKEN}),
        (403, {"cookie": "gankit-7860=wrong"}),
        (403, {**COOKIE, "host": "studio.example:7860"}),
        (403, {**COOKIE, "method": "POST", "origin": "http://elsewhere.example"}),
        (403, {**COOKIE, "method": "POST", "origin": "null"}),
        (404, {**COOKIE, "path": "/gradio_api/proxy=http://elsewhere.example/"}),
        (413, {**COOKIE, "method": "POST", "content-length": str(BODY + 1)}),
        (413, {**COOKIE, "method": "POST", "content-length": "many"}),
        (200, {**COOKIE, "method": "POST", "origin": "http://127.0.0.1:7860"}),
        (200, {**COOKIE, "host": "localhost:7860"}),
    ],
)
def test_others_are_refused_in_a_line(status: int, asked: dict[str, Any]) -> None:
    found, _, words = ask(**asked)
    assert found == status
    assert words.count("\n") <= 1


def test_a_body_without_a_length_ends_where_it_grows_too_long() -> None:
    part = b"x" * (BODY // 2)
    assert int(ask(method="POST", body=(part, part, part, part), **COOKIE)[2]) <= BODY


def test_scripts_are_kept_by_the_browser_and_pages_are_not() -> None:
    assert "immutable" in ask("/assets/index-DphvyggB.js", **COOKIE)[1]["cache-control"]
    assert "cache-control" not in ask("/", **COOKIE)[1]


def test_nothing_is_compressed_for_the_machine_it_is_on() -> None:
    ask("/", **COOKIE, accept_encoding="gzip, br")
    assert "accept-encoding" not in ASKED[-1]


def test_a_port_that_is_taken_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("gradio", reason="no gradio here")
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        assert main(["studio", str(tmp_path), "--port", port, "--no-browser"]) == 2
    assert f"port {port} can't be had" in capsys.readouterr().err


@pytest.mark.parametrize("port", ["-1", "65536", "99999"])
def test_a_port_that_is_none_is_one_line(port: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["studio", str(tmp_path), "--port", port, "--no-browser"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("arguments", [["nowhere"], [".", "--data", "nowhere"]])
def test_a_folder_that_is_not_there_is_one_line(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["studio", *arguments, "--no-browser"]) == 2
    assert "there is no folder nowhere" in capsys.readouterr().err


def test_the_extra_that_is_missing_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(server, "find_spec", lambda name: None)
    assert main(["studio", str(tmp_path)]) == 2
    assert "the studio needs gradio: pip install" in capsys.readouterr().err


def test_without_a_browser_the_address_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    served = server.Served("http://127.0.0.1:1/?token=x", lambda: None)

    class Serving:
        def __enter__(self) -> server.Served:
            return served

        def __exit__(self, *error: object) -> None: ...

    monkeypatch.setattr(server, "serving", lambda settings, say: Serving())
    monkeypatch.setattr(server.webbrowser, "open", lambda address: False)
    said: list[str] = []
    studio(Settings(runs=tmp_path), say=said.append)
    assert served.address in said[0]
    assert "no browser was found" in said[1]


def test_a_folder_without_runs_still_serves(tmp_path: Path) -> None:
    pytest.importorskip("gradio", reason="no gradio here")
    said: list[str] = []
    with serving(Settings(runs=tmp_path, port=0, listen=True), say=said.append) as served:
        assert "token=" in served.address
    assert "other machines can reach it" in said[0]
