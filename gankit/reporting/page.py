"""The page: its sections, and the template, style and script that lie beside this file."""

from __future__ import annotations

import shlex
from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import PurePath
from string import Template

from gankit.base.text import plural
from gankit.reporting.cards import cards
from gankit.reporting.charts import chart
from gankit.reporting.facts import Facts, Picture, Shown
from gankit.reporting.html import Html, data_url, joined, tag
from gankit.reporting.series import groups
from gankit.reporting.verdicts import Span, spans
from gankit.training.log import series

MARK = '<meta name="generator" content="gankit report">'
FORMER = '<!doctype html><html lang="en"><meta charset="utf-8"><title>'
"""What the pages of earlier versions begin with."""
PARTS = {"losses": "Losses", "health": "Signals of health", "more": "Other values"}
WIDE, HIGH = 760, 1200
"""Pixels that a small picture is enlarged to, at most, by a whole factor."""
MILESTONES = 6
"""Samples that are printed."""


def is_ours(head: bytes) -> bool:
    """Whether a file that begins with `head`, of a kilobyte or more, is a page of this or an earlier version."""
    text = head.decode(errors="replace")
    return MARK in text or text.startswith(FORMER)


def page(facts: Facts) -> str:
    """The whole page, which shows all of its pictures by itself. Raises `UserError` for a damaged verdict."""
    found = spans(facts.entries)
    sections = [
        ("samples", "Samples over training", _samples(facts)),
        ("verdicts", "Is the game healthy?", _verdicts(found)),
        ("curves", "Curves", _curves(facts, found)),
        ("figures", "How good is it?", cards(facts.figures) if facts.figures else None),
        ("learned", "What it learned", joined(*map(_shown, facts.shown)) if facts.shown else None),
        ("recipe", "How it was trained", _recipe(facts)),
    ]
    there = [(name, title, content) for name, title, content in sections if content]
    title = f"{facts.name} on {PurePath(facts.source).name or facts.source}"
    return Template(_part("page.html")).substitute(
        title=joined(title),
        state=facts.state,
        refresh=f"{facts.refresh:g}",
        written=f"{facts.written:.0f}",
        style=_part("page.css"),
        style_hash=_hash("page.css"),
        script=_part("page.js"),
        script_hash=_hash("page.js"),
        header=_header(facts, title, found, [(name, words) for name, words, _ in there]),
        main=joined(*(_section(*one) for one in there)),
        footer=_footer(facts),
    )


@cache
def _part(name: str) -> str:
    return (files(__package__ or "gankit.reporting") / name).read_text(encoding="utf-8")


@cache
def _hash(name: str) -> str:
    """What lets a browser run or apply this part, and nothing else that may have got into the page."""
    return f"sha256-{b64encode(sha256(_part(name).encode()).digest()).decode()}"


def _section(name: str, title: str, content: Html) -> Html:
    return tag("section", tag("h2", title, id=f"{name}-title"), content, id=name, aria_labelledby=f"{name}-title")


def _header(facts: Facts, title: str, found: Sequence[Span], links: Sequence[tuple[str, str]]) -> Html:
    badges = [tag("li", facts.state_words, class_=facts.state)]
    if facts.total and facts.step < facts.total:
        badges.append(tag("li", f"step {facts.step:,} of {facts.total:,}"))
    else:
        badges.append(tag("li", f"step {facts.step:,}"))
    if found:
        badges.append(tag("li", found[-1].title, class_=found[-1].weight))
    running = facts.state == "running"
    bar = None
    if running and facts.total:
        words = f"{facts.step:,} of {facts.total:,} steps"
        bar = tag("progress", words, value=facts.step, max=facts.total, aria_label="Steps played")
    silent = tag("p", "Nothing new for ", tag("b"), ": was it killed? Repeating its command continues it.",
                 id="silent", class_="warn", hidden=True)  # fmt: skip
    return joined(
        tag("p", "gankit report", class_="kicker"),
        tag("h1", title),
        tag("p", facts.about[:1].upper() + facts.about[1:], class_="note") if facts.about else None,
        tag("ul", *badges, class_="badges", aria_label="State of the run"),
        bar,
        silent if running else None,
        tag(
            "nav",
            tag("ul", *(tag("li", tag("a", words, href=f"#{name}")) for name, words in links)),
            aria_label="Contents",
        ),
    )


def _samples(facts: Facts) -> Html | None:
    if not facts.previews:
        return None
    steps = sorted(facts.previews)
    last = len(steps) - 1
    milestones = {round(index * last / (MILESTONES - 1)) for index in range(MILESTONES)}
    frames = [
        tag(
            "figure",
            _image(facts.previews[step], f"{facts.preview_words}, at step {step:,}"),
            tag("figcaption", f"step {step:,}", class_="note"),
            data_step=step,
            hidden=index != last,
            class_="milestone" if index in milestones else None,
        )
        for index, step in enumerate(steps)
    ]
    controls = tag(
        "div",
        tag("button", "Play", type="button", id="play"),
        tag("label", "Training step", for_="step", class_="hidden"),
        tag("input", type="range", id="step", min=0, max=last, value=last, step=1,
            aria_valuetext=f"step {steps[-1]:,}"),
        tag("output", f"step {steps[-1]:,}", for_="step", id="step-shown"),
        class_="controls",
    )  # fmt: skip
    left = facts.previews_in_all - len(steps)
    thinned = f" {len(steps)} of {facts.previews_in_all} previews are on this page, at even distances." if left else ""
    words = tag("p", f"{facts.preview_words}, step by step.{thinned}", class_="note")
    return joined(
        words, tag("div", controls if last else None, tag("div", *frames, class_="viewer", id="viewer"), class_="panel")
    )


