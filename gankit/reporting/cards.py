"""Figures as cards: a value, its interval on an axis, and what it is to be held against."""

from __future__ import annotations

import math
from collections.abc import Sequence

from gankit.base.typed import fits
from gankit.evaluation.card import Figure, conditions, titles
from gankit.evaluation.metrics import METRICS
from gankit.reporting.html import Html, tag
from gankit.reporting.scales import spoken

WIDTH, HEIGHT, MARGIN = 240, 34, 8
BETTER = {"lower": "lower is better", "higher": "higher is better"}


def cards(figures: Sequence[Figure]) -> Html:
    """One for each figure, newest of a name first, and the conditions that they were found under."""
    newest = list({(figure.name, str(figure.protocol)): figure for figure in figures}.values())
    named = zip(newest, titles(newest), strict=True)
    notes = [tag("li", line) for line in conditions([figure for figure in newest if _stated(figure)])]
    return tag(
        "div",
        tag("ul", *(tag("li", _card(figure, title), class_="card") for figure, title in named), class_="cards"),
        tag("ul", *notes, class_="note conditions"),
    )


def _stated(figure: Figure) -> bool:
    """Whether a figure, which may be from a file of somebody's, says what it is of."""
    kinds = {"samples": int, "real": int, "split": str}
    return all(fits(figure.protocol.get(name), kind) for name, kind in kinds.items())


def _card(figure: Figure, title: str) -> list[Html | None]:
    marks = {"perfect sampler": figure.perfect, "training images": figure.training_images}
    known = {name: value for name, value in marks.items() if value is not None and math.isfinite(value)}
    interval = figure.interval_text()
    step = figure.subject.get("step")
    about = METRICS[figure.metric].about if figure.metric in METRICS else ""
    return [
        tag("h3", title.replace("_", " ")),
        tag("p", about, class_="note") if about and figure.name not in about else None,
        tag("p", figure.text(), class_="value"),
        tag("p", f"95 % interval {interval}" if interval else "no interval", class_="interval", title=figure.interval),
        _axis(figure, known),
        tag(
            "p",
            "; ".join(
                [
                    *([BETTER[figure.better]] if figure.better in BETTER else []),
                    *(f"{name} {spoken(value)}" for name, value in known.items()),
                    *([f"at step {step:,}"] if isinstance(step, int) else []),
                ]
            ),
            class_="note",
        ),
    ]


def _axis(figure: Figure, marks: dict[str, float]) -> Html | None:
    """The interval as a bar, the value as a dot, and a tick for each of `marks`; words beside it say the same."""
    ends = [end for end in (figure.low, figure.high) if end is not None]
    everything = [figure.value, *ends, *marks.values()]
    if not marks or not all(math.isfinite(value) and abs(value) < 1e150 for value in everything):
        return None
    low, high = min(everything), max(everything)
    span = (high - low) or 1.0

    def x(value: float) -> float:
        return round(MARGIN + (WIDTH - 2 * MARGIN) * (value - low) / span, 1)

    middle = HEIGHT // 2
    bar = tag("line", class_="bar", x1=x(min(ends)), x2=x(max(ends)), y1=middle, y2=middle) if len(ends) == 2 else None
    ticks = [
        tag("g", tag("title", f"{name} {spoken(value)}"),
            tag("line", class_=f"mark {name.split()[0]}", x1=x(value), x2=x(value), y1=middle - 9, y2=middle + 9))
        for name, value in marks.items()
    ]  # fmt: skip
    base = tag("line", class_="grid", x1=MARGIN, x2=WIDTH - MARGIN, y1=middle, y2=middle)
    dot = tag("circle", class_="dot-value", cx=x(figure.value), cy=middle, r=5)
    return tag("svg", base, bar, *ticks, dot, viewBox=f"0 0 {WIDTH} {HEIGHT}", aria_hidden="true", class_="scale")
