"""gankit explore neighbours."""

from __future__ import annotations

from pathlib import Path

from tests.commands.explore.asking import Refusal, Runs, check_answer_repeats


def test_an_answer_is_a_picture_with_numbers_and_repeats(generator_runs: Runs, tmp_path: Path) -> None:
    check_answer_repeats(tmp_path, "neighbours", generator_runs["dcgan"], "-n", 3)


def test_what_can_t_be_asked_is_said_in_one_line(generator_runs: Runs, refusal: Refusal) -> None:
    assert "vectors" in refusal("neighbours", generator_runs["ring"])
    assert "n must be at least 1" in refusal("neighbours", generator_runs["dcgan"], "-n", "0")