def _image(picture: Picture, alt: str) -> Html:
    """The picture in the page, small ones enlarged by a whole factor so that pixels stay pixels."""
    factor = max(1, min(WIDE // max(picture.width, 1), HIGH // max(picture.height, 1)))
    source = data_url(picture.media, picture.content)
    size = {"width": factor * picture.width, "height": factor * picture.height}
    return tag("img", src=source, alt=alt, **size, class_="smooth" if factor == 1 else "enlarged", decoding="async")


def _verdicts(found: Sequence[Span]) -> Html | None:
    if not found:
        return None
    items = []
    for index, span in reversed([*enumerate(found)]):
        figures = [
            tag("div", tag("dt", name.replace("_", " ")), tag("dd", value)) for name, value in span.figures.items()
        ]
        items.append(
            tag(
                "li",
                tag("span", index + 1, class_=f"span {span.weight}", aria_hidden="true"),
                tag("h3", span.title),
                tag("span", f" steps {span.since:,} to {span.until:,}", class_="note"),
                tag("p", span.words) if span.words else None,
                tag("dl", *figures) if figures else None,
                *(_remedy(span.remedy, f"remedy-{index}") if span.remedy else []),
                class_=f"panel verdict {span.weight}",
            )
        )
    return tag("ol", *items, class_="verdicts", reversed=True)


def _remedy(words: str, identity: str) -> list[Html]:
    """What to do: to be copied where it is one command of gankit's, as a log that somebody sent may say anything."""
    head = tag("p", "What to do", class_="note")
    try:
        parts = shlex.split(words)
    except ValueError:
        parts = []
    safe = shlex.join(parts)
    if parts[:1] != ["gankit"] or not safe.isprintable():
        return [head, tag("p", words)]
    return [head, _command(safe, identity)]


def _curves(facts: Facts, found: Sequence[Span]) -> Html | None:
    charts, left = groups(series(facts.entries))
    last = max((entry["step"] for entry in facts.entries), default=0)
    parts = []
    for part, title in PARTS.items():
        drawn = [
            chart(group, found, last, f"chart-{index}") for index, group in enumerate(charts) if group.part == part
        ]
        if drawn:
            parts += [tag("h3", title), tag("div", *drawn, class_="charts")]
    if left:
        parts.append(tag("p", f"{plural(left, 'value')} more are in log.jsonl.", class_="note"))
    return joined(*parts) if parts else None


def _shown(one: Shown) -> Html:
    image = tag("div", _image(one.picture, one.alt), class_="scrolls", tabindex=0, role="region", aria_label=one.title)
    return tag("div", tag("h3", one.title), tag("p", one.words, class_="note"), image, class_="shown")


def _recipe(facts: Facts) -> Html:
    rows = [tag("tr", tag("th", name, scope="row"), tag("td", value)) for name, value in facts.rows.items()]
    if facts.paper:
        words, address = facts.paper
        link = tag("a", words, href=address, rel="noreferrer")
        rows.append(tag("tr", tag("th", "paper", scope="row"), tag("td", link)))
    heads = tag("tr", *(tag("th", head, scope="col") for head in ("hyper-parameter", "value", "default")))
    settings = [
        tag(
            "tr",
            tag("th", tag("span", one.name, title=one.meaning or None), tag("span", one.meaning, class_="meaning"),
                scope="row"),
            tag("td", one.value),
            tag("td", one.default),
        )
        for one in facts.settings
    ]  # fmt: skip
    return joined(
        _command(facts.command, "command") if facts.command else None,
        *(tag("p", note, class_="note") for note in facts.notes),
        tag(
            "div",
            tag("div", tag("table", tag("tbody", *rows)), class_="panel"),
            tag(
                "div",
                tag("h3", "Hyper-parameters that are not the default"),
                tag("table", tag("thead", heads), tag("tbody", *settings), class_="settings")
                if settings
                else tag("p", "None."),
                class_="panel",
            ),
            class_="recipe",
        ),
    )


def _command(command: str, identity: str) -> Html:
    button = tag("button", "Copy", type="button", data_copies=identity, hidden=True, aria_label="Copy the command")
    return tag("div", tag("pre", tag("code", command, id=identity)), button, class_="command")


def _footer(facts: Facts) -> Html:
    when = datetime.fromtimestamp(facts.written, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    now = "; it looks for a newer one by itself while the run goes on" if facts.state == "running" else ""
    return tag("p", f"Written by gankit {facts.version}, {when}{now}. This file needs no other, and asks nobody.")
