"""Who may come in: a token, this machine's own names, bodies of bounded size, and nothing fetched from elsewhere."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from gankit.studio.uploads import MOST

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

BODY = MOST + 2**20
"""Bytes that a request may bring: a picture, and what is around it."""
HERE = frozenset(("127.0.0.1", "localhost", "::1"))
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' data: blob:; "
    "frame-src 'self'; frame-ancestors 'self'; form-action 'self'; base-uri 'self'; object-src 'none'"
)
"""The browser asks nobody but us for anything."""
HEADERS = {
    "content-security-policy": POLICY,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
}
ASSETS = "/assets/"
"""Where gradio's scripts are, each under a name that holds a hash of its content."""
KEPT = {"cache-control": "private, max-age=31536000, immutable"}
CLOSED = (
    *(f"/gradio_api/{name}" for name in ("proxy", "stream", "mcp", "openapi")),
    *("/monitoring", "/docs", "/redoc", "/openapi.json"),
)
"""What gradio offers and no page of ours uses."""


@dataclass(frozen=True)
class Refusal:
    status: int
    words: str


class Door:
    """In front of `app`: what it lets through has the token, in the address once and in a cookie from then on.

    token: None lets everybody in, as a Space does. hosts: the names that the studio may be called by; a page of
    somebody else's that leads a browser here by another name is refused. None for any.
    """

    def __init__(self, app: App, *, token: str | None, hosts: frozenset[str] | None, port: int) -> None:
        self.app, self.token, self.hosts = app, token, hosts
        self.cookie = f"gankit-{port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if refusal := self._refusal(scope, headers):
            await _answer(send, refusal.status, refusal.words)
            return
        if self.token is not None and not self._is_known(headers):
            query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
            if not self._is_token(dict(query).get("token", "")):
                words = "the studio needs the token in its address: open the whole line that 'gankit studio' printed\n"
                await _answer(send, 403, words)
                return
            await self._let_in(scope, send, [(name, value) for name, value in query if name != "token"])
            return
        if self.hosts is not None:  # the browser is on this machine, where to compress takes longer than to send
            scope["headers"] = [header for header in scope["headers"] if header[0] != b"accept-encoding"]
        more = KEPT if scope["path"].startswith(ASSETS) else {}
        await self.app(scope, _bounded(receive), _with_headers(send, more))

    def _refusal(self, scope: Scope, headers: dict[str, str]) -> Refusal | None:
        host = headers.get("host", "")
        if self.hosts is not None and (urlsplit(f"//{host}").hostname or "") not in self.hosts:
            return Refusal(403, "this name is not the studio's\n")
        origin = headers.get("origin")
        if origin is not None and scope["method"] != "GET" and urlsplit(origin).netloc != host:
            return Refusal(403, "another page may not ask the studio for anything\n")
        if scope["path"].startswith(CLOSED):
            return Refusal(404, "there is nothing here\n")
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > BODY:
            return Refusal(413, f"an upload may have {MOST // 2**20} MB\n")
        return None

    def _is_token(self, given: str) -> bool:
        return self.token is not None and hmac.compare_digest(given.encode(), self.token.encode())

    def _is_known(self, headers: dict[str, str]) -> bool:
        try:
            found = SimpleCookie(headers.get("cookie", "")).get(self.cookie)
        except CookieError:
            return False
        return found is not None and self._is_token(found.value)

    async def _let_in(self, scope: Scope, send: Send, query: list[tuple[str, str]]) -> None:
        """To the same address without the token, so that what is copied from there holds none."""
        place = scope["path"] + (f"?{urlencode(query)}" if query else "")
        cookie = f"{self.cookie}={self.token}; HttpOnly; SameSite=Lax; Path=/"
        more = [(b"location", place.encode("latin-1", "ignore")), (b"set-cookie", cookie.encode())]
        await _answer(send, 303, "", more)


def _bounded(receive: Receive) -> Receive:
    """`receive`, which breaks off a body that is longer than it said."""
    seen = 0

    async def bounded() -> MutableMapping[str, Any]:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        return message if seen <= BODY else {"type": "http.disconnect"}

    return bounded


def _with_headers(send: Send, of_success: Mapping[str, str] | None = None) -> Send:
    """`send`, which adds `HEADERS` to every answer, and others where what was asked for is given."""

    async def sending(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            added = HEADERS if message["status"] != 200 else HEADERS | dict(of_success or {})
            lines = [(name.encode(), value.encode()) for name, value in added.items()]
            message["headers"] = [*message.get("headers", []), *lines]
        await send(message)

    return sending


async def _answer(send: Send, status: int, words: str, more: list[tuple[bytes, bytes]] | None = None) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store"), *(more or [])]
    await _with_headers(send)({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": words.encode()})
