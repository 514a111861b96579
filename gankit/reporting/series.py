"""A log's values, sorted into charts, and as few points of each as a chart can show."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from gankit.training.log import Series

HEALTH = "health"
PLAYERS = {"discriminator": "Discriminator's loss", "generator": "Generator's loss"}
NAMES = {"steps_per_second": "Steps per second", "k": "k", "score": "Score (lower is better)"}
LEFT_OUT = ("images_per_second",)
"""The steps per second, times the batch."""
POINTS = 300
"""Of a series, at most about so many points are drawn."""
CHARTS, LINES = 40, 10
"""At most so many charts on a page, and lines in a chart."""


@dataclass(frozen=True)
class Group:
    """What one chart shows: its title, its part of the page, and its series by the names they have there."""

    title: str
    part: str
    """losses, health or more."""
    series: dict[str, Series]

    @property
    def shares(self) -> bool:
        """Whether its values are shares of something, from 0 to 1."""
        return "accuracy" in self.title.lower()


def groups(named: Mapping[str, Series]) -> tuple[list[Group], int]:
    """The charts for a log's values: the terms of a player's loss on one, `health/gradient_generator` beside
    `health/gradient_discriminator`, and others on one each. Also how many values found no room."""
    sorted_in: dict[tuple[str, str], dict[str, Series]] = {}
    for name, one in named.items():
        if name in LEFT_OUT or (name == "score" and _repeated(one, named)):
            continue
        key, short = _home(name)
        sorted_in.setdefault(key, {})[short] = one
    charts = [
        Group(_alone(part, title, whole), part, some)
        for (part, title), whole in sorted_in.items()
        for some in _split(whole)
    ]
    order = ["losses", "health", "more"]
    charts.sort(key=lambda group: order.index(group.part))
    left = sum(len(group.series) for group in charts[CHARTS:])
    return charts[:CHARTS], left


def _home(name: str) -> tuple[tuple[str, str], str]:
    """The part of the page and the chart that a value goes to, and what it is called there."""
    head, _, rest = name.partition("/")
    if head in PLAYERS and rest:
        return ("losses", PLAYERS[head]), rest
    if head == HEALTH and rest:
        what, _, whose = rest.partition("_")
        return ("health", what[:1].upper() + what[1:].replace("_", " ")), whose.replace("_", " ") or what
    title = NAMES.get(name, name.replace("_", " "))
    return ("more", title[:1].upper() + title[1:] if name not in NAMES else title), name.replace("_", " ")


def _alone(part: str, title: str, whole: dict[str, Series]) -> str:
    """The title of a signal of health that is the only one of its kind: `Score gap`."""
    name = next(iter(whole))
    return f"{title} {name}" if part == HEALTH and len(whole) == 1 and name != title.lower() else title


def _repeated(score: Series, named: Mapping[str, Series]) -> bool:
    """Whether the score is one of the figures, or its negative."""
    magnitudes = [abs(value) for value in score.values]
    others = (one for name, one in named.items() if name != "score" and one.steps == score.steps)
    return any([abs(value) for value in other.values] == magnitudes for other in others)


def _split(whole: dict[str, Series]) -> list[dict[str, Series]]:
    items = list(whole.items())
    return [dict(items[start : start + LINES]) for start in range(0, len(items), LINES)]


def thinned(one: Series, points: int = POINTS) -> Series:
    """About so many points of a series, at most: of every stretch the least and the greatest, so that no peak is lost.
    Values that are no finite numbers stay, where there are few points; where there are many, they go first."""
    count = len(one.steps)
    if count <= points:
        return one
    kept: list[int] = []
    stretches = points // 2
    for index in range(stretches):
        part = range(index * count // stretches, (index + 1) * count // stretches)
        finite = [place for place in part if math.isfinite(one.values[place])] or list(part[:1])
        ends = {min(finite, key=one.values.__getitem__), max(finite, key=one.values.__getitem__)}
        kept += sorted(ends)
    kept = sorted({0, *kept, count - 1})
    return Series([one.steps[place] for place in kept], [one.values[place] for place in kept])


def finite_values(group: Group) -> list[float]:
    return [value for one in group.series.values() for value in one.values if math.isfinite(value)]
