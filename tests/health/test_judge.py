"""Verdicts: each from signals that are made for it, and none too early."""

from __future__ import annotations

import math

import pytest

from gankit.health.judge import Judge
from gankit.health.verdict import FINE, MEANING, Verdict

WELL = {"diversity": 0.9, "modes": 0.9, "two_sample": 0.9, "separation": 0.8, "offset": 0.1, "drift": 0.3}
WELL |= {"accuracy_real": 0.8, "accuracy_fake": 0.7, "gradient_generator": 1.0, "score_size": 1.0, "memorised": 0.5}
ILL = {
    "mode collapse": {"diversity": 0.02, "modes": 0.07, "two_sample": 1.0},
    "oscillation": {"two_sample": 1.0, "drift": 1.0, "comes_back": 0.8, "peak_generator": 0.6, "swing_generator": 0.5},
    "discriminator too strong": {
        **dict.fromkeys(("separation", "accuracy_real", "accuracy_fake", "two_sample"), 1.0),
        "gradient_generator": 1e-6,
        "drift": 0.01,
        "modes": 0.1,
        "diversity": 0.1,
    },
    "discriminator too weak": {"separation": 0.02, "two_sample": 1.0},
    "overfitting": {"memorised": 0.9},
    "diverging": {"offset": 40.0, "two_sample": 1.0},
    "stalled": {"drift": 1e-5, "two_sample": 1.0},
    "converged": {"two_sample": 0.55, "drift": 0.05},
}


def said(judge: Judge, *looks: dict[str, float], start: int = 0) -> list[Verdict]:
    return [judge.add(50 * (start + number), look) for number, look in enumerate(looks, 1)]


@pytest.mark.parametrize("name", ILL)
def test_each_verdict_from_its_signals(name: str) -> None:
    judge = Judge()
    assert said(judge, *[WELL] * 10)[-1].name == "healthy"
    verdict = said(judge, *[{**WELL, **ILL[name]}] * 8, start=10)[-1]
    assert verdict.name == name
    assert 500 < verdict.since <= 800
    assert verdict.figures
    assert verdict.words
    assert verdict.alarming == (name not in FINE)
    assert verdict.name in MEANING
    assert verdict.entry("do it")["evidence"] == {"words": verdict.words, **verdict.figures}


def test_a_collapse_has_a_degree() -> None:
    partial = said(Judge(), *[{**WELL, "modes": 0.3, "two_sample": 1.0}] * 12)[-1]
    assert partial.title == "mode collapse (partial)"
    assert said(Judge(), *[{**WELL, "modes": 0.07}] * 12)[-1].title == "mode collapse (full)"


def test_samples_that_still_get_better_are_not_collapsed() -> None:
    rising = [{**WELL, "modes": 0.05 * 1.1**n, "diversity": 0.1 * 1.1**n} for n in range(12)]
    assert said(Judge(), *rising)[-1].name == "starting up"


def test_nothing_is_said_before_there_is_evidence() -> None:
    early = said(Judge(), *[{**WELL, **ILL["mode collapse"]}] * 3)
    assert {verdict.name for verdict in early} == {"not enough evidence"}
    assert early[0].words == "50 of 200 steps"


def test_one_strange_look_changes_nothing() -> None:
    looks = [WELL] * 8 + [{**WELL, **ILL["mode collapse"], "offset": 100.0}] + [WELL] * 4
    assert {verdict.name for verdict in said(Judge(), *looks)[6:]} == {"healthy"}


def test_a_critic_may_tell_everything_apart_and_an_energy_may_like_samples() -> None:
    sure = {**WELL, "separation": 1.0, "two_sample": 0.99, "modes": 0.8}
    assert said(Judge("critic"), *[sure] * 12)[-1].name == "healthy"
    assert said(Judge("energy"), *[{**WELL, "separation": 0.0, "two_sample": 0.99}] * 12)[-1].name == "healthy"
    assert said(Judge("classifier"), *[{**WELL, "separation": 0.0, "two_sample": 0.99}] * 12)[-1].alarming


def test_signals_that_are_not_there_or_no_numbers_are_left_out() -> None:
    assert said(Judge(), *[{"diversity": 0.9}] * 8)[-1].name == "healthy"
    assert said(Judge(), *[{**WELL, "offset": math.nan}] * 8)[-1].name == "healthy"


