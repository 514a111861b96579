"""HTML as values: what is text becomes text, whatever it holds, and only what was made here is markup."""

from __future__ import annotations

import html
import json
from base64 import b64encode
from collections.abc import Iterable
from typing import Any

VOID = frozenset(("img", "input", "meta", "path", "line", "circle", "rect"))
"""Elements that hold nothing: HTML's, and those of SVG that are drawn with."""


class Html(str):
    """Markup, as opposed to a text that may hold anything."""

    __slots__ = ()


Content = str | int | float | None | Iterable["Content"]
"""What an element holds: text, `Html`, several of such, or nothing."""


def tag(name: str, *content: Content, **attributes: str | int | float | bool | None) -> Html:
    """The element `name`. All that is no `Html` is escaped; `class_` is the attribute class and `aria_label` is
    aria-label; True is an attribute without a value, and False and None are none."""
    words = "".join(_attribute(key, value) for key, value in attributes.items() if value is not None)
    if name in VOID:
        return Html(f"<{name}{words}>" if name in ("img", "input", "meta") else f"<{name}{words}/>")
    return Html(f"<{name}{words}>{joined(*content)}</{name}>")


def joined(*content: Content) -> Html:
    """All of `content` one after the other, with what is text escaped."""
    return Html("".join(map(_escaped, content)))


def data(value: Any, **attributes: str) -> Html:
    """A block of JSON for the page's script: nothing in `value` can end it."""
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return tag("script", Html(text), type="application/json", **attributes)


def data_url(media: str, content: bytes) -> Html:
    """`content` as an address that holds it."""
    return Html(f"data:{media};base64,{b64encode(content).decode()}")


def _escaped(content: Content) -> str:
    if isinstance(content, Html):
        return content
    if content is None:
        return ""
    if isinstance(content, str | int | float):
        return html.escape(str(content))
    return "".join(map(_escaped, content))


def _attribute(key: str, value: str | int | float | bool) -> str:
    name = key.rstrip("_").replace("_", "-")
    if isinstance(value, bool):
        return f" {name}" if value else ""
    return f' {name}="{value if isinstance(value, Html) else html.escape(str(value))}"'
