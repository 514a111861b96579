"""Curves as SVG, with axes, the verdicts behind them, and all of it again as numbers to be read."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby

from gankit.base.text import plural
from gankit.reporting.html import Html, data, joined, tag
from gankit.reporting.scales import WORDS, Scale, linear_ticks, scale_of, spoken
from gankit.reporting.series import Group, finite_values, thinned
from gankit.reporting.verdicts import Span
from gankit.training.log import Series

WIDTH, HEIGHT = 640, 340
LEFT, RIGHT, TOP, BOTTOM = 84, 24, 30, 56
"""Margins, which hold the ticks' labels and the verdicts' numbers."""
COLOURS = 8
ROWS = 24
"""Of the table below a chart."""
SHARES = Scale("linear", -0.03, 1.03)
LARGEST = 1e300
"""Larger magnitudes than an axis can be made of are left out."""


def chart(group: Group, spans: Sequence[Span], last: int, identity: str) -> Html:
    """The figure of `group` over the steps up to `last`, with the `spans` of verdicts behind its curves."""
    finite = [value for value in finite_values(group) if abs(value) < LARGEST]
    title = tag("h4", group.title, id=f"{identity}-title")
    if not finite:
        return tag("section", title, tag("p", "No finite number was logged."), class_="chart")
    scale = SHARES if group.shares else scale_of(finite)
    across = Scale("linear", 0, max(last, 1))
    shown = {name: _drawable(thinned(one)) for name, one in group.series.items()}
    note = WORDS[scale.kind]
    return tag(
        "section",
        tag("div", title, tag("span", note, class_="note") if note else None, class_="chart-head"),
        tag(
            "div",
            _svg(shown, spans, scale, across, f"{identity}-title"),
            tag("p", class_="reading", role="status", aria_live="polite"),
            class_="plot",
            tabindex=0,
            role="group",
            aria_label=f"{group.title}: {_summary(group)}. The arrow keys read values step by step.",
        ),
        _legend(group, spans),
        _table(group),
        data(_for_script(shown, scale, across), class_="values"),
        class_="chart",
        id=identity,
    )


def _svg(shown: dict[str, Series], spans: Sequence[Span], scale: Scale, across: Scale, label: str) -> Html:
    frame = [
        *(_band(number, span, across) for number, span in _marked(spans)),
        *(_horizontal(tick, scale) for tick in scale.ticks() if 0 <= scale.place(tick) <= 1),
        *(_vertical(tick, across) for tick in linear_ticks(0, across.high, 5) if tick == int(tick)),
        tag("text", "step", x=(LEFT + WIDTH - RIGHT) / 2, y=HEIGHT - 8, class_="axis", text_anchor="middle"),
    ]
    curves = [_curve(one, index, scale, across) for index, one in enumerate(shown.values())]
    cursors = [
        tag("line", class_="now", y1=TOP, y2=HEIGHT - BOTTOM, x1=-9, x2=-9),
        tag("line", class_="cursor", y1=TOP, y2=HEIGHT - BOTTOM, x1=-9, x2=-9),
        *(tag("circle", class_=f"dot c{index % COLOURS}", r=4.5, cx=-9, cy=-9) for index in range(len(shown))),
    ]
    return tag("svg", *frame, *curves, *cursors, viewBox=f"0 0 {WIDTH} {HEIGHT}", role="img", aria_labelledby=label)


def _band(number: int, span: Span, across: Scale) -> Html:
    """The steps that a verdict is about, under its number."""
    start, end = (_x(step, across) for step in (span.since, span.until))
    return tag(
        "g",
        tag("title", f"{span.title}, from step {span.since:,} to {span.until:,}"),
        tag("rect", x=start, y=TOP, width=round(max(end - start, 3), 1), height=HEIGHT - TOP - BOTTOM),
        tag("line", x1=start, x2=start, y1=TOP, y2=HEIGHT - BOTTOM),
        tag("text", number, x=start, y=TOP - 8, text_anchor="middle"),
        class_=f"band {span.weight}",
    )


def _horizontal(tick: float, scale: Scale) -> Html:
    y = _y(tick, scale)
    return joined(
        tag("line", class_="grid", x1=LEFT, x2=WIDTH - RIGHT, y1=y, y2=y),
        tag("text", spoken(tick), class_="axis", x=LEFT - 8, y=y, dy="0.35em", text_anchor="end"),
    )


def _vertical(tick: float, across: Scale) -> Html:
    x, bottom = _x(tick, across), HEIGHT - BOTTOM
    return joined(
        tag("line", class_="grid", x1=x, x2=x, y1=bottom, y2=bottom + 5),
        tag("text", spoken(tick), class_="axis", x=x, y=bottom + 22, text_anchor=_anchor(tick, across)),
    )


def _curve(one: Series, index: int, scale: Scale, across: Scale) -> Html:
    """A line through the points, broken where a value is no finite number; a point alone is a dot."""
    runs = []
    pairs = zip(one.steps, one.values, strict=True)
    for finite, points in groupby(pairs, key=lambda pair: math.isfinite(pair[1])):
        if finite:
            places = [f"{_x(step, across)} {_y(value, scale)}" for step, value in points]
            runs.append("M" + "L".join(places if len(places) > 1 else places * 2))
    return tag("path", d="".join(runs), class_=f"curve c{index % COLOURS}")


def _legend(group: Group, spans: Sequence[Span]) -> Html:
    lines = (
        tag("li", tag("span", class_=f"swatch c{index % COLOURS}"), f"{name} ", tag("b", _last(one)))
        for index, (name, one) in enumerate(group.series.items())
    )
    bands = (
        tag("li", tag("span", number, class_=f"span {span.weight}"), span.title) for number, span in _marked(spans)
    )
    return tag("ul", *lines, *bands, class_="legend")


def _marked(spans: Sequence[Span]) -> list[tuple[int, Span]]:
    """The verdicts that are marked on curves, all but the sound ones, with their numbers."""
    return [(number, span) for number, span in enumerate(spans, 1) if span.weight != "sound"]


def _anchor(tick: float, across: Scale) -> str:
    """Labels stay on the chart."""
    return "end" if across.place(tick) > 0.95 else "middle"


def _table(group: Group) -> Html:
    """The values at some steps, for those who read them rather than look."""
    by_step = {name: dict(zip(one.steps, one.values, strict=True)) for name, one in group.series.items()}
    steps = sorted({step for values in by_step.values() for step in values})
    if len(steps) > ROWS:
        steps = [steps[round(index * (len(steps) - 1) / (ROWS - 1))] for index in range(ROWS)]
    head = tag("tr", tag("th", "step", scope="col"), *(tag("th", name, scope="col") for name in by_step))
    rows = (
        tag(
            "tr",
            tag("th", f"{step:,}", scope="row"),
            *(tag("td", spoken(values[step]) if step in values else "") for values in by_step.values()),
        )
        for step in steps
    )
    caption = tag("caption", group.title, class_="hidden")
    table = tag("table", caption, tag("thead", head), tag("tbody", *rows))
    return tag("details", tag("summary", "As a table"), tag("div", table, class_="scrolls", tabindex=0, role="region",
               aria_label=f"{group.title} as a table"))  # fmt: skip


def _for_script(shown: dict[str, Series], scale: Scale, across: Scale) -> list[dict[str, object]]:
    """For each curve its name, and of each point the step, the value in words, and where it is."""
    return [
        {
            "name": name,
            "steps": one.steps,
            "values": [spoken(value) for value in one.values],
            "x": [_x(step, across) for step in one.steps],
            "y": [_y(value, scale) if math.isfinite(value) else None for value in one.values],
        }
        for name, one in shown.items()
    ]


def _drawable(one: Series) -> Series:
    return Series(one.steps, [value if abs(value) < LARGEST else math.nan for value in one.values])


def _summary(group: Group) -> str:
    ends = [f"{name} from {spoken(one.values[0])} to {_last(one)}" for name, one in group.series.items()]
    return f"{plural(len(ends), 'curve')}, {', '.join(ends)}"


def _last(one: Series) -> str:
    return spoken(one.values[-1])


def _x(step: float, across: Scale) -> float:
    return round(LEFT + (WIDTH - LEFT - RIGHT) * min(max(across.place(step), 0.0), 1.0), 1)


def _y(value: float, scale: Scale) -> float:
    return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - min(max(scale.place(value), -0.02), 1.02)), 1)
