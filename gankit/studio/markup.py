"""What the page shows, as markup: pictures with their commands, rows of samples to choose from, lines and tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PIL import Image

from gankit.base.text import Rows
from gankit.pictures.notebook import png
from gankit.reporting.html import Html, data_url, joined, tag
from gankit.studio.drawings import Drawing


def image(picture: Image.Image, alt: str, **attributes: str) -> Html:
    return tag(
        "img",
        src=data_url("image/png", png(picture)),
        alt=alt,
        width=picture.width,
        height=picture.height,
        **attributes,
    )


def shown(drawing: Drawing, *, action: str = "", hint: str = "") -> Html:
    """A drawing with its words, its command and its download; where there is an `action`, the picture is a button for
    it, which `hint` says what it does."""
    picture = image(drawing.picture, drawing.alt)
    if action:
        label = f"{drawing.alt}. {hint}"
        picture = tag("button", picture, type="button", class_="gk-image", data_do=action, aria_label=label, title=hint)
    film = None
    if drawing.film:
        film = tag("img", src=data_url("image/gif", drawing.film), alt=f"{drawing.alt}, as a film", class_="gk-film")
    return tag(
        "figure",
        picture,
        film,
        tag("figcaption", tag("p", drawing.words) if drawing.words else None, keep(drawing)),
        class_="gk-drawing",
    )


def keep(drawing: Drawing) -> Html:
    """The command of a drawing, and the link that downloads both."""
    address = data_url("application/zip", drawing.archive())
    name = f"{drawing.stem}.zip"
    return tag(
        "div",
        tag("code", drawing.command, tabindex=0, class_="gk-command", aria_label="Command that makes this picture"),
        tag("a", "Download with its command", href=address, download=name, class_="gk-download"),
        class_="gk-keep",
    )


def choices(items: Iterable[tuple[str, str, Image.Image]], *, action: str, label: str) -> Html:
    """Pictures to choose from: what choosing says to the page, what the picture is called, and the picture."""
    buttons = (
        tag(
            "button",
            image(picture, ""),
            tag("span", name),
            type="button",
            class_="gk-choice",
            data_do=action,
            data_of=value,
            aria_label=name,
        )
        for value, name, picture in items
    )
    return tag("div", *buttons, class_="gk-choices", role="group", aria_label=label)


def line(text: str, kind: str = "said") -> Html:
    """A line that a screen reader says when it changes: "said", or what "failed"."""
    return tag("p", text, class_=f"gk-{kind}", role="alert" if kind == "failed" else "status")


def table(rows: Rows, caption: str, cells: Sequence[Sequence[Html]] = ()) -> Html:
    """Rows under the first of them; `cells` are markup, one list more for each row below the head."""
    head, *body = rows
    more = list(cells) or [()] * len(body)
    width = len(more[0]) if more else 0
    lines = (
        tag(
            "tr", tag("th", row[0], scope="row"), *(tag("td", cell) for cell in row[1:]), *(tag("td", c) for c in extra)
        )
        for row, extra in zip(body, more, strict=True)
    )
    return tag(
        "div",
        tag(
            "table",
            tag("caption", caption),
            tag("thead", tag("tr", *(tag("th", cell, scope="col") for cell in head), *[tag("td")] * width)),
            tag("tbody", *lines),
        ),
        class_="gk-table",
        tabindex=0,
        role="region",
        aria_label=caption,
    )


def button(words: str, action: str, of: str, label: str = "", *, pressed: bool | None = None) -> Html:
    """A small button that says `action` and `of` to the page."""
    state = None if pressed is None else str(pressed).lower()
    return tag(
        "button", words, type="button", class_="gk-button", data_do=action, data_of=of, aria_label=label or None,
        aria_pressed=state,
    )  # fmt: skip


def address(query: str, note: str = "") -> Html:
    """The link to what is shown, which also becomes the page's address, and what of it is not in the link."""
    return tag(
        "p", tag("a", "Link to what is shown", href=f"?{query}"), f" {note}" if note else None,
        data_query=query, class_="gk-link",
    )  # fmt: skip


def stacked(*parts: Html | str | None) -> Html:
    return joined(*parts)
