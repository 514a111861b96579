"""gankit explore seeds."""

from __future__ import annotations

from pathlib import Path

from tests.commands.explore.asking import Refusal, Runs, check_answer_repeats


def test_an_answer_is_a_picture_with_numbers_and_repeats(generator_runs: Runs, tmp_path: Path) -> None:
    check_answer_repeats(tmp_path, "seeds", generator_runs["dcgan"], "-n", 5)


def test_vectors_are_refused(generator_runs: Runs, refusal: Refusal) -> None:
    assert "makes vectors" in refusal("seeds", generator_runs["ring"])
