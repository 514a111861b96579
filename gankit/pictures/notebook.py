"""What a notebook shows of our objects: tables and pictures as HTML that needs nothing else."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable
from html import escape

from PIL import Image

from gankit.base.text import Rows


def png(picture: Image.Image) -> bytes:
    """`picture` as the bytes of a PNG."""
    made = io.BytesIO()
    picture.save(made, format="PNG")
    return made.getvalue()


def as_html(*parts: str | Rows | Image.Image) -> str:
    """Lines of text, rows of a table and pictures, one below the other."""
    return f"<div>{''.join(map(_part, parts))}</div>"


def _part(part: str | Rows | Image.Image) -> str:
    if isinstance(part, str):
        return f"<div>{escape(part)}</div>"
    if isinstance(part, Image.Image):
        content = base64.b64encode(png(part)).decode()
        return f'<img style="image-rendering: pixelated" src="data:image/png;base64,{content}" alt="">'
    head, *rows = part
    body = "".join(f"<tr>{_cells(row, 'td')}</tr>" for row in rows)
    return f"<table><thead><tr>{_cells(head, 'th')}</tr></thead><tbody>{body}</tbody></table>"


def _cells(row: Iterable[str], kind: str) -> str:
    return "".join(f"<{kind}>{escape(cell)}</{kind}>" for cell in row)