def test_a_ranking_that_turns_over_and_over_is_an_oscillation_of_samples_that_are_alike_as_well() -> None:
    alike = {**WELL, "modes": 0.07, "diversity": 0.02, "two_sample": 1.0, "drift": 0.9}
    turning = [{**alike, "separation": float(n // 2 % 2)} for n in range(12)]
    verdict = said(Judge("critic"), *turning)[-1]
    assert verdict.name == "oscillation"
    assert verdict.figures["turned"] == 3
    assert said(Judge("critic"), *[alike] * 12)[-1].name == "mode collapse"


def test_an_oscillation_goes_on_while_a_loss_is_one_period() -> None:
    moving = {**WELL, "two_sample": 1.0, "drift": 1.0}
    wave = {**moving, "peak_generator": 0.6, "swing_generator": 0.5}
    judge = Judge()
    assert said(judge, *[{**wave, "comes_back": 0.8}] * 8)[-1].name == "oscillation"
    assert said(judge, *[wave] * 8, start=8)[-1].name == "oscillation"
    assert said(judge, *[moving] * 8, start=16)[-1].name == "healthy"
    assert said(Judge(), *[wave] * 8)[-1].name == "healthy"


def test_a_little_more_for_training_data_look_after_look_is_overfitting() -> None:
    leaning = [{**WELL, "memorised": 0.5 + 0.16 * (n % 2)} for n in range(16)]
    assert said(Judge(), *leaning[:15])[-1].name == "healthy"
    assert said(Judge(), *leaning, *leaning)[-1].name == "overfitting"
    assert said(Judge(), *[{**look, "memorised": 0.53} for look in leaning * 2])[-1].name == "healthy"


def test_what_only_comes_and_goes_is_no_progress() -> None:
    """A change by a few percent in either direction, as noise makes it."""
    noise = [{**WELL, "modes": 0.2 + 0.02 * (n // 4 % 2), "offset": 0.4} for n in range(24)]
    assert said(Judge(), *noise)[-1].name == "mode collapse"
    rising = [{**look, "modes": 0.1 * 1.05**n} for n, look in enumerate(noise)]
    assert said(Judge(), *rising)[-1].name == "starting up"


def test_samples_far_off_that_a_sure_discriminator_gives_no_gradient_for_do_not_diverge() -> None:
    dead = {**WELL, **ILL["discriminator too strong"], "offset": 5.0}
    assert said(Judge(), {**WELL, "offset": 5.0}, *[dead] * 12)[-1].name == "discriminator too strong"
    driven = {**dead, "drift": 1.0, "modes": 0.9}
    assert said(Judge(), {**WELL, "offset": 5.0}, *[driven] * 12)[-1].name == "diverging"


def test_a_discriminator_is_not_too_strong_while_the_gradient_that_it_gives_grows() -> None:
    sure = {**WELL, **ILL["discriminator too strong"]}
    assert not said(Judge(), *[{**sure, "gradient_generator": 1e-3 * 1.5**n} for n in range(12)])[-1].name.startswith(
        "discriminator"
    )


def test_scores_that_are_enormous_from_the_start_diverge() -> None:
    assert said(Judge("critic"), *[{**WELL, "score_size": 1e6}] * 8)[-1].name == "diverging"
    assert said(Judge("critic"), *[{**WELL, "score_size": 100.0}] * 8)[-1].name == "healthy"


def test_a_partial_collapse_that_passes_is_none() -> None:
    passing = {**WELL, "modes": 0.3}
    assert {verdict.name for verdict in said(Judge(), *[WELL] * 8, *[passing] * 4, *[WELL] * 6)[8:]} == {"healthy"}


def test_an_energy_that_still_learns_to_draw_the_data_starts_up() -> None:
    alike = {**WELL, "modes": 0.07, "diversity": 0.1}
    falling = [{**alike, "score_size": 0.9**n} for n in range(12)]
    assert said(Judge("energy"), *falling)[-1].name == "starting up"
    assert said(Judge("energy"), *[alike] * 12)[-1].name == "mode collapse"
    assert said(Judge("classifier"), *falling)[-1].name == "mode collapse"


def test_samples_that_spread_beside_the_data_do_not_get_better() -> None:
    spreading = [{**WELL, "modes": 0.07, "diversity": 0.02 * 1.2**n} for n in range(12)]
    assert said(Judge(), *spreading)[-1].name == "starting up"
    assert said(Judge(), *[{**look, "offset": 1.8} for look in spreading])[-1].name == "mode collapse"
