"""Axes, the sorting of a log's values into charts, and the verdicts behind them."""

from __future__ import annotations

import math

import pytest

from gankit.reporting.charts import chart
from gankit.reporting.scales import Scale, linear_ticks, scale_of, spoken
from gankit.reporting.series import CHARTS, Group, groups, thinned
from gankit.reporting.verdicts import spans
from gankit.training.log import Series
from tests.reporting.material import COLLAPSE, HEALTHY, Read, entries


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([0.5, 0.7, 1.2], "linear"),
        ([1.0, 10.0, 100.0, 1000.0], "log"),
        ([-1000.0, -10.0, 0.1, 1.0, 500.0], "symlog"),
        ([0.0, 0.0, 0.0], "linear"),
        ([-5.0], "linear"),
        ([0.0, 1e-3, 1e3], "symlog"),
    ],
)
def test_values_that_span_much_get_a_log_scale(values: list[float], kind: str) -> None:
    scale = scale_of(values)
    assert scale.kind == kind
    places = [scale.place(value) for value in sorted(values)]
    assert all(-1e-9 <= place <= 1 + 1e-9 for place in places)
    assert places == sorted(places)
    ticks = scale.ticks()
    assert ticks == sorted(ticks)
    assert 1 <= len(ticks) <= 8


def test_a_single_outlier_does_not_make_a_log_scale() -> None:
    assert scale_of([1.0] * 99 + [1e4]).kind == "linear"


def test_ticks_are_round() -> None:
    assert linear_ticks(0, 800, 5) == [0, 200, 400, 600, 800]
    assert linear_ticks(-0.03, 1.03) == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1])
    assert Scale("log", 0.008, 1.2).ticks() == pytest.approx([0.01, 0.1, 1])
    assert Scale("log", 2, 6).ticks() == pytest.approx([2, 3, 5])
    assert 0 in Scale("symlog", -3000, 500, 1.0).ticks()


def test_numbers_as_they_are_read() -> None:
    assert [spoken(value) for value in (0.0, -0.0, 0.5, 1234.0, 123456.0, 1e-5, 2.5e9, math.nan)] == [
        "0",
        "0",
        "0.5",
        "1,234",
        "123,456",
        "1e-5",
        "2.5e9",
        "nan",
    ]


def test_a_player_s_terms_and_a_signal_s_sides_share_a_chart() -> None:
    names = [
        "generator/loss",
        "discriminator/real",
        "discriminator/fake",
        "health/gradient_generator",
        "health/gradient_discriminator",
        "health/score_gap",
        "health/diversity",
        "k",
        "steps_per_second",
        "images_per_second",
    ]
    charts, left = groups({name: Series([1], [1.0]) for name in names})
    assert [(group.part, group.title, [*group.series]) for group in charts] == [
        ("losses", "Generator's loss", ["loss"]),
        ("losses", "Discriminator's loss", ["real", "fake"]),
        ("health", "Gradient", ["generator", "discriminator"]),
        ("health", "Score gap", ["gap"]),
        ("health", "Diversity", ["diversity"]),
        ("more", "k", ["k"]),
        ("more", "Steps per second", ["steps per second"]),
    ]
    assert left == 0


def test_a_score_that_repeats_a_figure_is_not_drawn_twice() -> None:
    twice = {"score": Series([1, 2], [-3.0, -4.0]), "inception-score": Series([1, 2], [3.0, 4.0])}
    assert [group.title for group in groups(twice)[0]] == ["Inception-score"]
    alone = {"score": Series([1, 2], [3.0, 4.0]), "k": Series([1, 2], [0.0, 4.0])}
    assert [group.title for group in groups(alone)[0]] == ["Score (lower is better)", "k"]


def test_a_log_of_very_many_names_is_cut_and_that_counted() -> None:
    charts, left = groups({f"value {index}": Series([1], [1.0]) for index in range(CHARTS + 7)})
    assert (len(charts), left) == (CHARTS, 7)


def test_thinning_keeps_the_ends_and_the_peaks() -> None:
    values = [math.sin(index / 50) for index in range(10_000)]
    values[777], values[5000] = 99.0, -99.0
    thin = thinned(Series(list(range(10_000)), values))
    assert len(thin.steps) <= 310
    assert (thin.steps[0], thin.steps[-1]) == (0, 9999)
    assert {99.0, -99.0} <= set(thin.values)
    short = Series([1, 2], [1.0, math.nan])
    assert thinned(short) is short


def test_a_curve_is_broken_where_a_value_is_no_number() -> None:
    group = Group("k", "more", {"k": Series([1, 2, 3, 4], [1.0, math.nan, 2.0, 3.0])})
    drawn = Read(chart(group, [], 4, "chart"))
    assert str(drawn.all("path")[0]["d"]).count("M") == 2
    nothing = Group("k", "more", {"k": Series([1], [math.inf])})
    assert "No finite number" in Read(chart(nothing, [], 1, "chart")).words


def test_a_verdict_lasts_until_the_next_one_began() -> None:
    found = spans([*entries(), {"step": 900, "verdict": {**HEALTHY, "since": 850}}, {"step": 1000, "k": 1.0}])
    assert [(span.title, span.weight, span.since, span.until) for span in found] == [
        ("Healthy", "sound", 0, 440),
        ("Mode collapse, partial", "mild", 440, 850),
        ("Healthy", "sound", 850, 1000),
    ]
    assert found[1].figures == {"near_duplicates": "0.31"}
    assert spans([]) == []


def test_unsound_verdicts_are_bands_from_where_they_began() -> None:
    group = Group("k", "more", {"k": Series([0, 800], [1.0, 2.0])})
    drawn = Read(chart(group, spans(entries()), 800, "chart"))
    bands = [one for one in drawn.all("g") if "band" in str(one["class"])]
    assert [one["class"] for one in bands] == ["band mild"]
    [band] = drawn.all("rect")
    middle, right = 84 + (640 - 84 - 24) * 440 / 800, 640 - 24
    assert float(str(band["x"])) == pytest.approx(middle, abs=0.1)
    assert float(str(band["x"])) + float(str(band["width"])) == pytest.approx(right, abs=0.2)
    assert COLLAPSE["name"] in drawn.words.lower()
