"""gankit explore traverse."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands.explore.asking import Refusal, Runs, check_answer_repeats


@pytest.mark.parametrize(
    ("run", "options"),
    [
        ("dcgan", ["--axis", 7, "--seeds", 4, 5, "--columns", 3]),
        ("cgan", ["--label", "--seeds", 4, 5]),
        ("infogan", ["--code", "categorical", "--seeds", 4, 5]),
        ("dcgan", ["--directions", "pca", "--columns", 3]),
        ("cgan", ["--directions", "sefa", "--component", 99, "--columns", 3]),
    ],
    ids=("axis", "label", "code", "pca", "sefa"),
)
def test_an_answer_is_a_picture_with_numbers_and_repeats(
    run: str, options: list[str | int], generator_runs: Runs, tmp_path: Path
) -> None:
    check_answer_repeats(tmp_path, "traverse", generator_runs[run], *options)


@pytest.mark.parametrize(
    ("run", "options", "said"),
    [
        ("ring", ["--axis", "0"], "makes vectors"),
        ("dcgan", [], "say what to sweep"),
        ("dcgan", ["--axis", "1", "--label"], "say what to sweep, one thing"),
        ("dcgan", ["--axis", "100"], "no latent axis 100: this run's latents have 100"),
        ("dcgan", ["--label"], "takes no labels"),
        ("dcgan", ["--code", "0"], "no codes"),
        ("dcgan", ["--directions", "pca", "--component", "100"], "no component 100: there are 100"),
        ("dcgan", ["--axis", "1", "--columns", "1"], "at least 2 columns"),
    ],
)
def test_what_can_t_be_asked_is_said_in_one_line(
    run: str, options: list[str], said: str, generator_runs: Runs, refusal: Refusal
) -> None:
    assert said in refusal("traverse", generator_runs[run], *options)
