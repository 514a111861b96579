"""gankit explore arithmetic."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands.explore.asking import Refusal, Runs, check_answer_repeats


@pytest.mark.parametrize(
    ("run", "options"),
    [
        ("dcgan", ["--plus", 1, 2, 3, "--minus", 4, 5, 6, "--and", 7, 8, 9]),
        ("cgan", ["--from", "label=3", "--to", "label=8"]),
    ],
    ids=("sum", "direction"),
)
def test_an_answer_is_a_picture_with_numbers_and_repeats(
    run: str, options: list[str | int], generator_runs: Runs, tmp_path: Path
) -> None:
    check_answer_repeats(tmp_path, "arithmetic", generator_runs[run], *options)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "give --plus SEEDS --minus SEEDS"),
        (["--plus", "1", "2", "3"], "give --plus SEEDS --minus SEEDS"),
        (["--plus", "1", "2", "--minus", "1", "2", "3"], "--plus takes 3 seeds or more, not 2"),
        (["--from", "label=3"], "--from label=CLASS --to label=CLASS"),
        (["--from", "label=3", "--to", "label=ten"], "no class 'label=ten'"),
        (["--from", "3", "--to", "label=8"], "no class '3': give label=CLASS"),
        (
            ["--from", "label=3", "--to", "label=8", "--features", "pixels"],
            "takes no labels, and 'pixels' tells no classes",
        ),
    ],
)
def test_what_can_t_be_asked_is_said_in_one_line(
    options: list[str], said: str, generator_runs: Runs, refusal: Refusal
) -> None:
    assert said in refusal("arithmetic", generator_runs["dcgan"], *options)
